"""Blocks of a source, and the rows in them as they were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from transforms.example import digest
from transforms.read.line_index import Stamp

BLOCK_BYTES = 8 << 20
"""About how many bytes of an uncompressed file make a block, unless the source is large (`block_bytes`)."""

MAX_ROW_BYTES = 16 << 20
"""A row longer than this is rejected as `too_large`."""


def block_bytes(size: int) -> int:
    """Return about how many bytes make a block of files that have so many.

    Each block becomes a part, and each part sends keys to every bucket, so that there shouldn't be too many: of large
    files, blocks are up to four times as large.
    """
    return max(1, BLOCK_BYTES, min(4 * BLOCK_BYTES, size >> 10))


@dataclass(frozen=True)
class Block:
    """A part of a source that one worker reads alone. Small, and safe to pickle.

    Attributes:
      paths: the files it lies in (or the Hub data set).
      identity: a hash of the content it is part of and of its place there; it doesn't depend on paths.
      spans: for each path where the block begins and ends: bytes, row groups, record batches or rows, as the format
        has it; an end of -1 is the file's end.
      lines: for each path how many lines come before the block; -1 where nobody counted.
      rows: which of the block's rows to take (from, to), counted from 0; None: all.
      stamps: for each path what its file was when the block was found (`transforms/read/unchanged.py`).
      size: bytes, as stored.
      name: a short label for messages.
    """

    paths: tuple[str, ...]
    identity: str
    spans: tuple[tuple[int, int], ...]
    lines: tuple[int, ...]
    size: int
    name: str
    rows: tuple[int, int] | None = None
    stamps: tuple[Stamp, ...] = ()

    def taking(self, rows: tuple[int, int]) -> "Block":
        """Return the block cut down to these of its rows."""
        return replace(self, rows=rows, identity=digest(self.identity, f"{rows[0]}:{rows[1]}").hex())


@dataclass(frozen=True)
class Bad:
    """A row that can't be read.

    Attributes:
      reason: `malformed`, `encoding` or `too_large`.
      detail: what is wrong.
      raw: the row's bytes, or the first of them.
      key: what identifies the row, where `raw` isn't whole.
    """

    reason: str
    detail: str
    raw: bytes
    key: bytes = b""


Row = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """Some rows of a block, in their order.

    Attributes:
      items: the rows: a dict of raw columns, or Bad.
      places: for each the number of its line, row or byte.
      place: how to say that to a person: a format with one `%d`.
    """

    items: Sequence[Row | Bad]
    places: Sequence[int]
    place: str

    def __getitem__(self, part: slice) -> "Rows":
        return Rows(self.items[part], self.places[part], self.place)


def take(chunks: Iterator[Rows], rows: tuple[int, int] | None) -> Iterator[Rows]:
    """Yield the rows of this range (all for None), and read no further than that."""
    if rows is None:
        yield from chunks
        return
    start, end = rows
    position = 0
    for chunk in chunks:
        here = chunk[max(0, start - position) : max(0, end - position)]
        if here.items:
            yield here
        position += len(chunk.items)
        if position >= end:
            return
