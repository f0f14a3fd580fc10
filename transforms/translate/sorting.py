"""Entries in order of keys, however many: what a fold merges, so that it writes each shard about once.

What is more than one table's is sorted a table at a time, and put into a file without a name, which ends with the
process, in pieces of one leading byte of the key each.
"""

import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from transforms.files import is_local
from transforms.translate.entries import SCHEMA, Entry, best, to_table
from transforms.translate.shards import divide, settled
from transforms.write_errors import as_write_error


class Sorter:
    """Takes entries in any order and gives them back in order of keys, with the one of each key that counts.

    Attributes:
      folder: where what doesn't fit in memory is put: here, or in the folder of temporary files where this is a store.
      most: about so many entries are in memory at a time.
      total: how many it has taken.
    """

    def __init__(self, folder: str, most: int) -> None:
        self.folder = folder if is_local(folder) else tempfile.gettempdir()
        self.most = most
        self.total = 0
        self._file: BinaryIO | None = None
        self._pieces: dict[str, list[_Piece]] = {}

    def tables(self, entries: Iterable[Entry]) -> Iterator[pa.Table]:
        """Yield entries as tables, of which no two have a key in common."""
        entries = iter(entries)
        held: pa.Table | None = None
        while some := list(islice(entries, self.most)):
            self.total += len(some)
            if held:
                self._put(held)
            held = settled([to_table(list(best(some).values()))])
            del some  # it is several times the table's size
        if held and self._file:
            self._put(held)
            yield from self._merged(self._file.fileno())
        elif held:
            yield held

    def _put(self, table: pa.Table) -> None:
        with as_write_error(self.folder):
            if not self._file:
                self._file = tempfile.TemporaryFile(prefix="langloom-", dir=self.folder)  # noqa: SIM115
            for prefix, rows in divide(table, 2):
                packed = io.BytesIO()
                with pa.ipc.new_stream(packed, SCHEMA, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
                    writer.write_table(rows)
                piece = _Piece(self._file.tell(), packed.tell(), rows.num_rows)
                self._pieces.setdefault(prefix, []).append(piece)
                self._file.write(packed.getbuffer())
            self._file.flush()

    def _merged(self, file: int) -> Iterator[pa.Table]:
        """Yield what was put into the file, as few tables as hold it."""
        held: list[_Piece] = []
        for unit in self._units():
            if sum(piece.rows for piece in (*held, *unit)) > self.most and held:
                yield settled([_read(file, piece) for piece in held])
                held = []
            held += unit
        yield settled([_read(file, piece) for piece in held])

    def _units(self) -> Iterator[list["_Piece"]]:
        """Yield the pieces that go into one table: those of a digit of the key, as of a shard, or of two digits."""
        for _, prefixes in groupby(sorted(self._pieces), key=lambda prefix: prefix[0]):
            units = [self._pieces[prefix] for prefix in prefixes]
            digit = list(chain.from_iterable(units))
            yield from [digit] if sum(piece.rows for piece in digit) <= self.most else units


class _Piece(NamedTuple):
    """Where in the file some entries are, and how many."""

    start: int
    size: int
    rows: int


def _read(file: int, piece: _Piece) -> pa.Table:
    return pa.ipc.open_stream(os.pread(file, piece.size, piece.start)).read_all()
