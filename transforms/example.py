"""The example: its Arrow schema, how batches of it are made, its content-derived ids, and its Beam coder."""

import hashlib
import unicodedata
from binascii import unhexlify
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import apache_beam as beam
import numpy as np
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

TURN_LANGUAGES = {"user": "input_lang", "assistant": "output_lang"}
"""The column that has the language of each side of a turn."""

MAX_ROWS = 4096
MAX_BYTES = 16 << 20
"""A batch holds at most this many examples, and this many bytes, unless a single example has more."""

EMPTY: Mapping[str, Any] = {"history": [], "scores": [], "meta": "{}"}
"""What a column holds where a source says nothing; every other column holds the empty string."""


def language_column(name: str) -> str:
    """Return the column that has the language of a content column; a history has both (see `TURN_LANGUAGES`)."""
    return "output_lang" if name == "output" else "input_lang"


def digest(*values: str | bytes) -> bytes:
    """Return 16 bytes that identify the sequence of values (BLAKE2b; each value is preceded by its length)."""
    whole: list[bytes] = []
    for value in values:
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        whole += (b"%d:" % len(data), data)
    return hashlib.blake2b(b"".join(whole), digest_size=16).digest()


def digest_after(beginning: tuple[str, ...], *values: str | bytes) -> bytes:
    """Return `digest(*beginning, *values)`; a beginning that many digests have in common is hashed once."""
    state = _beginning(beginning).copy()
    for value in values:
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        state.update(b"%d:%b" % (len(data), data))
    return state.digest()


@lru_cache(maxsize=256)
def _beginning(values: tuple[str, ...]) -> "hashlib.blake2b":
    """Return the state of `digest` after these values."""
    state = hashlib.blake2b(digest_size=16)
    for value in values:
        data = value.encode("utf-8", "surrogatepass")
        state.update(b"%d:%b" % (len(data), data))
    return state


def example_id(source: str, row: bytes) -> str:
    """Return the id of a row as read: 32 hexadecimal digits, of the source's name and the row's canonical bytes."""
    return digest_after(("example", source), row).hex()


def derived_id(parent: str, expansion: str, number: str | int, *further: str) -> str:
    """Return the id of an example made from another: of the parent's id, the expansion, and its language or number.

    Where several expansions of that name would make different examples of one, `further` tells them apart.
    """
    return digest("derived", parent, expansion, str(number), *further).hex()


def group_id(values: Iterable[str]) -> str:
    """Return the group that these values share whatever their case, compatibility form (NFKC) and white space."""
    return digest_after(("group",), *map(_folded, values)).hex()


_ASCII_FOLD = bytes(
    ord(" " if chr(code).isspace() else chr(code).lower()) if code < 128 else code for code in range(256)
)
"""Folds each byte of ASCII text: letters to lower case, white space to a space."""

_WIDE = tuple((chr(code + 0xFEE0), chr(code)) for code in b"!%(),:;?")
"""Wide punctuation marks, and what NFKC makes of them."""


def _folded(text: str) -> bytes:
    """Return the NFKC form, case-folded, each run of white space one space, none at the ends, in UTF-8."""
    # A group is computed for every row, and that a text needs nothing is faster to see than to bring about.
    if text.isascii():
        data = text.encode().translate(_ASCII_FOLD)
        while b"  " in data:
            data = data.replace(b"  ", b" ")
        return data.strip(b" ")
    if not unicodedata.is_normalized("NFKC", text):
        # Wide punctuation is often all that there is to do in Chinese and Japanese.
        for wide, narrow in _WIDE:
            text = text.replace(wide, narrow)
        if not unicodedata.is_normalized("NFKC", text):
            text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    text = text.strip(" ") if text.isprintable() and "  " not in text else " ".join(text.split())
    return text.encode("utf-8", "surrogatepass")


def id_words(ids: pa.Array) -> tuple[Any, Any]:
    """Return the two unsigned 64-bit halves of each id or group (a numpy array each).

    Ids are hexadecimal, so their bytes are taken straight from Arrow's buffer.
    """
    count = len(ids)
    if not count:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    _, offsets, data = ids.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[ids.offset, ids.offset + count]]
    words = np.frombuffer(unhexlify(memoryview(data)[first:last]), ">u8").reshape(count, 2).astype(np.uint64)
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


def replace_columns(batch: pa.RecordBatch, columns: Mapping[str, Any]) -> pa.RecordBatch:
    """Return the batch with these columns put in place of its own, or added to it (names that begin with `_`)."""
    fields, arrays = list(batch.schema), list(batch.columns)
    for name, values in columns.items():
        at = batch.schema.get_field_index(name)
        kind = SCHEMA.field(name).type if name in SCHEMA.names else None
        array = _column(values, batch.num_rows, kind)
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
    if not any(value is not None for values in scores.values() for value in values):
        return batch
    held = batch.column("scores")
    merged: list[dict[str, float]] = [{} for _ in range(batch.num_rows)]
    if len(held.flatten()):
        merged = [{score["name"]: score["value"] for score in old} for old in held.to_pylist()]
    for name, values in scores.items():
        for row, value in zip(merged, values, strict=True):
            if value is not None:
                row[name] = round(float(value), 4)
    rows = [sorted(row.items()) for row in merged]
    names = pa.array([name for row in rows for name, _ in row], pa.string())
    numbers = pa.array([value for row in rows for _, value in row], pa.float64())
    offsets = pa.array([0, *accumulate(map(len, rows))], pa.int32())
    measured = pa.StructArray.from_arrays([names, numbers], fields=list(SCORE))
    return replace_columns(batch, {"scores": pa.ListArray.from_arrays(offsets, measured)})


def split_batch(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield the batch in slices of equal numbers of rows, within MAX_ROWS; one above MAX_BYTES is divided further."""
    pieces = max(-(-batch.num_rows // MAX_ROWS), -(-batch.nbytes // MAX_BYTES), 1)
    size = max(1, -(-batch.num_rows // pieces))
    for start in range(0, batch.num_rows, size):
        piece = batch.slice(start, size)
        if 1 < piece.num_rows < batch.num_rows and piece.nbytes > MAX_BYTES:
            yield from split_batch(piece)
        else:
            yield piece


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
