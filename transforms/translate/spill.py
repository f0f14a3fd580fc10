"""Where what doesn't fit in memory is put for a while: a file without a name, which ends with the process."""

import os
import tempfile
from contextlib import suppress
from typing import BinaryIO

from transforms.files import is_local
from transforms.write_errors import as_write_error

Place = tuple[int, int]
"""Where in the file something is: its first byte, and how many they are."""


class Spill:
    """A file of bytes; there is none before something is put into it. WriteError where that can't be written.

    Attributes:
      folder: where it is; if this is a store, or empty, it is in the folder of temporary files.
    """

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self._file: BinaryIO | None = None

    def __bool__(self) -> bool:
        """Return whether anything was put into it."""
        return self._file is not None

    def put(self, data: bytes) -> Place:
        """Write bytes, and return where they are."""
        folder = self.folder if self.folder and is_local(self.folder) else tempfile.gettempdir()
        with as_write_error(folder):
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="langloom-", dir=folder)  # noqa: SIM115
            start = self._file.tell()
            self._file.write(data)
            self._file.flush()
        return start, len(data)

    def get(self, place: Place) -> bytes:
        """Return the bytes that were put there."""
        assert self._file is not None
        start, size = place
        return os.pread(self._file.fileno(), size, start)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):  # where the disk is full, what is buffered finds no room now either
                self._file.close()
