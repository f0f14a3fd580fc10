"""Segments that a run wants, as files in the work folder: what crosses a shuffle is where they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa

from transforms.files import read_range
from transforms.keys import Range, To, write_contents
from transforms.translate.answers import range_of, segment_key
from transforms.translate.judge import Failure, Request

STRING = pa.dictionary(pa.int32(), pa.string())
"""Of strings that are equal (a text for several languages, the languages themselves) one is written, and held."""

SCHEMA = pa.schema(
    {
        "text": STRING,
        "source": STRING,
        "target": STRING,
        "terms": pa.list_(pa.list_(pa.string())),
        "candidate": pa.int32(),
        "number": pa.int64(),
        "rank": STRING,
        "reason": STRING,
        "said": pa.string(),
    }
)


NO_FAILURE = Failure("")
"""Stands in the files for a segment that hasn't failed."""

BATCH = 4096
"""Rows that are written and read at a time."""

CHUNK = 1 << 16
"""Failures that are written at a time."""


class Want(NamedTuple):
    """How often a run wants a segment, and where the first example that does stands among all (by its id).

    Segments are asked in the order of their examples, so that what a budget is enough for makes whole examples.
    """

    number: int = 1
    rank: str = ""

    def also(self, other: "Want") -> "Want":
        """Return both together."""
        return Want(self.number + other.number, min(self.rank, other.rank))


def add_want(wants: dict[Request, Want], request: Request, want: Want) -> None:
    """Add to how much a request is wanted."""
    held = wants.get(request)
    wants[request] = held.also(want) if held else want


class Wanted(NamedTuple):
    """A segment, how much it is wanted, and, once it has been asked in vain, why it has no translation."""

    request: Request
    want: Want = Want()
    failure: Failure | None = None


Fail = Callable[[Wanted, Failure], None]
"""Takes a segment that has no translation, and why."""


def write_wanted(work: str, wanted: Mapping[To, Sequence[Wanted]]) -> Iterator[tuple[To, Range]]:
    """Write segments to one file in the work folder; yield, by receiver, where its segments are."""
    yield from write_contents(work, {to: to_bytes(rows) for to, rows in wanted.items()})


def read_wanted(places: Iterable[Range]) -> Iterator[Wanted]:
    """Yield the segments that `write_wanted` wrote there."""
    return chain.from_iterable(from_bytes(read_range(*where)) for where in places)


def read_distinct(places: Iterable[tuple[int, Range]]) -> Iterator[tuple[int, list[Wanted]]]:
    """Yield each bucket and its distinct segments, of those that lie there, one bucket in memory at a time."""
    for bucket, those in groupby(sorted(places), key=itemgetter(0)):
        wants: dict[Request, Want] = {}
        for one in read_wanted(where for _, where in those):
            add_want(wants, one.request, one.want)
        yield bucket, list(map(Wanted, wants, wants.values()))


class Failures:
    """Why segments have no translation, as files in the work folder.

    Attributes:
      places: where those are that have been written, by bucket.
    """

    def __init__(self, work: str, buckets: int) -> None:
        self.places: list[tuple[int, Range]] = []
        self._work, self._buckets = work, buckets
        self._held: list[Wanted] = []

    def add(self, wanted: Wanted, failure: Failure) -> None:
        """Take a segment that has none."""
        self._held.append(Wanted(wanted.request, failure=failure))
        if len(self._held) == CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what hasn't been written yet."""
        by_bucket: dict[int, list[Wanted]] = {}
        for one in self._held:
            by_bucket.setdefault(range_of(segment_key(one.request), self._buckets), []).append(one)
        self.places += write_wanted(self._work, by_bucket)
        self._held = []


def to_bytes(rows: Sequence[Wanted]) -> bytes:
    """Return segments as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for start in range(0, len(rows), BATCH):
            writer.write_batch(_to_batch(rows[start : start + BATCH]))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _to_batch(rows: Sequence[Wanted]) -> pa.RecordBatch:
    values = zip(*((*request, *want, *(failure or NO_FAILURE)) for request, want, failure in rows), strict=True)
    columns = [_array(column, field.type) for column, field in zip(values, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode() if kind == STRING else pa.array(values, kind)


def from_bytes(stream: bytes) -> Iterator[Wanted]:
    """Yield the segments of an Arrow stream, a batch at a time."""
    for batch in pa.ipc.open_stream(stream):
        texts, sources, targets, terms, candidates, numbers, ranks, reasons, said = map(_values, batch.columns)
        pairs = (tuple((term, wanted) for term, wanted in each) for each in terms)
        requests = map(Request, texts, sources, targets, pairs, candidates)
        failures = (Failure(*why) if why[0] else None for why in zip(reasons, said, strict=True))
        yield from map(Wanted, requests, map(Want, numbers, ranks), failures)


def _values(column: Any) -> list[Any]:
    """Return a column's values; strings that are equal are one object."""
    if column.type != STRING:
        return list(column.to_pylist())
    values = column.dictionary.to_pylist()
    return [values[at] for at in column.indices.to_pylist()]
