"""Merging: the texts of several examples in one, across a stream.

Keys travel to find which examples go together; then each part writes the rows that it lends to others once more,
grouped by the part that they go to, and a part that merges reads one slice of each.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.augment.chance import check_probability, happens
from transforms.augment.joining import joined, kinds
from transforms.collective import Context
from transforms.example import derived_id, digest, id_words
from transforms.files import exists, open_arrow
from transforms.keys import Gathered, gather
from transforms.order.rank import rank_hashes, split_hashes, splits
from transforms.parts import ArrowFile, Part
from transforms.steps import Outcome, sift

KEY = np.dtype([("id_high", "<u8"), ("id_low", "<u8"), ("row", "<u4")])
"""What travels for each example that may be merged: 20 bytes."""

LOAN = np.dtype([("row", "<u4"), ("head", "<u4"), ("place", "<u4"), ("merged", "V16")])
"""What travels back: a row, the row of another part that it is merged into, its place there, and the new id."""

Loans = tuple[str, bytes]
"""The name of the part that rows go to, and their LOAN."""


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
            | "Keys" >> beam.FlatMap(self.keys, context.seed, context.splits)
            | "ByKind" >> beam.GroupByKey()
            | "Find" >> beam.FlatMap(lambda group: self.loans(group[1]))
        )
        return (
            {"part": named, "loans": loans}
            | "ByPart" >> beam.CoGroupByKey()
            | "Lend" >> beam.FlatMap(lend, context.work)
            | "ByHead" >> beam.GroupByKey()
            | "Decide" >> beam.Map(self._decide, context.stream, context.step)
        )

    def keys(
        self, part: Part, seed: int, shares: tuple[tuple[float, ...], ...]
    ) -> Iterator[tuple[bytes, tuple[str, str, bytes]]]:
        """Yield, for each kind of example, the (part, lineage, keys) of the examples that were chosen to be merged.

        A kind has what must be alike, and the sides of all splits.
        """
        found: dict[bytes, list[bytes]] = {}
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
                        found.setdefault(key, []).append(table[at : at + 1].tobytes())
            first += batch.num_rows
        for key, tables in found.items():
            yield key, (part.name, part.lineage, b"".join(tables))

    def loans(self, group: Iterable[tuple[str, str, bytes]]) -> Iterator[tuple[str, Loans]]:
        """Yield, for each part that lends, what it lends to which part: of the examples of one kind."""
        gathered = gather(group, KEY)
        ranks = self._ranks(gathered)
        order = np.lexsort([gathered.table["id_low"], gathered.table["id_high"], ranks])
        ids = [f"{high:016x}{low:016x}" for high, low in gathered.table[["id_high", "id_low"]].tolist()]
        found: dict[tuple[int, int], list[tuple[int, int, int, bytes]]] = {}
        rows, part = gathered.table["row"].tolist(), gathered.part.tolist()
        for head, *others in self._runs(order.tolist(), ranks):
            merged = bytes.fromhex(self.merged_id([ids[at] for at in (head, *others)]))
            for place, at in enumerate(others):
                found.setdefault((part[at], part[head]), []).append((rows[at], rows[head], place, merged))
        for (lender, borrower), loans in sorted(found.items()):
            names = gathered.names[lender], gathered.names[borrower]
            yield names[0], (names[1], np.array(loans, LOAN).tobytes())

    def merged_id(self, ids: list[str]) -> str:
        """Return the id of what is merged of the examples of these ids, in this order."""
        return derived_id(ids[0], "augment", "merge", self.merge.joint, *ids[1:])

    def _ranks(self, gathered: Gathered) -> Any:
        """Return a hash for each key that puts equal examples at different places.

        Which of equal examples (of one id and lineage) is which can't be told, and makes no difference.
        """
        order = gathered.sorting("id_low", "id_high")
        table = gathered.table[order]
        fresh = np.ones(len(table), bool)
        fresh[1:] = table[["id_high", "id_low"]][1:] != table[["id_high", "id_low"]][:-1]
        at = np.arange(len(table))
        numbers = at - np.maximum.accumulate(np.where(fresh, at, 0))
        ranks = np.empty(len(table), np.uint64)
        for number in np.unique(numbers):
            mine = numbers == number
            high, low = table["id_high"][mine], table["id_low"][mine]
            ranks[order[mine]] = rank_hashes(self.seed, "augment/merge order", int(number), high, low)
        return ranks

    def _runs(self, order: list[int], ranks: Any) -> Iterator[list[int]]:
        """Yield keys that go together: neighbours, as many as a hash of the first says, and at the end what is left."""
        sizes = ranks & np.uint64(0xFFFFFFFF)
        least, span, at = self.merge.min_examples, self.merge.max_examples - self.merge.min_examples + 1, 0
        while len(order) - at >= least:
            size = least + (int(sizes[order[at]]) * span >> 32)
            yield order[at : at + size]
            at += size

    def _decide(self, group: tuple[str, Iterable[Any]], stream: str, step: str) -> tuple[Part, "Merged"]:
        found = sorted(group[1], key=lambda each: each[0])
        (part, gone, ids) = next(each[1:] for each in found if each[0] == "")
        return part, Merged(self, stream, step, gone, ids, tuple(each for each in found if each[0]))


def lend(group: tuple[str, dict[str, Any]], work: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Write the rows that a part lends, a batch for each part that they go to.

    Yields that part's name and (file's name, file, batch, loans), and for the part itself ("", part, its rows that
    go, the ids that they go into).
    """
    (part,) = group[1]["part"]
    loans = {name: np.zeros(0, LOAN) for name, _ in group[1]["loans"]}
    for name, data in sorted(group[1]["loans"]):
        loans[name] = np.concatenate([loans[name], np.frombuffer(data, LOAN)])
    for name, table in loans.items():
        loans[name] = table[np.argsort(table["row"])]
    whole = np.concatenate([np.zeros(0, LOAN), *loans.values()])
    whole = whole[np.argsort(whole["row"])]
    yield part.name, ("", part, whole["row"].tobytes(), whole["merged"].tobytes())
    if not loans:
        return
    name = digest(part.name, *(data for name in sorted(loans) for data in (name, loans[name].tobytes()))).hex()
    path = f"{work}/lent/{part.label}-{name}.arrow"
    if not exists(path):
        _write(path, part, [loans[to]["row"] for to in sorted(loans)])
    for at, to in enumerate(sorted(loans)):
        yield to, (name, path, at, loans[to].tobytes())


def _write(path: str, part: Part, slices: list[Any]) -> None:
    table = pa.Table.from_batches(list(part.batches()))
    lent = ArrowFile(path)
    try:
        for rows in slices:
            (batch,) = table.take(pa.array(rows)).combine_chunks().to_batches()
            lent.write(batch)
        lent.commit()
    except BaseException:
        lent.abandon()
        raise


@dataclass(frozen=True)
class Merged:
    """What is merged in a part.

    Attributes:
      by: the step that merges.
      stream, step: where it stands.
      rows: the part's rows that go into others (u4).
      ids: the ids of what they go into, 16 bytes each.
      slices: what other parts (or this one) lend it: (file's name, file, batch, LOAN of each row).
    """

    by: MergeExamples
    stream: str
    step: str
    rows: bytes
    ids: bytes
    slices: tuple[tuple[str, str, int, bytes], ...]

    def signature(self) -> bytes:
        """Return a hash of what is merged."""
        lent = [data for name, _, at, loans in self.slices for data in (name, str(at), loans)]
        return digest(self.stream, self.step, repr(self.by), self.rows, self.ids, *lent)

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Join what belongs together, and reject what went into others."""
        parents: dict[int, list[tuple[int, dict[str, Any]]]] = {}
        for _, path, at, data in self.slices:
            loans = np.frombuffer(data, LOAN)
            mine = np.flatnonzero((loans["head"] >= first) & (loans["head"] < first + batch.num_rows))
            if len(mine):
                lent = open_arrow(path).get_batch(at).take(pa.array(mine)).to_pylist()
                for loan, row in zip(loans[mine].tolist(), lent, strict=True):
                    parents.setdefault(loan[1] - first, []).append((loan[2], row))
        gone = np.frombuffer(self.rows, "<u4")
        start, end = np.searchsorted(gone, [first, first + batch.num_rows])
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        for at in range(start, end):
            reasons[gone[at] - first], details[gone[at] - first] = "merged", self.ids[16 * at : 16 * at + 16].hex()
        return sift(self._joined(batch, parents), self.stream, self.step, reasons, details)

    def _joined(self, batch: pa.RecordBatch, parents: dict[int, list[tuple[int, dict[str, Any]]]]) -> pa.RecordBatch:
        """Return the batch with what was lent joined to its rows."""
        if not parents:
            return batch
        heads = sorted(parents)
        made = []
        for head, row in zip(heads, batch.take(pa.array(heads)).to_pylist(), strict=True):
            rows = [row, *(lent for _, lent in sorted(parents[head], key=lambda each: each[0]))]
            made.append({**joined(rows, self.by.merge.joint), "id": self.by.merged_id([each["id"] for each in rows])})
        both = pa.Table.from_batches([batch, pa.RecordBatch.from_pylist(made, schema=batch.schema)])
        places = np.arange(batch.num_rows)
        places[heads] = batch.num_rows + np.arange(len(heads))
        (whole,) = both.take(pa.array(places)).combine_chunks().to_batches()
        return whole
