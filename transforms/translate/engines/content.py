"""Files by their content: what a signature says of a model, on whatever machine and path it lies."""

import hashlib
from functools import cache
from pathlib import Path

Stamped = tuple[str, int, int]
"""A file's path, size and time of its last change."""


def stamped(path: Path) -> Stamped:
    """Return a file's path, size and time."""
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


@cache
def content_of(files: tuple[Stamped, ...]) -> str:
    """Return a hash of what the files hold, in their order; each is read once a process, unless it changes."""
    state = hashlib.blake2b(digest_size=16)
    for path, size, _ in files:
        state.update(b"%d:" % size)
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                state.update(block)
    return state.hexdigest()
