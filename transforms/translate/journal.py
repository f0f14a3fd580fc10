"""Journals: where a writer puts each translation as soon as it has it.

Each writer has its own. On a local disk it is a file to which a line is appended for each result and handed to the
operating system at once, so that a killed process loses nothing. The writer holds a `flock` on it: the kernel takes
that away when the process ends, however it ends, and `fold` leaves alone any journal that is locked. On an object store
nothing can be appended: results are put into small immutable objects of at most 64, or what came within a second;
those may be folded at any time. They are written by threads, while whoever asks goes on.
"""

import fcntl
import os
import time
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local
from transforms.many_files import AT_ONCE
from transforms.translate.entries import Entry, to_line
from transforms.write_errors import as_write_error

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
        self._pool: ThreadPoolExecutor | None = None
        self._begun: deque[tuple[Future[None], Sequence[bytes]]] = deque()

    def append(self, entries: Iterable[Entry] = ()) -> None:
        """Add entries. Locally they are safe on return; on an object store, after `flush`.

        There, an object is begun when it is full, and what has waited for a second is, too; so this is called once a
        second, if only with nothing. It raises what earlier objects failed with: their entries go on waiting.
        That a translation merely repeats its text (an echo) is for the caller to judge: names legitimately do.
        """
        lines = [to_line(entry) for entry in entries]
        if self._local:
            if lines:
                self._write(b"".join(lines))
            return
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting += lines
        is_old = time.monotonic() - self._since >= OBJECT_SECONDS
        self._begin(len(self._waiting) if is_old else len(self._waiting) // OBJECT_ENTRIES * OBJECT_ENTRIES)
        self._settle(AT_ONCE)

    def flush(self) -> None:
        """Write out all that waits."""
        self._begin(len(self._waiting))
        self._settle(0)

    def close(self) -> None:
        """Write out what waits and give the file free for folding."""
        self.flush()
        if self._pool:
            self._pool.shutdown()
            self._pool = None
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
        with as_write_error(self._folder):
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

    def _begin(self, number: int) -> None:
        """Begin to write out the first of the lines that wait."""
        if not number:
            return
        self._pool = self._pool or ThreadPoolExecutor(AT_ONCE)
        lines, self._waiting = self._waiting[:number], self._waiting[number:]
        for start in range(0, number, OBJECT_ENTRIES):
            some = lines[start : start + OBJECT_ENTRIES]
            self._begun.append((self._pool.submit(_put, self._folder, some), some))
        self._since = time.monotonic()

    def _settle(self, most: int) -> None:
        """Wait until at most so many objects are being written; raise the first error of those that were.

        The lines of those that the store refused wait again, for a later try.
        """
        errors = []
        while self._begun and (len(self._begun) > most or self._begun[0][0].done()):
            writing, lines = self._begun[0]
            error = writing.exception()
            self._begun.popleft()  # only now: who is interrupted while waiting writes it out at the end
            if error:
                errors.append(error)
                self._waiting[:0] = lines
        if errors:
            raise errors[0]


def _put(folder: str, lines: Sequence[bytes]) -> None:
    with FileSystems.create(FileSystems.join(folder, f"{uuid.uuid4().hex}.jsonl")) as file:
        file.write(b"".join(lines))


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
