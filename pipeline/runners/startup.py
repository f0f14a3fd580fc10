"""What makes a process start fast: Beam without modules, collections and lookups that langloom has no use for."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any
from weakref import WeakKeyDictionary

UNUSED = ("pandas", "pymongo", "bson", "apache_beam.io.gcp.bigquery")
"""Modules that Beam and Arrow import if they are installed, for types and sources that langloom never uses. They take
45 MB in every process, and half a second. Without them `apache_beam.io` lacks what it re-exports of Google's services;
the Dataflow runner and the file system of gs:// import what they need by themselves.
"""

SAMPLING_MS = 10
"""Milliseconds between two looks of Beam's at which step is at work. Each bundle waits for the next look to end, and
Beam's own default is up to 200."""

GC_THRESHOLDS = 50_000, 20, 20
"""Thresholds of the three generations of Python's garbage collector (700, 10, 10 by default): langloom makes few
reference cycles."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep what is imported in the block out of garbage collection for good: it lives as long as the process."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        gc.enable()


def import_beam() -> None:
    """Import Beam while `UNUSED` is hidden. Whoever imports those modules later (`datasets` does) finds them."""
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
    StateSampler.__init__.__defaults__ = (SAMPLING_MS,)
    if not isinstance(userstate.get_dofn_specs, Remembered):
        userstate.get_dofn_specs = Remembered(userstate.get_dofn_specs)


class _Hiding(MetaPathFinder):
    """Lets imports of the unused modules fail."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ModuleNotFoundError for those; leave all others to the next finder."""
        if name in UNUSED:
            raise ModuleNotFoundError(f"{name} isn't needed here", name=name)


class Remembered:
    """A function of one object that remembers what it returned for each object, as long as that lives.

    Beam looks up the state and the timers of each DoFn eight times, by the signatures of all its methods, which takes
    some tenths of a second in each run. They are the same each time.
    """

    def __init__(self, look: Callable[[Any], Any]) -> None:
        self._look = look
        self._found: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def __call__(self, one: Any) -> Any:
        """Return what the function returns; callers share it, and don't change it."""
        if one not in self._found:
            self._found[one] = self._look(one)
        return self._found[one]
