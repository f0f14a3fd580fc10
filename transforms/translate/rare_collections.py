"""Garbage collection that keeps out of the way of many small requests."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_collections() -> Iterator[None]:
    """Have garbage looked for less often, and not among all that was there before: a tenth of the time of a request.

    Where modules are out of it already, whoever saw to that has seen to this, too (`pipeline/runners/lean.py`).
    """
    if gc.get_freeze_count():
        yield
        return
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
