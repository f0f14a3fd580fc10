"""Keys: what parts send to a bucket, gathered there as one table; and the bucket that a hash falls in.

Keys are written to the work folder, and what crosses a shuffle is where they are: a runner may hold all that it
shuffles in memory, and some do until the job ends.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from transforms.example import digest
from transforms.files import is_whole, read_range, write_bytes
from transforms.parts import Part

To = TypeVar("To", bound=Hashable)

Range = tuple[str, int, int]
"""Bytes of a file: its path, and where in it they begin and end."""

Sent = tuple[str, str, Range]
"""What a part sends to where keys meet: its name and lineage, and where its keys are."""


@dataclass(frozen=True)
class Gathered:
    """The keys of one bucket.

    Attributes:
      names: the parts that sent keys, in an order that doesn't depend on arrival.
      table: their keys, one below the other (a structured array with a field `row`).
      part: for each key, the index of its part in `names`.
      lineage: for each key, a number that orders it by its part's lineage.
    """

    names: list[str]
    table: Any
    part: Any
    lineage: Any

    def sorting(self, *columns: str) -> Any:
        """Return the order by these columns, the last one first; equal keys stand by lineage, part and row."""
        return np.lexsort([self.table["row"], self.part, self.lineage, *(self.table[name] for name in columns)])


def write_tables(work: str, tables: Mapping[To, Any]) -> Iterator[tuple[To, Range]]:
    """Write tables (structured arrays) to one file in the work folder; yield, by receiver, where its table is."""
    yield from write_contents(work, {to: table.tobytes() for to, table in tables.items()})


def write_contents(work: str, contents: Mapping[To, bytes]) -> Iterator[tuple[To, Range]]:
    """Write bytes to one file in the work folder; yield, by receiver, where its bytes are.

    The file is named by its content, so that a retried bundle writes the same one.
    """
    if not contents:
        return
    path = f"{work}/keys/{digest(*contents.values()).hex()}"
    if not is_whole(path, sum(map(len, contents.values()))):
        write_bytes(path, b"".join(contents.values()))
    end = 0
    for to, content in contents.items():
        start, end = end, end + len(content)
        yield to, (path, start, end)


def send(part: Part, tables: Mapping[To, Any], work: str) -> Iterator[tuple[To, Sent]]:
    """Write a part's keys to the work folder, a table for each receiver; yield (receiver, what it is sent)."""
    for to, where in write_tables(work, tables):
        yield to, (part.name, part.lineage, where)


def read_keys(where: Range, kind: Any) -> Any:
    """Return the table of the structured type `kind` that lies there."""
    return np.frombuffer(read_range(*where), kind)


def by_value(table: Any, values: Any) -> Iterator[tuple[int, Any]]:
    """Yield each value (an integer beside each row) and the rows of the table that have it, in their order."""
    sorting = np.argsort(values, kind="stable")
    found, starts = np.unique(values[sorting], return_index=True)
    for value, rows in zip(found.tolist(), np.split(sorting, starts[1:]), strict=False):
        yield value, table[rows]


def gather(values: Iterable[Sent], kind: Any) -> Gathered:
    """Return the keys, of the structured type `kind`, that parts sent."""
    members = sorted(values)
    tables = [read_keys(where, kind) for _, _, where in members]
    sizes = [len(table) for table in tables]
    lineages = sorted({lineage for _, lineage, _ in members})
    part = np.repeat(np.arange(len(members)), sizes)
    lineage = np.repeat([lineages.index(lineage) for _, lineage, _ in members], sizes)
    return Gathered([name for name, _, _ in members], np.concatenate(tables), part, lineage)


def changes(table: Any, sorting: Any, columns: Sequence[str]) -> Any:
    """Say of each place in an order whether any of the columns differs from the place before."""
    fresh = np.ones(len(sorting), bool)
    ordered = [table[name][sorting] for name in columns]
    fresh[1:] = np.logical_or.reduce([values[1:] != values[:-1] for values in ordered])
    return fresh


def run_starts(fresh: Any) -> Any:
    """Return for each place the one at which its run begins; `fresh` says where runs do, which the first place does."""
    return np.maximum.accumulate(np.where(fresh, np.arange(len(fresh)), 0))


def bucket_of(hashes: Any, buckets: int) -> Any:
    """Return the bucket of each 64-bit hash (an array): buckets are equal ranges of hashes."""
    return ((hashes >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)).astype(np.int64)
