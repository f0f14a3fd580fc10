"""Shards: a dataset's rows in order of position, as Parquet files and, beside them, files for trainers.

A shard is first written in the work folder, under the hash of what goes into it. A small JSON file beside it holds its
numbers and says that it is complete.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sinks.arrow_size import arrow_size
from sinks.hashing import Hashing
from sinks.sink import Sink, SinkFile
from transforms.code_signature import code_version, steps_signature
from transforms.example import SCHEMA, digest
from transforms.files import NewFile, is_whole, read_bytes, write_bytes
from transforms.order.draw import Draws
from transforms.order.place import Slice

GROUP_BYTES = 8 << 20
"""A row group holds about this much text: writing takes several times that, and files are 1% larger than with 32 MB."""

GROUP_ROWS = 1 << 15
"""Nor are more rows in one: their other columns take as much as that text, however short it is."""

FACETS = ("input_lang", "output_lang", "license", "task", "source")
"""Columns whose values are counted, for the card."""


@dataclass(frozen=True)
class Shard:
    """One written shard.

    Attributes:
      dataset, split: what it belongs to.
      number, of: its place among the split's shards.
      rows: examples in it.
      size: bytes that they take in memory.
      files: for each file its path in the work folder, its SHA-256, its rows and its bytes.
      facets: for some columns, how many rows have each value.
      unexpressed: examples that the JSON lines format can't hold, by reason; by `SINK:reason` those of other sinks.
      tokens: how many tokens its examples hold, where the dataset has a tokenizer.
    """

    dataset: str
    split: str
    number: int
    of: int
    rows: int = 0
    files: tuple[dict[str, Any], ...] = ()
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    unexpressed: dict[str, int] = field(default_factory=dict)
    tokens: int = 0
    size: int = 0


class WriteShards(beam.PTransform):
    """Writes shards in the work folder: from ((split, shard, shards), slices) to `Shard`."""

    def __init__(self, dataset: str, work: str, sinks: Mapping[str, Sink], draws: Any) -> None:
        super().__init__()
        self._arguments = (dataset, work, sinks)
        self._draws = draws

    def expand(self, pcoll: Any) -> Any:
        return pcoll | "Write" >> beam.Map(write_shard, *self._arguments, beam.pvalue.AsSingleton(self._draws))


def write_shard(
    group: tuple[tuple[str, int, int], Iterable[Slice]],
    dataset: str,
    work: str,
    sinks: Mapping[str, Any],  # `Sink`: Beam asks what is a subclass of it, which a protocol does not tell
    draws: Draws,
) -> Shard:
    """Write one shard by Parquet and the sinks, unless the work folder holds it."""
    (split, number, of), values = group
    slices = sorted(values, key=lambda part: part.path)
    contents = [part for cut in slices for part in _identity(cut)]
    keys = draws.keys()
    code = code_version() + code_version("sinks")
    setting = (code, pa.__version__, steps_signature(list(sinks.items())), repr(keys), split, str(number), str(of))
    name = digest(*setting, *contents).hex()
    path = f"{work}/shards/{dataset}-{name}"
    if is_whole(f"{path}.json"):
        held = _held(Shard(**json.loads(read_bytes(f"{path}.json"))), path)
        if all(is_whole(file["path"], file["bytes"]) for file in held.files):
            return held
    with ExitStack() as files:
        parquet = _ParquetFile(f"{path}.parquet")
        files.callback(parquet.abandon)
        sink_files = {}
        for sink, form in sinks.items():
            sink_files[sink] = SinkFile(path, form, keys)
            files.callback(sink_files[sink].abandon)
        shard = _write(Shard(dataset, split, number, of), slices, parquet, sink_files)
        files.pop_all()
    write_bytes(f"{path}.json", json.dumps(shard.__dict__).encode())
    return shard


def _identity(cut: Slice) -> tuple[str, ...]:
    """Return what identifies a slice."""
    return cut.path.rpartition("/")[2], str(cut.bounds[0]), str(cut.tokens)


def _held(shard: Shard, path: str) -> Shard:
    """Return a shard as it was read, its files where the work folder is now."""
    folder = path.rpartition("/")[0]
    files = ({**file, "path": f"{folder}/{file['path'].rpartition('/')[2]}"} for file in shard.files)
    return replace(shard, files=tuple(files))


def _write(shard: Shard, slices: list[Slice], parquet: "_ParquetFile", sink_files: Mapping[str, SinkFile]) -> Shard:
    facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    rows = size = 0
    for batch in in_order(slices):
        parquet.write(batch)
        for file in sink_files.values():
            file.write(batch)
        for name, values in facets.items():
            for entry in pc.value_counts(batch.column(name)).to_pylist():
                values[entry["values"]] = values.get(entry["values"], 0) + entry["counts"]
        rows += batch.num_rows
        size += sum(map(arrow_size, batch.columns))
        del batch  # before the next row group is put together
    files = [parquet.commit(), *(file.commit() for file in sink_files.values())]
    unexpressed = {
        reason if sink == "jsonl" else f"{sink}:{reason}": number
        for sink, file in sink_files.items()
        for reason, number in file.unexpressed.items()
    }
    written = replace(shard, rows=rows, size=size, tokens=sum(cut.tokens for cut in slices), files=tuple(files))
    return replace(written, facets=facets, unexpressed=unexpressed)


def in_order(slices: list[Slice]) -> Iterator[pa.RecordBatch]:
    """Return a shard's rows in order of position, a row group at a time; what is read is that group's rows."""
    total = sum(cut.rows for cut in slices)
    groups = min(total, max(-(-sum(cut.bytes for cut in slices) // GROUP_BYTES), -(-total // GROUP_ROWS)))
    cursors = [_Cursor(cut) for cut in slices]
    first = min(cursor.position for cursor in cursors)
    return (_sorted_until(first + (group + 1) * total // groups, cursors) for group in range(groups))


class _Cursor:
    """Goes through a slice; one batch of it is in memory."""

    def __init__(self, cut: Slice) -> None:
        self._batches = cut.batches()
        self._batch = next(self._batches, None)

    @property
    def position(self) -> int:
        """Return the position of the next row."""
        assert self._batch is not None
        return int(self._batch.column("_position")[0].as_py())

    def until(self, end: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows that are left below a position."""
        while self._batch is not None:
            rows = int(np.searchsorted(self._batch.column("_position").to_numpy(), end))
            if rows:
                yield self._batch.slice(0, rows)
            if rows < self._batch.num_rows:
                self._batch = self._batch.slice(rows)
                return
            self._batch = next(self._batches, None)


def _sorted_until(end: int, cursors: list[_Cursor]) -> pa.RecordBatch:
    """Return the rows that are left below a position; nothing else holds them."""
    table = pa.Table.from_batches(piece for cursor in cursors for piece in cursor.until(end))
    sorting = np.argsort(table.column("_position").to_numpy())
    numbers = table.column("_number").to_numpy()[sorting]
    (batch,) = table.select(SCHEMA.names).take(pa.array(sorting)).combine_chunks().to_batches()
    return _numbered(batch, numbers)


def _numbered(batch: pa.RecordBatch, numbers: Any) -> pa.RecordBatch:
    """Give the second, third, ... of several examples of one id the ids `id-1`, `id-2`, ..."""
    if not numbers.any():
        return batch
    ids = batch.column("id").to_pylist()
    for at in np.flatnonzero(numbers):
        ids[at] = f"{ids[at]}-{numbers[at]}"
    return batch.set_column(0, SCHEMA.field("id"), pa.array(ids, pa.string()))


class _ParquetFile:
    """A Parquet file for the Hub: zstd, page index, content-defined chunks; its SHA-256 is taken as it is written."""

    def __init__(self, path: str) -> None:
        self._new = NewFile(path)
        self._hashing = Hashing(self._new.file)
        self._writer = pq.ParquetWriter(
            self._hashing,
            SCHEMA,
            compression="zstd",
            write_page_index=True,
            use_content_defined_chunking=True,
            store_schema=False,
        )
        self._rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a row group."""
        self._writer.write_table(pa.Table.from_batches([batch], SCHEMA), row_group_size=max(1, batch.num_rows))
        self._rows += batch.num_rows

    def commit(self) -> dict[str, Any]:
        """Let the file appear; return its entry."""
        self._writer.close()
        self._new.commit()
        return {"path": self._new.path, "rows": self._rows, **self._hashing.described()}

    def abandon(self) -> None:
        """Leave nothing."""
        with suppress(OSError):  # a full disk, perhaps; a writer that is left open complains when it is collected
            self._writer.close()
        self._new.abandon()
