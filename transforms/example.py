"""The example: its Arrow schema, how batches of it are made, its content-derived ids, and its Beam coder."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

TURN = pa.struct([("user", pa.string()), ("assistant", pa.string())])
SCORE = pa.struct([("name", pa.string()), ("value", pa.float64())])

SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in {
            "id": pa.string(),
            "group": pa.string(),
            "source": pa.string(),
            "task": pa.string(),
            "input_lang": pa.string(),
            "output_lang": pa.string(),
            "system": pa.string(),
            "history": pa.list_(TURN),
            "instruction": pa.string(),
            "input": pa.string(),
            "output": pa.string(),
            "origin": pa.string(),
            "template": pa.string(),
            "license": pa.string(),
            "scores": pa.list_(SCORE),
            "meta": pa.string(),
        }.items()
    ]
)

CONTENT = ("system", "history", "instruction", "input", "output")
"""The columns that hold text a model is trained on."""

TEXT = ("system", "instruction", "input", "output")
"""The content columns that are plain strings."""

MAX_ROWS = 4096
MAX_BYTES = 16 << 20
"""A batch holds at most this many examples, and about this many bytes of text."""

EMPTY: Mapping[str, Any] = {"history": [], "scores": [], "meta": "{}"}
"""What a column holds where a source says nothing; every other column holds the empty string."""


def digest(*values: str | bytes) -> bytes:
    """Return 16 bytes that identify the sequence of values (BLAKE2b; each value is preceded by its length)."""
    whole: list[bytes] = []
    for value in values:
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        whole += (b"%d:" % len(data), data)
    return hashlib.blake2b(b"".join(whole), digest_size=16).digest()


def example_id(source: str, row: bytes) -> str:
    """Return the id of a row as read: 32 hexadecimal digits, of the source's name and the row's canonical bytes."""
    return digest("example", source, row).hex()


def derived_id(parent: str, expansion: str, number: str | int) -> str:
    """Return the id of an example made from another: of the parent's id, the expansion, and its language or number."""
    return digest("derived", parent, expansion, str(number)).hex()


def group_id(values: Iterable[str]) -> str:
    """Return the group that these values share whatever their case, compatibility form (NFKC) and white space."""
    return digest("group", *(_folded(value) for value in values)).hex()


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def id_words(ids: pa.Array) -> "tuple[Any, Any]":
    """Return the two unsigned 64-bit halves of each id or group (a numpy array each).

    Ids are hexadecimal, so their bytes are taken straight from Arrow's buffer.
    """
    import numpy as np

    count = len(ids)
    if not count:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    raw = b"".join(bytes.fromhex(value) for value in ids.to_pylist())
    words = np.frombuffer(raw, ">u8").reshape(count, 2).astype(np.uint64)
    return words[:, 0], words[:, 1]


def make_batch(rows: int, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Return a batch of `rows` examples; a column is an array, a list, or one value for all rows.

    Columns of the schema that are not given are empty, further ones must begin with `_`.
    """
    arrays, fields = [], []
    for field in SCHEMA:
        arrays.append(_column(columns.get(field.name, EMPTY.get(field.name, "")), rows, field.type))
        fields.append(field)
    for name, values in columns.items():
        if name in SCHEMA.names:
            continue
        if not name.startswith("_") or not isinstance(values, pa.Array):
            raise ValueError(f"column {name!r} is not in the schema: it must begin with '_' and be an Arrow array")
        arrays.append(values)
        fields.append(pa.field(name, values.type))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _column(values: Any, rows: int, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, str):
        return pa.repeat(pa.scalar(values, kind), rows)
    if isinstance(values, Sequence) and len(values) == 0 and rows:
        return pa.array([[]] * rows, kind)
    return pa.array(values, kind)


def replace(batch: pa.RecordBatch, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Return the batch with these columns put in place of its own, or added to it (names that begin with `_`)."""
    fields, arrays = list(batch.schema), list(batch.columns)
    for name, values in columns.items():
        at = batch.schema.get_field_index(name)
        kind = SCHEMA.field(name).type if name in SCHEMA.names else None
        array = values if isinstance(values, pa.Array) else _column(values, batch.num_rows, kind)
        field = pa.field(name, array.type, nullable=name not in SCHEMA.names)
        if at < 0:
            fields.append(field)
            arrays.append(array)
        else:
            fields[at], arrays[at] = field, array
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def texts(batch: pa.RecordBatch, name: str) -> list[str]:
    """Return a string column as a Python list."""
    values: list[str] = batch.column(name).to_pylist()
    return values


def add_scores(batch: pa.RecordBatch, scores: Mapping[str, Sequence[float | None]]) -> pa.RecordBatch:
    """Return the batch with measurements added to `scores`: by name, one value a row (None: not measured).

    Each example's scores stay sorted by name and are rounded to 4 decimals; a new value replaces an old one.
    """
    if not scores:
        return batch
    rows = []
    for at, old in enumerate(batch.column("scores").to_pylist()):
        merged = {score["name"]: score["value"] for score in old}
        for name, values in scores.items():
            if (value := values[at]) is not None:
                merged[name] = round(float(value), 4)
        rows.append([{"name": name, "value": merged[name]} for name in sorted(merged)])
    return replace(batch, {"scores": pa.array(rows, SCHEMA.field("scores").type)})


def split_batch(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield the batch in slices within MAX_ROWS and, as far as single rows allow, MAX_BYTES."""
    pieces = max(-(-batch.num_rows // MAX_ROWS), -(-batch.nbytes // MAX_BYTES), 1)
    size = max(1, -(-batch.num_rows // pieces))
    for start in range(0, batch.num_rows, size):
        yield batch.slice(start, size)


def to_ipc(batch: pa.RecordBatch) -> bytes:
    """Return the batch as an Arrow IPC stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def from_ipc(data: bytes) -> pa.RecordBatch:
    """Return the batch that `to_ipc` wrote."""
    return pa.ipc.open_stream(data).read_next_batch()


class BatchCoder(beam.coders.Coder):
    """Carries Arrow record batches between workers as Arrow IPC streams."""

    def encode(self, value: pa.RecordBatch) -> bytes:
        return to_ipc(value)

    def decode(self, encoded: bytes) -> pa.RecordBatch:
        return from_ipc(encoded)

    def is_deterministic(self) -> bool:
        return True

    def to_type_hint(self) -> type:
        kind: type = pa.RecordBatch
        return kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchCoder)

    def __hash__(self) -> int:
        return hash(BatchCoder)


beam.coders.registry.register_coder(pa.RecordBatch, BatchCoder)
