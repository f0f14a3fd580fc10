"""How a command ends."""

import sys
from contextlib import suppress

DONE, FAILED, WRONG, DEFERRED = 0, 1, 2, 3
"""Exit statuses: done; the run failed; the recipe or the arguments are wrong; some translation was left for later."""


def fail(status: int, message: str) -> int:
    """Say on standard error what is wrong, and return the status."""
    with suppress(OSError):  # nobody reads it any more: the status still tells
        sys.stderr.write(f"error: {message}\n")
    return status
