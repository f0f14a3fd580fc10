"""Beam without what it imports, collects and looks up for nothing."""

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

UNUSED = ("pandas", "pymongo")
"""Libraries that Beam imports where it can, for types and sources that we never use: 45 MB in every process."""


@contextmanager
def importing() -> Iterator[None]:
    """Leave what is imported out of garbage collection, for good: what modules make stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def import_beam() -> None:
    """Import Beam while those are hidden from it; whoever imports them afterwards (`datasets` does) finds them."""
    hidden = [name for name in UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # how Python marks a module that can't be imported
    logging.disable(logging.WARNING)  # Beam warns of what it can't import
    try:
        from apache_beam.transforms import userstate
    finally:
        logging.disable(logging.NOTSET)
        for name in hidden:
            del sys.modules[name]
    if not isinstance(userstate.get_dofn_specs, Remembered):
        userstate.get_dofn_specs = Remembered(userstate.get_dofn_specs)


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
