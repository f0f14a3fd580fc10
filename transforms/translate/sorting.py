"""Entries in order of keys, however many: what a fold merges, so that it writes each shard about once.

What is more than one table's is sorted a table at a time, and put on disk in pieces of one leading byte of the key
each.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice
from typing import NamedTuple

import pyarrow as pa

from transforms.translate.entries import SCHEMA, Entry, best, to_table
from transforms.translate.shards import divide, settled
from transforms.translate.spill import Place, Spill


class Sorter:
    """Takes entries in any order and gives them back in order of keys, with the one of each key that counts.

    Attributes:
      most: about so many entries are in memory at a time.
      total: how many it has taken.
    """

    def __init__(self, folder: str, most: int) -> None:
        """Begin with nothing; what doesn't fit in memory is put into the folder (see `Spill`)."""
        self.most = most
        self.total = 0
        self._spill = Spill(folder)
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
        if held and self._spill:
            self._put(held)
            yield from self._merged()
        elif held:
            yield held

    def _put(self, table: pa.Table) -> None:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        for prefix, rows in divide(table, 2):
            packed = pa.BufferOutputStream()
            with pa.ipc.new_stream(packed, SCHEMA, options=options) as writer:
                writer.write_table(rows)
            place = self._spill.put(packed.getvalue())
            self._pieces.setdefault(prefix, []).append(_Piece(place, rows.num_rows))

    def _merged(self) -> Iterator[pa.Table]:
        """Yield what was put on disk, as few tables as hold it."""
        held: list[_Piece] = []
        for unit in self._units():
            if sum(piece.rows for piece in (*held, *unit)) > self.most and held:
                yield settled(list(map(self._read, held)))
                held = []
            held += unit
        yield settled(list(map(self._read, held)))

    def _read(self, piece: "_Piece") -> pa.Table:
        return pa.ipc.open_stream(self._spill.get(piece.place)).read_all()

    def _units(self) -> Iterator[list["_Piece"]]:
        """Yield the pieces that go into one table: those of a digit of the key, as of a shard, or of two digits."""
        for _, prefixes in groupby(sorted(self._pieces), key=lambda prefix: prefix[0]):
            units = [self._pieces[prefix] for prefix in prefixes]
            digit = list(chain.from_iterable(units))
            yield from [digit] if sum(piece.rows for piece in digit) <= self.most else units


class _Piece(NamedTuple):
    """Where on disk some entries are, and how many."""

    place: Place
    rows: int
