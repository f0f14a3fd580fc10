"""Rows of a dataset, taken evenly over all of it: how long they are, what was measured of them, and which to show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sinks.report.kinds import COLUMNS, Kind
from sinks.written import opened
from transforms.example import SCHEMA

ROW_GROUPS = 64
"""Row groups that are read of a dataset: some 8 MB of text each, one at a time."""

ROWS = 32_000
"""Rows that are taken of them in all, of each by its size: how many rows a group has depends on how long they are."""

UNDRAWN = 1e300
"""Scores of this size or more can't be drawn, nor can NaN: they are left out."""


class Place(NamedTuple):
    """Where a row is: its file's path below the output folder, its row group there, and its number in that."""

    path: str
    group: int
    row: int


class Found(NamedTuple):
    """A row that may be shown: where it is, its kind, and the group that it shares with its other renderings."""

    place: Place
    kind: Kind
    group: str


@dataclass
class Lengths:
    """Lengths of rows of one kind, in characters (Unicode code points): of the whole prompt, and of the answer."""

    prompt: list[Any] = field(default_factory=list)
    answer: list[Any] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Return how many rows these are."""
        return sum(map(len, self.answer))

    def add(self, other: "Lengths") -> None:
        """Take in those of another kind."""
        self.prompt += other.prompt
        self.answer += other.answer

    def sides(self) -> Iterator[tuple[str, list[Any]]]:
        """Yield both sides by name."""
        yield "prompt", self.prompt
        yield "answer", self.answer


@dataclass
class Sample:
    """What was found in the rows that were taken.

    Attributes:
      rows: how many they are.
      lengths: by kind.
      scores: by name of a score, its values.
      found: by kind, rows of it that may be shown, spread over the dataset.
    """

    rows: int = 0
    lengths: dict[Kind, Lengths] = field(default_factory=dict)
    scores: dict[str, list[Any]] = field(default_factory=dict)
    found: dict[Kind, list[Found]] = field(default_factory=dict)

    def add(self, table: pa.Table, places: Sequence[Place], shown: int) -> None:
        """Take in rows; of each kind up to so many more may be shown."""
        self.rows += table.num_rows
        prompt, answer = _prompt_lengths(table), pc.utf8_length(table.column("output")).to_numpy()
        of_kind: dict[Kind, list[int]] = {}
        for at, values in enumerate(zip(*(table.column(name).to_pylist() for name in COLUMNS), strict=True)):
            of_kind.setdefault(Kind(*values), []).append(at)
        for kind, rows in of_kind.items():
            lengths = self.lengths.setdefault(kind, Lengths())
            lengths.prompt.append(prompt[rows])
            lengths.answer.append(answer[rows])
            some = [rows[at] for at in evenly(len(rows), shown)]
            found = (Found(places[at], kind, table.column("group")[at].as_py()) for at in some)
            self.found.setdefault(kind, []).extend(found)
        self._add_scores(table.column("scores").combine_chunks())

    def numbers(self) -> dict[str, Any]:
        """Return the values of each score, but for those that can't be drawn: sources may bring any number."""
        joined = {name: np.concatenate(values) for name, values in self.scores.items()}
        return {name: values[np.abs(values) < UNDRAWN] for name, values in joined.items()}

    def _add_scores(self, scores: Any) -> None:
        names, values = (pc.struct_field(scores.flatten(), at) for at in (0, 1))
        for name in pc.unique(names).to_pylist():
            self.scores.setdefault(name, []).append(values.filter(pc.equal(names, name)).to_numpy())


def take_sample(folder: str, paths: Sequence[str], shown: int) -> Sample:
    """Return a sample of the rows of shards, of which up to `shown` of each kind may be shown.

    Args:
      folder: the output folder.
      paths: of the shards below it, in order of position.
      shown: how many rows of each kind may be shown.
    """
    sample = Sample()
    for path, group, taken in _row_groups(folder, paths):
        with opened(folder, path, SCHEMA) as parquet:
            table = parquet.read_row_group(group, columns=SCHEMA.names).take(pa.array(taken, pa.int64()))
        sample.add(table, [Place(path, group, row) for row in taken], shown)
    for kind, found in sample.found.items():
        sample.found[kind] = [found[at] for at in evenly(len(found), shown)]
    return sample


def read_rows(folder: str, places: Sequence[Place]) -> dict[Place, dict[str, Any]]:
    """Return rows by where they are; each row group is read once."""
    wanted: dict[tuple[str, int], list[Place]] = {}
    for place in sorted(places):
        wanted.setdefault((place.path, place.group), []).append(place)
    rows: dict[Place, dict[str, Any]] = {}
    for (path, group), here in wanted.items():
        with opened(folder, path, SCHEMA) as parquet:
            table = parquet.read_row_group(group, columns=SCHEMA.names)
        rows |= zip(here, table.take(pa.array([place.row for place in here])).to_pylist(), strict=True)
    return rows


def evenly(number: int, most: int) -> list[int]:
    """Return up to `most` of the numbers below `number`, evenly spaced."""
    return [at * number // min(number, most) for at in range(min(number, most))]


def _row_groups(folder: str, paths: Sequence[str]) -> Iterator[tuple[str, int, list[int]]]:
    """Yield path and number of some row groups, evenly spaced, and the numbers of the rows to take of each."""
    groups = []
    for path in paths:
        with opened(folder, path, SCHEMA) as parquet:
            metadata = parquet.metadata
        groups += [(path, at, metadata.row_group(at).num_rows) for at in range(metadata.num_row_groups)]
    chosen = [groups[at] for at in evenly(len(groups), ROW_GROUPS)]
    held = sum(rows for _, _, rows in chosen)
    for path, group, rows in chosen:
        yield path, group, evenly(rows, -(-rows * ROWS // (held or 1)))


def _prompt_lengths(table: pa.Table) -> Any:
    lengths = np.zeros(table.num_rows, np.int64)
    for name in ("system", "instruction", "input"):
        lengths += pc.utf8_length(table.column(name)).to_numpy()
    history = table.column("history").combine_chunks()
    turns, rows = history.flatten(), pc.list_parent_indices(history).to_numpy()
    for side in (0, 1):
        np.add.at(lengths, rows, pc.utf8_length(pc.struct_field(turns, side)).to_numpy())
    return lengths


def quantiles(values: Any) -> Mapping[str, float]:
    """Return the 5th percentile, the median, the 95th percentile and the largest of some numbers."""
    low, median, high = np.quantile(values, (0.05, 0.5, 0.95), method="inverted_cdf")
    return {"low": float(low), "median": float(median), "high": float(high), "most": float(values.max())}
