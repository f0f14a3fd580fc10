"""Of several solutions to a question, those that calculate differently: the selection of rejection sampling."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.collective import Context
from transforms.example import SCHEMA, digest, id_words, texts
from transforms.keys import Range, at_rest, bucket_of, by_value, gather
from transforms.parts import Part
from transforms.steps import Outcome, sift

KEY = np.dtype(
    [
        ("item_high", "<u8"),
        ("item_low", "<u8"),
        ("list_high", "<u8"),
        ("list_low", "<u8"),
        ("order", "<u4"),
        ("id_high", "<u8"),
        ("id_low", "<u8"),
        ("row", "<u4"),
    ]
)
"""What travels for each example: 56 bytes."""

CALCULATION = re.compile(r"<<([^<>\n]*)>>")
"""GSM8K's calculator marks: <<48/2=24>>."""

REASONS = ("same_equations", "beyond_most")
"""Why a solution goes: one with the same equations stays, or as many as are wanted do."""


def equations(text: str) -> tuple[str, ...]:
    """Return the equations in a solution's calculator marks, in order, after NFKC and without white space."""
    return tuple("".join(unicodedata.normalize("NFKC", inner).split()) for inner in CALCULATION.findall(text))


@dataclass(frozen=True)
class DistinctEquations:
    """Keeps for each question the solutions whose lists of equations differ, and of these at most so many.

    Equations are those in GSM8K's calculator marks (`<<48/2=24>>`); lists are equal where the same equations stand in
    the same order, white space aside. Of solutions with equal lists the one with the smallest (place of its source in
    the recipe, id) stays, and of those the smallest stay where there are more than `most`: an id is a hash, so that it
    is as good as by lot. Put a rule on the answer (`final_answer`) before it.

    Parameters:
      most: how many solutions of a question stay at most; by default all that differ.
      by: the columns that make a question: those of one group in one language.

    Reads `output` and the columns of `by`. Rejects with `same_equations` (detail: the id of the one that stays),
    `beyond_most` (detail: the id of the last that stays) and `no_equations` (a solution without a mark).

    After RFT (arXiv 2308.01825), whose selection MathOctopus' xRFT takes over: correct samples with distinct lists of
    equations. Which of equal ones stays, and the bound, are ours.
    """

    most: int | None = None
    by: tuple[str, ...] = ("group", "output_lang")
    shorthand: ClassVar[str] = "most"

    def __post_init__(self) -> None:
        strings = [field.name for field in SCHEMA if field.type == pa.string()]
        if self.most is not None and self.most < 1:
            raise ValueError(f"most is {self.most}; at least one solution of a question stays")
        if not self.by:
            raise ValueError("by is empty: name the columns that make a question, such as group")
        for name in self.by:
            if name not in strings:
                raise ValueError(f"by names {name!r}, which is not a text column; those are {', '.join(strings)}")

    def decide(self, parts: Any, context: Context) -> Any:
        """Return (part, which rows go) for each part."""
        decided = (
            parts
            | "Keys" >> beam.FlatMap(keys, self.by, dict(context.order), context.buckets, context.work)
            | "ByBucket" >> beam.GroupByKey()
            | "Choose" >> beam.FlatMap(lambda group, most: surplus(group[1], most), self.most)
        )
        named = parts | "Name" >> beam.Map(lambda part: (part.name, part))
        return (
            {"part": named, "gone": decided}
            | "ByPart" >> beam.CoGroupByKey()
            | "Decide" >> beam.Map(_decide, context.stream, context.step)
        )


@dataclass(frozen=True)
class Chosen:
    """Which rows of a part go, why (the index of a reason), and the id of the example that stays instead."""

    stream: str
    step: str
    rows: bytes
    reasons: bytes
    kept: bytes

    def signature(self) -> bytes:
        """Return a hash of all that it says."""
        return digest(self.stream, self.step, self.rows, self.reasons, self.kept)

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Reject the rows of this batch that are among them, and those without an equation."""
        rows = np.frombuffer(self.rows, "<u4")
        reasons: list[str | None] = [None if equations(text) else "no_equations" for text in texts(batch, "output")]
        details: list[str | None] = [None] * batch.num_rows
        for at in range(*np.searchsorted(rows, [first, first + batch.num_rows])):
            reasons[rows[at] - first] = REASONS[self.reasons[at]]
            details[rows[at] - first] = self.kept[16 * at : 16 * at + 16].hex()
        return sift(batch, self.stream, self.step, reasons, details)


def keys(
    part: Part, by: tuple[str, ...], order: dict[str, int], buckets: int, work: str
) -> Iterator[tuple[int, tuple[str, str, Range]]]:
    """Yield, for each bucket, (part, lineage, where the keys are) of the solutions with equations that fall in it."""
    found, first = [], 0
    for batch in part.batches():
        lists = [equations(text) for text in texts(batch, "output")]
        rows = np.flatnonzero([bool(each) for each in lists])
        table = np.empty(len(rows), KEY)
        items = b"".join(map(digest, *(texts(batch, name) for name in by)))
        words = np.frombuffer(items, ">u8").reshape(-1, 2)[rows]
        table["item_high"], table["item_low"] = words[:, 0], words[:, 1]
        words = np.frombuffer(b"".join(digest(*lists[row]) for row in rows), ">u8").reshape(-1, 2)
        table["list_high"], table["list_low"] = words[:, 0], words[:, 1]
        high, low = id_words(batch.column("id"))
        table["id_high"], table["id_low"] = high[rows], low[rows]
        sources = texts(batch, "source")
        table["order"] = [order.get(sources[row], len(order)) for row in rows]
        table["row"] = rows + first
        first += batch.num_rows
        found.append(table)
    if found:
        whole = np.concatenate(found)
        for bucket, where in at_rest(work, dict(by_value(whole, bucket_of(whole["item_high"], buckets)))):
            yield bucket, (part.name, part.lineage, where)


def surplus(
    group: Iterable[tuple[str, str, Range]], most: int | None
) -> Iterator[tuple[str, tuple[bytes, bytes, bytes]]]:
    """Yield, for each part with any, the rows that go, why, and the ids of what stays, for all items of a bucket."""
    gathered = gather(group, KEY)
    table = gathered.table
    best = ("id_low", "id_high", "order")
    sorting = gathered.sorting(*best, "list_low", "list_high", "item_low", "item_high")
    fresh = _changes(table, sorting, ("item_high", "item_low", "list_high", "list_low"))
    stays = sorting[np.maximum.accumulate(np.where(fresh, np.arange(len(table)), 0))]
    gone, kept = sorting[~fresh], stays[~fresh]
    why = np.zeros(len(gone), np.uint8)
    if most is not None:
        single = np.zeros(len(table), bool)
        single[sorting[fresh]] = True
        ranked = gathered.sorting(*best, "item_low", "item_high")
        ranked = ranked[single[ranked]]
        begins = np.maximum.accumulate(
            np.where(_changes(table, ranked, ("item_high", "item_low")), np.arange(len(ranked)), 0)
        )
        over = np.arange(len(ranked)) - begins >= most
        gone = np.concatenate([gone, ranked[over]])
        kept = np.concatenate([kept, ranked[begins[over] + most - 1]])
        why = np.concatenate([why, np.ones(int(over.sum()), np.uint8)])
    for at in np.unique(gathered.part[gone]):
        mine = gathered.part[gone] == at
        ids = np.stack([table["id_high"][kept[mine]], table["id_low"][kept[mine]]], axis=1).astype(">u8")
        rows = table["row"][gone[mine]].astype("<u4")
        yield gathered.names[at], (rows.tobytes(), why[mine].tobytes(), ids.tobytes())


def _changes(table: Any, sorting: Any, columns: tuple[str, ...]) -> Any:
    """Say of each place in an order whether any of the columns differs from the place before."""
    fresh = np.ones(len(sorting), bool)
    same = [table[name][sorting][1:] == table[name][sorting][:-1] for name in columns]
    fresh[1:] = ~np.logical_and.reduce(same)
    return fresh


def _decide(group: tuple[str, dict[str, Any]], stream: str, step: str) -> tuple[Part, Chosen]:
    found = list(group[1]["gone"])
    rows = np.concatenate([np.frombuffer(part, "<u4") for part, _, _ in found] or [np.zeros(0, "<u4")])
    why = np.concatenate([np.frombuffer(part, np.uint8) for _, part, _ in found] or [np.zeros(0, np.uint8)])
    kept = np.concatenate([np.frombuffer(ids, "V16") for _, _, ids in found] or [np.zeros(0, "V16")])
    sorting = np.argsort(rows)
    (part,) = group[1]["part"]
    return part, Chosen(stream, step, rows[sorting].tobytes(), why[sorting].tobytes(), kept[sorting].tobytes())
