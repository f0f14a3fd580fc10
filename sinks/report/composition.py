"""What stands where in a dataset: how many rows of each kind there are in each stretch of it, and which go together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sinks.report.kinds import COLUMNS, OTHER, Kind
from sinks.report.sample import Place
from sinks.written import opened
from transforms.example import SCHEMA

STRETCHES = 60
"""Equal parts of a dataset, from its first row to its last, that are counted apart."""

MOST = 1000
"""Kinds that are counted one by one: languages and tasks may come from the data."""


@dataclass
class Composition:
    """What was found in all rows.

    Attributes:
      rows: how many there are.
      counts: by kind, its rows in each stretch.
      renderings: by group, of those that were asked for, where the first row of each kind is.
    """

    rows: int
    counts: dict[Kind, Any] = field(default_factory=dict)
    renderings: dict[str, dict[Kind, Place]] = field(default_factory=dict)

    @property
    def kinds(self) -> list[Kind]:
        """Return all kinds, those with most rows first."""
        return sorted(self.counts, key=lambda kind: (kind == OTHER, -int(self.counts[kind].sum()), kind))

    def largest(self, most: int) -> dict[Kind, Any]:
        """Return the counts of up to so many kinds; the others are put together."""
        kinds = self.kinds
        if len(kinds) <= most:
            return {kind: self.counts[kind] for kind in kinds}
        shown = {kind: self.counts[kind] for kind in kinds[: most - 1] if kind != OTHER}
        return {**shown, OTHER: sum(self.counts[kind] for kind in kinds if kind not in shown)}


def read_composition(folder: str, paths: Sequence[str], rows: int, groups: Sequence[str]) -> Composition:
    """Count the rows of shards by kind; only the columns that tell are read, a row group at a time.

    Args:
      folder: the output folder.
      paths: of the shards below it, in order of position.
      rows: how many rows they hold.
      groups: those whose renderings are looked for.

    ValueError or IndexError where the shards don't hold so many rows.
    """
    found, wanted, position = Composition(rows), pa.array(sorted(set(groups)), pa.string()), 0
    stretches = min(rows, STRETCHES)
    for path, group, table in _row_groups(folder, paths):
        stretch = (position + np.arange(table.num_rows)) * stretches // rows
        _count(found, table, stretch, stretches)
        for row, of, kind in _first_rows(table, wanted):
            found.renderings.setdefault(of, {}).setdefault(kind, Place(path, group, row))
        position += table.num_rows
    if position != rows:
        raise ValueError(f"{rows} rows are told of, {position} are there")
    return found


def _row_groups(folder: str, paths: Sequence[str]) -> Iterator[tuple[str, int, pa.Table]]:
    for path in paths:
        with opened(folder, path, SCHEMA) as parquet:
            for group in range(parquet.metadata.num_row_groups):
                yield path, group, parquet.read_row_group(group, columns=[*COLUMNS, "group"])


def _first_rows(table: pa.Table, groups: Any) -> Iterator[tuple[int, str, Kind]]:
    """Yield the number, the group and the kind of these groups' first rows of each kind."""
    numbered = table.append_column("row", pa.array(np.arange(table.num_rows)))
    mine = numbered.filter(pc.is_in(table.column("group"), groups))
    first = mine.group_by(["group", *COLUMNS]).aggregate([("row", "min")])
    columns = ["row_min", "group", *COLUMNS]
    for row, of, *values in zip(*(first.column(name).to_pylist() for name in columns), strict=True):
        yield row, of, Kind(*values)


def _count(found: Composition, table: pa.Table, stretch: Any, stretches: int) -> None:
    keyed = table.select(COLUMNS).append_column("stretch", pa.array(stretch))
    counted = keyed.group_by([*COLUMNS, "stretch"]).aggregate([([], "count_all")])
    for row in sorted(zip(*(counted.column(name).to_pylist() for name in counted.column_names), strict=True)):
        *values, at, number = row
        kind = Kind(*values)
        if kind not in found.counts and len(found.counts) >= MOST:
            kind = OTHER
        found.counts.setdefault(kind, np.zeros(stretches, np.int64))[at] += number
