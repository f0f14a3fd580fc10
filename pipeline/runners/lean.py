"""Beam and Arrow without what they import, collect and look up for nothing."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any
from weakref import WeakKeyDictionary

UNUSED = ("pandas", "pymongo", "bson", "apache_beam.io.gcp.bigquery")
"""What Beam and Arrow import where they can, for types and sources that we never use: 45 MB in every process, and half
a second. `apache_beam.io` goes without its wildcards for Google's services then; the runner of Dataflow and the file
system of gs:// import theirs by themselves.
"""

SAMPLING = 10
"""How often Beam looks which step is at work, in milliseconds. Each bundle waits for the next look to end, and by
itself Beam sleeps up to 200 between two."""

RARELY = 50_000, 20, 20
"""After how many new objects garbage is looked for, and after how many times among older ones: we make few cycles."""


@contextmanager
def importing() -> Iterator[None]:
    """Leave what is imported out of garbage collection, for good: what modules make stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*RARELY)
        gc.enable()


def import_beam() -> None:
    """Import Beam while those are hidden from it; whoever imports them afterwards (`datasets` does) finds them."""
    hiding = _Hiding()
    sys.meta_path.insert(0, hiding)
    logging.disable(logging.WARNING)  # Beam warns of what it can't import
    try:
        import pyarrow as pa
        from apache_beam.runners.worker.statesampler import StateSampler
        from apache_beam.transforms import userstate

        pa.array([])  # looks for pandas the first time, and then never again until somebody asks for a data frame
    finally:
        logging.disable(logging.NOTSET)
        sys.meta_path.remove(hiding)
    StateSampler.__init__.__defaults__ = (SAMPLING,)
    if not isinstance(userstate.get_dofn_specs, Remembered):
        userstate.get_dofn_specs = Remembered(userstate.get_dofn_specs)


class _Hiding(MetaPathFinder):
    """Has the unused libraries not found."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ModuleNotFoundError for them; of others say nothing."""
        if name in UNUSED:
            raise ModuleNotFoundError(f"{name} isn't needed here", name=name)


class Remembered:
    """A function of one object, which is asked once for each.

    Beam looks for the state and the timers of each DoFn eight times, by the signatures of all its methods: some tenths
    of a second in each run. They are the same each time.
    """

    def __init__(self, look: Callable[[Any], Any]) -> None:
        self._look = look
        self._found: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def __call__(self, one: Any) -> Any:
        """Return what the function returns; callers share it, and don't change it."""
        if one not in self._found:
            self._found[one] = self._look(one)
        return self._found[one]
