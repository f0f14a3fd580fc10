"""Copies of a store's journals on this machine: they never change there, so that a process fetches each only once.

A run looks at its memory again and again, and until it ends what it asked is in journals of 64 entries.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import Lock
from typing import BinaryIO

from transforms.many_files import map_files
from transforms.translate.shards import Vanished, read_bytes
from transforms.write_errors import as_write_error


def fetch(path: str) -> bytes:
    """Return a journal's content; of one that has been folded meanwhile nothing."""
    try:
        return read_bytes(path)
    except Vanished:
        return b""


class Copies:
    """Copies of the journals of one memory, in a file without a name that ends with the process.

    Any thread may use them; one that wants what another is fetching waits for it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._end = 0
        self._places: dict[str, tuple[int, int]] = {}

    def read(self, paths: Sequence[str]) -> Iterator[bytes]:
        """Yield the content of these journals, in order: all that there are, so that others needn't be kept."""
        with self._lock:
            self._keep(paths)
            missing = [path for path in paths if path not in self._places]
            for path, data in zip(missing, map_files(fetch, missing), strict=True):
                self._add(path, data)
            file, places = self._file, [self._places[path] for path in paths]
        if file:
            yield from (os.pread(file.fileno(), size, start) for start, size in places)

    def _keep(self, paths: Sequence[str]) -> None:
        """Forget what has been folded, and give back the disk space where that is all there was."""
        self._places = {path: self._places[path] for path in paths if path in self._places}
        if not self._places:
            self._file, self._end = None, 0  # whoever still reads it holds it

    def _add(self, path: str, data: bytes) -> None:
        with as_write_error(tempfile.gettempdir()):
            if not self._file:
                self._file = tempfile.TemporaryFile(prefix="langloom-")  # noqa: SIM115
            self._file.seek(self._end)
            self._file.write(data)
            self._file.flush()
        self._places[path] = self._end, len(data)
        self._end += len(data)


@lru_cache(maxsize=4)
def copies_of(folder: str, process: int) -> Copies:
    """Return this process's copies of the journals in a folder."""
    return Copies()
