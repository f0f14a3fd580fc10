"""Journals: where a writer puts each translation as soon as it has it.

Each writer has its own. On a local disk it is a file to which a line is appended for each result and handed to the
operating system at once, so that a killed process loses nothing. The writer holds a `flock` on it: the kernel takes
that away when the process ends, however it ends, and `fold` leaves alone any journal that is locked. On an object store
nothing can be appended: results are put into small immutable objects of at most 64, or what came within a second;
those may be folded at any time.
"""

import fcntl
import os
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import TracebackType

from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local
from transforms.many_files import map_files
from transforms.translate.entries import Entry, to_line
from transforms.write_errors import telling

FOLDER = "journal"
OBJECT_ENTRIES = 64
OBJECT_SECONDS = 1.0


class Journal:
    """A writer's own journal in a memory's folder; opened at the first entry, closed by `close` or `with`.

    Attributes:
      path: the memory's folder.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._folder = FileSystems.join(path, FOLDER)
        self._local = is_local(path)
        self._file = -1
        self._waiting: list[bytes] = []
        self._since = 0.0

    def append(self, entries: Iterable[Entry]) -> None:
        """Add entries. Locally they are safe on return; on an object store, after `flush` or when one is full.

        That a translation merely repeats its text (an echo) is for the caller to judge: names legitimately do.
        """
        lines = [to_line(entry) for entry in entries]
        if not lines:
            return
        if self._local:
            self._write(b"".join(lines))
            return
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting += lines
        self._put(len(self._waiting) // OBJECT_ENTRIES * OBJECT_ENTRIES)
        if self._waiting and time.monotonic() - self._since >= OBJECT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write out what waits for an object to fill; engines that take their time call this once a second."""
        self._put(len(self._waiting))

    def close(self) -> None:
        """Write out what waits and give the file free for folding."""
        self.flush()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, data: bytes) -> None:
        with telling(self._folder):
            if self._file < 0:
                self._file = _create(Path(self._folder))
            start, written = os.fstat(self._file).st_size, 0
            try:
                while written < len(data):
                    written += os.write(self._file, data[written:])
            except OSError:
                with suppress(OSError):  # else the torn line stays the last of its file, and readers pass over it
                    os.ftruncate(self._file, start + data.rfind(b"\n", 0, written) + 1)
                os.close(self._file)
                self._file = -1
                raise

    def _put(self, number: int) -> None:
        """Write out the first of the lines that wait; those that the store refuses go on waiting, for a later try."""
        starts = range(0, number, OBJECT_ENTRIES)
        if not starts:
            return
        first, rest = self._waiting[:number], self._waiting[number:]
        objects = {
            str(FileSystems.join(self._folder, f"{uuid.uuid4().hex}.jsonl")): first[start : start + OBJECT_ENTRIES]
            for start in starts
        }
        left = dict(objects)

        def put(path: str) -> None:
            with FileSystems.create(path) as file:
                file.write(b"".join(objects[path]))
            del left[path]

        try:
            for _ in map_files(put, objects):
                pass
        finally:
            self._waiting = [*chain.from_iterable(left.values()), *rest]
        self._since = time.monotonic()


def _create(folder: Path) -> int:
    """Create, lock and return a new journal; one that a fold removed between creation and lock is made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(folder / f"{uuid.uuid4().hex}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink:
            return file
        os.close(file)


def has_ended(path: str) -> bool:
    """Say whether a journal is there to be folded: it holds something, and nothing will ever be added to it.

    An empty one that nobody has locked is removed: its writer has ended, or makes another (see `_create`). Any other
    is locked before anything is written to it and never opened again, so that the lock needn't be kept.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_size:
            return True
        Path(path).unlink(missing_ok=True)
        return False
    except BlockingIOError:
        return False
    finally:
        os.close(file)
