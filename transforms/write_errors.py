"""What is said where something can't be written: a sentence that names the folder, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
"""Errors that more room mends."""


class WriteError(OSError):
    """Something can't be written. The message names the folder, says why, and what to do."""


@contextmanager
def as_write_error(folder: str | Path) -> Iterator[None]:
    """Turn any OSError of the block into a WriteError that names the folder (or the file)."""
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(unwritten(error, folder)) from error


def unwritten(error: OSError, folder: str | Path) -> str:
    """Return in a sentence why the folder, or the file, can't be written."""
    said = error.strerror or str(error)
    if what := FULL.get(error.errno or 0):
        return f"{folder} can't be written, {what} ({said}): make room there, or name another folder"
    return f"{folder} can't be written: {said}"
