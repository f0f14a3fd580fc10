"""Merging: which examples of a stream go together in one. Keys travel; `lending.py` brings their rows together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.augment.chance import check_probability, happens
from transforms.augment.joining import kinds, merged_id
from transforms.augment.lending import LOAN, Loans, Merged, lend
from transforms.collective import Context
from transforms.example import digest, id_words
from transforms.keys import Gathered, Sent, by_value, changes, gather, run_starts, send
from transforms.order.rank import rank_hashes, split_hashes, splits
from transforms.parts import Part

KEY = np.dtype([("id_high", "<u8"), ("id_low", "<u8"), ("row", "<u4")])
"""What travels for each example that may be merged: 20 bytes."""


@dataclass(frozen=True)
class Merge:
    """How examples are merged.

    Parameters:
      probability: the share of merged examples among what comes out.
      min_examples: the fewest that are merged.
      max_examples: the most.
      joint: what stands between their texts.
    """

    probability: float
    min_examples: int = 2
    max_examples: int = 4
    joint: str = " "

    shorthand: ClassVar[str] = "probability"

    def __post_init__(self) -> None:
        check_probability("merge", self.probability)
        if not 2 <= self.min_examples <= self.max_examples:
            message = "min_examples is 2 or more, and max_examples at least as many"
            raise ValueError(f"min_examples {self.min_examples}, max_examples {self.max_examples}: {message}")

    def share(self) -> float:
        """Return what share of the examples is chosen, so that of what comes out `probability` is merged."""
        mean = (self.min_examples + self.max_examples) / 2
        return self.probability * mean / (1 - self.probability + self.probability * mean)


@dataclass(frozen=True)
class MergeExamples:
    """Joins the texts of several examples; the others are rejected as `merged`.

    The keys of those of one kind that are chosen come together in one process.

    Attributes:
      merge: how.
      seed: another one makes other choices.
    """

    merge: Merge
    seed: int

    def decide(self, parts: Any, context: Context) -> Any:
        """Return (part, what is merged in it) for each part."""
        named = parts | "Name" >> beam.Map(lambda part: (part.name, part))
        loans = (
            parts
            | "Keys" >> beam.FlatMap(self.keys, context.seed, context.splits, context.work)
            | "ByKind" >> beam.GroupByKey()
            | "Find" >> beam.FlatMapTuple(lambda _, group: self.loans(group))
        )
        return (
            {"part": named, "loans": loans}
            | "ByPart" >> beam.CoGroupByKey()
            | "Lend" >> beam.FlatMap(lend, context.work)
            | "ByHead" >> beam.GroupByKey()
            | "Decide" >> beam.Map(self._decide, context.stream, context.step)
        )

    def keys(
        self, part: Part, seed: int, shares: tuple[tuple[float, ...], ...], work: str
    ) -> Iterator[tuple[bytes, Sent]]:
        """Yield, for each kind of example, (part, lineage, where the keys are) of those chosen to be merged.

        A kind has what must be alike, and the sides of all splits.
        """
        found: dict[bytes, list[Any]] = {}
        first = 0
        for batch in part.batches():
            chosen = happens(self.seed, "merge", batch.column("id"), self.merge.share())
            rows = np.flatnonzero(chosen)
            if len(rows):
                some = batch.take(pa.array(rows))
                table = np.empty(len(rows), KEY)
                table["id_high"], table["id_low"] = id_words(some.column("id"))
                table["row"] = rows + first
                hashes = split_hashes(seed, *id_words(some.column("group")))
                sides = np.stack([np.zeros(len(rows), np.int64), *(splits(each, hashes) for each in shares)], axis=1)
                for at, kind in enumerate(kinds(some)):
                    if kind:
                        key = digest(kind, sides[at].astype("<u4").tobytes())
                        found.setdefault(key, []).append(table[at : at + 1])
            first += batch.num_rows
        yield from send(part, {key: np.concatenate(tables) for key, tables in found.items()}, work)

    def loans(self, group: Iterable[Sent]) -> Iterator[tuple[str, Loans]]:
        """Yield, for each part that lends, what it lends to which part: of the examples of one kind."""
        gathered = gather(group, KEY)
        ranks = self._ranks(gathered)
        order = np.lexsort([gathered.table["id_low"], gathered.table["id_high"], ranks])
        ids = [f"{high:016x}{low:016x}" for high, low in gathered.table[["id_high", "id_low"]].tolist()]
        found: dict[tuple[int, int], list[tuple[int, int, int, bytes]]] = {}
        rows, part = gathered.table["row"].tolist(), gathered.part.tolist()
        for head, *others in self._runs(order.tolist(), ranks):
            merged = bytes.fromhex(merged_id([ids[at] for at in (head, *others)], self.merge.joint))
            for place, at in enumerate(others):
                found.setdefault((part[at], part[head]), []).append((rows[at], rows[head], place, merged))
        for (lender, borrower), loans in sorted(found.items()):
            names = gathered.names[lender], gathered.names[borrower]
            yield names[0], (names[1], np.array(loans, LOAN).tobytes())

    def _ranks(self, gathered: Gathered) -> Any:
        """Return a hash for each key that puts equal examples at different places.

        Which of equal examples (of one id and lineage) is which can't be told, and makes no difference.
        """
        order = gathered.sorting("id_low", "id_high")
        table = gathered.table[order]
        numbers = np.arange(len(table)) - run_starts(changes(gathered.table, order, ("id_high", "id_low")))
        ranks = np.empty(len(table), np.uint64)
        for number, mine in by_value(np.arange(len(numbers)), numbers):
            high, low = table["id_high"][mine], table["id_low"][mine]
            ranks[order[mine]] = rank_hashes(self.seed, "augment/merge order", number, high, low)
        return ranks

    def _runs(self, order: list[int], ranks: Any) -> Iterator[list[int]]:
        """Yield keys that go together: neighbours, as many as a hash of the first says, and at the end what is left."""
        sizes = ranks & np.uint64(0xFFFFFFFF)
        least, span, at = self.merge.min_examples, self.merge.max_examples - self.merge.min_examples + 1, 0
        while len(order) - at >= least:
            size = least + (int(sizes[order[at]]) * span >> 32)
            yield order[at : at + size]
            at += size

    def _decide(self, group: tuple[str, Iterable[Any]], stream: str, step: str) -> tuple[Part, Merged]:
        found = sorted(group[1], key=lambda each: each[0])
        (part, gone, ids) = next(each[1:] for each in found if each[0] == "")
        return part, Merged(self.merge.joint, stream, step, gone, ids, tuple(each for each in found if each[0]))
