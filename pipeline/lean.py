"""Importing libraries without what they would import for nothing, and without looking for garbage meanwhile."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

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
        import apache_beam  # noqa: F401 - imported for the modules that it loads
    finally:
        logging.disable(logging.NOTSET)
        for name in hidden:
            del sys.modules[name]
