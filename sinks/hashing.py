"""Hashing what is written while it is written."""

import hashlib
from typing import Any


class Hashing:
    """A file that takes the SHA-256 of what is written to it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._state = hashlib.sha256()
        self._bytes = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Write and hash."""
        self._state.update(data)
        self._bytes += len(data)
        self._file.write(data)
        return len(data)

    def flush(self) -> None:
        """Hand on what is buffered."""
        self._file.flush()

    def close(self) -> None:
        """Leave the file itself open: who made it closes it."""
        self.closed = True

    def described(self) -> dict[str, Any]:
        """Return the hash and the number of bytes so far."""
        return {"sha256": self._state.hexdigest(), "bytes": self._bytes}
