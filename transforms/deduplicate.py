"""Exact deduplication across a stream: keys travel, rows stay where they are."""

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
        ("key_high", "<u8"),
        ("key_low", "<u8"),
        ("order", "<u4"),
        ("id_high", "<u8"),
        ("id_low", "<u8"),
        ("row", "<u4"),
    ]
)
"""What travels for each example: 40 bytes."""


@dataclass(frozen=True)
class Deduplicate:
    """Keeps one of the examples that are equal in the named columns; the others are rejected as `duplicate`.

    The one with the smallest (place of its source in the recipe, id) stays. Equality is of the exact text: put
    `normalize` before it to fold forms. The detail of a reject is the id of the example that stayed.

    Attributes:
      by: the columns to compare, of strings.
    """

    by: tuple[str, ...] = ("instruction", "input", "output")
    shorthand: ClassVar[str] = "by"

    def __post_init__(self) -> None:
        strings = [field.name for field in SCHEMA if field.type == pa.string()]
        if not self.by:
            raise ValueError("by is empty: name the columns whose equality makes examples duplicates")
        for name in self.by:
            if name not in strings:
                raise ValueError(f"by names {name!r}, which is not a text column; those are {', '.join(strings)}")

    def decide(self, parts: Any, context: Context) -> Any:
        """Return (part, which rows go) for each part."""
        decided = (
            parts
            | "Keys" >> beam.FlatMap(keys, self.by, dict(context.order), context.buckets, context.work)
            | "ByBucket" >> beam.GroupByKey()
            | "Find" >> beam.FlatMap(lambda group: duplicates(group[1]))
        )
        named = parts | "Name" >> beam.Map(lambda part: (part.name, part))
        return (
            {"part": named, "dropped": decided}
            | "ByPart" >> beam.CoGroupByKey()
            | "Decide" >> beam.Map(_decide, context.stream, context.step)
        )


@dataclass(frozen=True)
class Dropped:
    """Which rows of a part are duplicates, and the id of the example that each repeats."""

    stream: str
    step: str
    rows: bytes
    kept: bytes

    def signature(self) -> bytes:
        """Return a hash of the rows and what they repeat."""
        return digest(self.stream, self.step, self.rows, self.kept)

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Reject the rows of this batch that are among them."""
        rows = np.frombuffer(self.rows, "<u4")
        start, end = np.searchsorted(rows, [first, first + batch.num_rows])
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        for at in range(start, end):
            reasons[rows[at] - first] = "duplicate"
            details[rows[at] - first] = self.kept[16 * at : 16 * at + 16].hex()
        return sift(batch, self.stream, self.step, reasons, details)


def keys(
    part: Part, by: tuple[str, ...], order: dict[str, int], buckets: int, work: str
) -> Iterator[tuple[int, tuple[str, str, Range]]]:
    """Yield, for each bucket, (part, lineage, where the keys are) of the part's examples that fall in it."""
    found = []
    first = 0
    for batch in part.batches():
        table = np.empty(batch.num_rows, KEY)
        hashes = b"".join(map(digest, *(texts(batch, name) for name in by)))
        words = np.frombuffer(hashes, ">u8").reshape(-1, 2)
        table["key_high"], table["key_low"] = words[:, 0], words[:, 1]
        table["id_high"], table["id_low"] = id_words(batch.column("id"))
        sources = batch.column("source").dictionary_encode()
        places = np.array([order.get(name, len(order)) for name in sources.dictionary.to_pylist()], np.uint32)
        table["order"] = places[sources.indices.to_numpy()]
        table["row"] = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        found.append(table)
    if found:
        table = np.concatenate(found)
        for bucket, where in at_rest(work, dict(by_value(table, bucket_of(table["key_high"], buckets)))):
            yield bucket, (part.name, part.lineage, where)


def duplicates(group: Iterable[tuple[str, str, Range]]) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """Yield, for each part with any, the rows that repeat a key whose first example stands elsewhere, and its id.

    Equal rows (of one id and one lineage) are told apart by where they stand, which makes no difference to the text.
    """
    gathered = gather(group, KEY)
    table, part = gathered.table, gathered.part
    sorting = gathered.sorting("id_low", "id_high", "order", "key_low", "key_high")
    high, low = table["key_high"][sorting], table["key_low"][sorting]
    fresh = np.ones(len(table), bool)
    fresh[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
    stays = sorting[np.maximum.accumulate(np.where(fresh, np.arange(len(table)), 0))]
    gone, kept = sorting[~fresh], stays[~fresh]
    for at in np.unique(part[gone]):
        mine = part[gone] == at
        ids = np.stack([table["id_high"][kept[mine]], table["id_low"][kept[mine]]], axis=1).astype(">u8")
        yield gathered.names[at], (table["row"][gone[mine]].astype("<u4").tobytes(), ids.tobytes())


def _decide(group: tuple[str, dict[str, Any]], stream: str, step: str) -> tuple[Part, Dropped]:
    found = list(group[1]["dropped"])
    rows = np.concatenate([np.frombuffer(part, "<u4") for part, _ in found] or [np.zeros(0, "<u4")])
    kept = np.concatenate([np.frombuffer(ids, "V16") for _, ids in found] or [np.zeros(0, "V16")])
    sorting = np.argsort(rows)
    (part,) = group[1]["part"]  # of two parts of one name, each would lose the rows that repeat the other's
    return part, Dropped(stream, step, rows[sorting].tobytes(), kept[sorting].tobytes())
