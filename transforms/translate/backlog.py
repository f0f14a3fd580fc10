"""Segments that are to be asked, in the order of their examples, however many there are.

What is more than HELD is sorted so many at a time, and put into a file without a name, which ends with the process.
"""

import heapq
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import BinaryIO

from transforms.files import is_local
from transforms.translate.wanted import Wanted, from_bytes, to_bytes
from transforms.write_errors import as_write_error

HELD = 100_000
"""So many segments are in memory: some 50 MB, where they have 100 characters."""

READ = 256
"""So many of each HELD are read back at a time."""


class Backlog(AbstractContextManager["Backlog"]):
    """Takes distinct segments in any order, and gives them back once, in the order in which they are to be asked.

    Attributes:
      folder: where what doesn't fit in memory is put; if this is a store, or empty, in the folder of temporary files.
      targets: into which languages.
    """

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.targets: set[str] = set()
        self._held: list[Wanted] = []
        self._file: BinaryIO | None = None
        self._runs: list[list[tuple[int, int]]] = []
        self._total = 0

    def __len__(self) -> int:
        """Return how many it has taken."""
        return self._total

    def add(self, wanted: Wanted) -> None:
        """Take a segment."""
        self._held.append(wanted)
        self.targets.add(wanted.request.target)
        self._total += 1
        if len(self._held) == HELD:
            self._put()

    def __iter__(self) -> Iterator[Wanted]:
        """Yield what was taken. Nothing is to be added then."""
        self._held.sort(key=_place, reverse=True)
        while self._held and not self._file:
            yield self._held.pop()
        if self._file:
            self._put()
            yield from heapq.merge(*map(self._read, self._runs), key=_place)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            with suppress(OSError):  # where the disk is full, what is buffered finds no room now either
                self._file.close()

    def _put(self) -> None:
        rows, self._held = sorted(self._held, key=_place), []
        folder = self.folder if self.folder and is_local(self.folder) else tempfile.gettempdir()
        with as_write_error(folder):
            if not self._file:
                self._file = tempfile.TemporaryFile(prefix="langloom-", dir=folder)  # noqa: SIM115
            run = []
            for start in range(0, len(rows), READ):
                piece = to_bytes(rows[start : start + READ])
                run.append((self._file.tell(), len(piece)))
                self._file.write(piece)
            self._file.flush()
        self._runs.append(run)

    def _read(self, run: list[tuple[int, int]]) -> Iterator[Wanted]:
        assert self._file
        for start, size in run:
            yield from from_bytes(os.pread(self._file.fileno(), size, start))


def _place(wanted: Wanted) -> tuple[str, tuple[object, ...]]:
    return wanted.want.rank, wanted.request
