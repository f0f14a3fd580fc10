"""What the collective steps share that drop rows by key: each dropped row has one that stays in its place."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.collective import Context
from transforms.example import SCHEMA, digest
from transforms.keys import Gathered, Sent, bucket_of, by_value, send
from transforms.parts import Part
from transforms.steps import Outcome, sift

GONE = np.dtype([("row", "<u4"), ("reason", "u1"), ("kept", "V16")])
"""What travels back for each row that goes: the row in its part, the index of the reason, the id of what stays."""

PartDrops = tuple[str, bytes]
"""A part's name, and which of its rows go: GONE."""


@dataclass(frozen=True)
class Dropped:
    """Which rows of a part go.

    Attributes:
      stream, step: where this was decided.
      reasons: why rows may go.
      gone: GONE, in order of rows; the detail of a reject is the id of the example that stays.
    """

    stream: str
    step: str
    reasons: tuple[str, ...]
    gone: bytes

    def signature(self) -> bytes:
        """Return a hash of all that it says."""
        return digest(self.stream, self.step, *self.reasons, self.gone)

    def refused(self, batch: pa.RecordBatch) -> list[str | None]:
        """Return for each row why it goes whatever other rows there are, or None; subclasses may have such reasons."""
        return [None] * batch.num_rows

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Reject the rows of this batch that go."""
        gone = np.frombuffer(self.gone, GONE)
        reasons = self.refused(batch)
        details: list[str | None] = [None] * batch.num_rows
        for row, reason, kept in gone[slice(*np.searchsorted(gone["row"], [first, first + batch.num_rows]))]:
            reasons[row - first], details[row - first] = self.reasons[reason], bytes(kept).hex()
        return sift(batch, self.stream, self.step, reasons, details)


def decide(
    parts: Any,
    context: Context,
    keys: Callable[[pa.RecordBatch], Any],
    hashed: str,
    find: Callable[[Iterable[Sent]], Iterable[PartDrops]],
    reasons: Sequence[str],
    kind: type[Dropped] = Dropped,
) -> Any:
    """Return a PCollection of (part, what goes of it) for each of the PCollection of parts.

    Args:
      parts: the stream.
      context: what the launcher tells the step.
      keys: gives the keys of a batch: a structured array, whose field `row` is the row in the batch.
      hashed: the field, of 64-bit hashes, by which keys come together.
      find: gives what goes of the parts that sent keys to one bucket.
      reasons: why rows may go.
      kind: the decision.
    """
    sent = parts | "Keys" >> beam.FlatMap(send_keys, keys, hashed, context.buckets, context.work)
    found = sent | "ByBucket" >> beam.GroupByKey() | "Find" >> beam.FlatMapTuple(lambda _, group: find(group))
    named = parts | "Name" >> beam.Map(lambda part: (part.name, part))
    nothing = kind(context.stream, context.step, tuple(reasons), b"")
    return {"part": named, "gone": found} | "ByPart" >> beam.CoGroupByKey() | "Decide" >> beam.Map(decided, nothing)


def send_keys(
    part: Part, keys: Callable[[pa.RecordBatch], Any], hashed: str, buckets: int, work: str
) -> Iterator[tuple[int, Sent]]:
    """Yield what a part sends to each bucket that any of its keys falls in; parameters are those of `decide`."""
    found, first = [], 0
    for batch in part.batches():
        table = keys(batch)
        table["row"] += first
        first += batch.num_rows
        found.append(table)
    if found:
        whole = np.concatenate(found)
        yield from send(part, dict(by_value(whole, bucket_of(whole[hashed], buckets))), work)


def decided(group: tuple[str, Mapping[str, Iterable[Any]]], nothing: Dropped) -> tuple[Part, Dropped]:
    """Return a part and what goes of it, given what the buckets found; `nothing` is a decision that drops no row."""
    (part,) = group[1]["part"]  # of two parts of one name, each would lose the rows that repeat the other's
    gone = np.concatenate([np.zeros(0, GONE), *(np.frombuffer(data, GONE) for data in group[1]["gone"])])
    return part, replace(nothing, gone=gone[np.argsort(gone["row"])].tobytes())


def drops_by_part(gathered: Gathered, gone: Any, kept: Any, reason: Any) -> Iterator[PartDrops]:
    """Yield, for each part with any, its rows that go.

    Args:
      gathered: the keys of a bucket, with the fields `row`, `id_high` and `id_low`.
      gone, kept: indices of keys: of each row that goes, and of the one that stays instead.
      reason: for each the index of its reason; or one for all.
    """
    found = np.empty(len(gone), GONE)
    found["row"], found["reason"] = gathered.table["row"][gone], reason
    ids = np.stack([gathered.table[name][kept] for name in ("id_high", "id_low")], axis=1).astype(">u8")
    found["kept"] = ids.view("V16").ravel()
    for part, mine in by_value(found, gathered.part[gone]):
        yield gathered.names[part], mine.tobytes()


def hash_words(values: Sequence[bytes]) -> tuple[Any, Any]:
    """Return the halves (two arrays of integers) of hashes of 16 bytes."""
    words = np.frombuffer(b"".join(values), ">u8").reshape(-1, 2)
    return words[:, 0], words[:, 1]


def source_order(batch: pa.RecordBatch, order: Mapping[str, int]) -> Any:
    """Return the place of each row's source in the recipe."""
    sources = batch.column("source").dictionary_encode()
    places = np.array([order.get(name, len(order)) for name in sources.dictionary.to_pylist()], np.uint32)
    return places[sources.indices.to_numpy()]


def check_columns(by: Sequence[str], purpose: str) -> None:
    """Raise ValueError where `by` names no column, or one that isn't text; `purpose` says what the columns are for."""
    strings = [field.name for field in SCHEMA if field.type == pa.string()]
    if not by:
        raise ValueError(f"by is empty: name the columns {purpose}")
    for name in by:
        if name not in strings:
            raise ValueError(f"by names {name!r}, which is not a text column; those are {', '.join(strings)}")
