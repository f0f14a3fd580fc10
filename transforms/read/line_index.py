"""What identifies a file's content, and where its lines begin: found in one pass over its bytes."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from transforms.example import digest
from transforms.files import is_local
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File, SourceError


def content_identity(file: File) -> str:
    """Return what identifies the file's bytes: their hash, or for a remote file what its store says of them.

    It doesn't depend on where the file lies. A store that keeps no checksum gives size and time of modification.
    """
    if is_local(file.path):
        return index(file).identity
    try:
        return digest("remote", str(file.size), str(FileSystems.checksum(file.path))).hex()
    except (NotImplementedError, BeamIOError):
        return digest("remote", str(file.size), str(FileSystems.last_updated(file.path))).hex()


@dataclass(frozen=True)
class Index:
    """Where the lines of an uncompressed file are.

    Attributes:
      identity: a hash of the file's bytes.
      newlines: how many `\\n` come before each multiple of CHUNK, and in the whole file (the last).
      lines: how many lines there are; a last one without `\\n` counts.
    """

    path: str
    size: int
    identity: str
    newlines: tuple[int, ...]
    lines: int

    def lines_before(self, offset: int) -> int:
        """Return how many lines begin before this byte."""
        if offset <= 0:
            return 0
        # A line begins at 0 and after each newline, so one before offset - 1 means a beginning before offset.
        at = (offset - 1) // CHUNK
        with opened(self.path, decompress=False) as file:
            file.seek(at * CHUNK)
            return 1 + self.newlines[at] + file.read(offset - 1 - at * CHUNK).count(b"\n")

    def offset(self, line: int) -> int:
        """Return the byte at which this line begins, counted from 0; the file's size where there is no such line."""
        if line <= 0:
            return 0
        if line >= self.lines:
            return self.size
        at = bisect_left(self.newlines, line) - 1
        with opened(self.path, decompress=False) as file:
            file.seek(at * CHUNK)
            data = file.read(CHUNK)
        position = -1
        for _ in range(line - self.newlines[at]):
            position = data.index(b"\n", position + 1)
        return at * CHUNK + position + 1


def index(file: File) -> Index:
    """Read a file's stored bytes once, whatever the number of calls, and return where its lines are."""
    if not is_local(file.path):
        return _index(file.path, file.size, 0)
    try:
        status = Path(file.path).stat()
    except OSError as error:
        raise SourceError(f"{file.path} can't be read: {error.strerror}") from error
    return _index(file.path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=65536)
def _index(path: str, size: int, modified: int) -> Index:
    state = hashlib.blake2b(digest_size=16)
    newlines, last = [0], b""
    with opened(path, decompress=False) as file:
        for data in chunks(file):
            state.update(data)
            newlines.append(newlines[-1] + data.count(b"\n"))
            last = data
    lines = newlines[-1] + (not last.endswith(b"\n") if last else 0)
    return Index(path, size, state.hexdigest(), tuple(newlines), lines)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of exactly CHUNK, but for the last."""
    held = file.read(CHUNK)
    while held:
        while len(held) < CHUNK and (more := file.read(CHUNK - len(held))):
            held += more
        yield held
        held = file.read(CHUNK)
