"""Segments that a run wants, as files in the work folder: what crosses a shuffle is where they are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from transforms.files import read_range
from transforms.keys import Range, write_contents
from transforms.translate.judge import Request

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
        "failure": STRING,
    }
)


BATCH = 4096
"""Rows that are written and read at a time."""


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
    """A segment, how much it is wanted, and, once it has been asked, why it has no translation."""

    request: Request
    want: Want = Want()
    failure: str = ""


def write_wanted(work: str, wanted: Mapping[int, Sequence[Wanted]]) -> Iterator[tuple[int, Range]]:
    """Write segments to one file in the work folder; yield, by group or bucket, where its segments are."""
    yield from write_contents(work, {to: _to_bytes(rows) for to, rows in wanted.items()})


def _to_bytes(rows: Sequence[Wanted]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        for start in range(0, len(rows), BATCH):
            writer.write_batch(_to_batch(rows[start : start + BATCH]))
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _to_batch(rows: Sequence[Wanted]) -> pa.RecordBatch:
    values = zip(*((*request, *want, failure) for request, want, failure in rows), strict=True)
    columns = [_array(column, field.type) for column, field in zip(values, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode() if kind == STRING else pa.array(values, kind)


def read_wanted(where: Range) -> Iterator[Wanted]:
    """Yield the segments that `write_wanted` wrote there."""
    for batch in pa.ipc.open_stream(read_range(*where)):
        texts, sources, targets, terms, candidates, numbers, ranks, failures = map(_values, batch.columns)
        pairs = (tuple((term, wanted) for term, wanted in each) for each in terms)
        requests = map(Request, texts, sources, targets, pairs, candidates)
        yield from map(Wanted, requests, map(Want, numbers, ranks), failures)


def _values(column: Any) -> list[Any]:
    """Return a column's values; strings that are equal are one object."""
    if column.type != STRING:
        return list(column.to_pylist())
    values = column.dictionary.to_pylist()
    return [values[at] for at in column.indices.to_pylist()]
