"""What identifies a file's content, and where its lines begin: found in one pass over its bytes."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from transforms.example import digest
from transforms.files import is_local
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File, SourceError


class Stamp(NamedTuple):
    """What a file was when it was looked at.

    Attributes:
      state: its size and times, which tell at once that nothing has changed; of a remote file, what its store says.
      content: its content's identity.
    """

    state: str
    content: str


_SEEN: dict[str, Stamp] = {}
"""What each file was when its identity was last asked for in this process."""


def content_identity(file: File) -> str:
    """Return what identifies the file's bytes: their hash, or for a remote file what its store says of them.

    It doesn't depend on where the file lies. A store that keeps no checksum gives size and time of modification.
    """
    found = _SEEN[file.path] = look(file)
    return found.content


def seen(path: str) -> Stamp | None:
    """Return what the file was when its identity was last asked for; None where it never was."""
    return _SEEN.get(path)


def look(file: File) -> Stamp:
    """Return what the file is now; the bytes of a local one are read once for each state that it is found in."""
    if is_local(file.path):
        state, found = _found(file)
        return Stamp(state, found.identity)
    try:
        content = digest("remote", str(file.size), str(FileSystems.checksum(file.path))).hex()
    except (NotImplementedError, BeamIOError):
        content = digest("remote", str(file.size), str(FileSystems.last_updated(file.path))).hex()
    return Stamp(content, content)


def state_of(status: os.stat_result) -> str:
    """Return what tells at once that a local file hasn't changed."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


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
    return _found(file)[1]


def _found(file: File) -> tuple[str, Index]:
    if not is_local(file.path):
        return "", _index(file.path, file.size, "")
    try:
        status = Path(file.path).stat()
    except OSError as error:
        raise SourceError(f"{file.path} can't be read: {error.strerror}") from error
    return state_of(status), _index(file.path, status.st_size, state_of(status))


@lru_cache(maxsize=65536)
def _index(path: str, size: int, at: str) -> Index:
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
