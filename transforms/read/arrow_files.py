"""Parquet and Arrow IPC files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from transforms import example
from transforms.example import digest
from transforms.read import block as blocks
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.compressed import opened
from transforms.read.files import File, Paths, SourceError, find_files
from transforms.read.line_index import content_identity
from transforms.read.lines import label
from transforms.read.reader import Reader, added_up, repeated

_NOT_OURS = (ValueError, OverflowError, KeyError)
"""What Arrow lets through of Python, where a value can't be one of Python's.

They are: strings that aren't UTF-8, times after the year 9999, time zones that nobody knows, two fields of one name.
"""


@dataclass(frozen=True)
class Parquet(Reader):
    """Reads Parquet files.

    Parameters:
      path: a file or glob, or a list of them.

    Raw columns: the file's; structs are objects, dates and times are ISO 8601 text, bytes are text if they are UTF-8.

    Rejects `encoding` (a string that isn't UTF-8) and `malformed` (a time that Python can't represent, such as the year
    12000). Two columns of one name are an error.
    """

    path: Paths

    def blocks(self) -> list[Block]:
        files = find_files(self.path)
        most = blocks.block_bytes(sum(file.size for file in files))
        return [block for file in files for block in _row_groups(file, most)]

    def read(self, block: Block) -> Iterator[Rows]:
        start, end = block.spans[0]
        number = 1 + block.lines[0]
        with _arrow(block.paths[0], block.name, "Parquet") as file:
            table = pq.ParquetFile(file)
            groups = [table.metadata.row_group(at) for at in range(start, end)]
            count, size = sum(g.num_rows for g in groups), sum(g.total_byte_size for g in groups)
            fit = max(1, min(example.MAX_ROWS, count * example.MAX_BYTES // max(1, size)))
            for batch in table.iter_batches(batch_size=fit, row_groups=list(range(start, end))):
                yield batch_rows(batch, number, label(block))
                number += batch.num_rows

    def count(self, block: Block, enough: int) -> int:
        with _arrow(block.paths[0], block.name, "Parquet") as file:
            metadata = pq.ParquetFile(file).metadata
            return sum(metadata.row_group(at).num_rows for at in range(*block.spans[0]))


@dataclass(frozen=True)
class Arrow(Reader):
    """Reads Arrow IPC files and streams, Feather files of version 2 included.

    Parameters:
      path: a file or glob, or a list of them; streams may be compressed, as their names say.

    Raw columns: as with Parquet. A stream (what `datasets` writes) is read by one worker.

    Rejects `encoding` (a string that isn't UTF-8) and `malformed` (a time that Python can't represent, such as the year
    12000). Two columns of one name are an error.
    """

    path: Paths

    def blocks(self) -> list[Block]:
        files = find_files(self.path)
        most = blocks.block_bytes(sum(file.size for file in files))
        return [block for file in files if file.size for block in _record_batches(file, most)]

    def read(self, block: Block) -> Iterator[Rows]:
        start, end = block.spans[0]
        number = 1 + block.lines[0]
        with _arrow(block.paths[0], block.name, "Arrow IPC") as file:
            for batch in _batches(file, start, end):
                for piece in example.split_batch(batch):
                    yield batch_rows(piece, number, label(block))
                    number += piece.num_rows

    def count(self, block: Block, enough: int) -> int:
        with _arrow(block.paths[0], block.name, "Arrow IPC") as file:
            return added_up((batch.num_rows for batch in _batches(file, *block.spans[0])), enough)


def batch_rows(batch: pa.RecordBatch, number: int, name: str) -> Rows:
    """Return the rows of a batch whose first row has this number; `name` is safe in a format string."""
    items: list[Row | Bad]
    try:
        items = batch.to_pylist()
    except pa.ArrowException:
        raise
    except _NOT_OURS:
        items = [_row(batch, at) for at in range(batch.num_rows)]
    return Rows(items, range(number, number + batch.num_rows), f"{name}:row %d")


def _row(batch: pa.RecordBatch, at: int) -> Row | Bad:
    try:
        row: Row = batch.slice(at, 1).to_pylist()[0]
        return row
    except UnicodeDecodeError as error:
        # Arrow doesn't say which string it was.
        return Bad("encoding", f"a string isn't UTF-8: {error}", bytes(error.object))
    except pa.ArrowException:
        raise
    except _NOT_OURS as error:
        raw = batch.slice(at, 1)
        return Bad("malformed", f"{_unreadable(raw)}: {error}", str(raw.schema.names).encode(), bytes(raw.serialize()))


def _unreadable(row: pa.RecordBatch) -> str:
    """Return which columns hold a value that Python hasn't."""
    found = []
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            column.to_pylist()
        except _NOT_OURS:
            found.append(f"{name!r} ({column.type})")
    return f"there is no such value for {', '.join(found)}"


@contextmanager
def _arrow(path: str, name: str, kind: str) -> Iterator[BinaryIO]:
    """Open a file; what Arrow says against it becomes a SourceError."""
    with opened(path, name, decompress=kind != "Parquet") as file:
        try:
            yield file
        except (pa.ArrowException, OSError) as error:
            raise SourceError(f"{name} can't be read as {kind}: {' '.join(str(error).split())}") from error


def _row_groups(file: File, most: int) -> list[Block]:
    """Return blocks of row groups, several small ones in each."""
    identity = content_identity(file)
    with _arrow(file.path, file.label, "Parquet") as stream:
        table = pq.ParquetFile(stream)
        _check_names(table.schema_arrow, file)
        metadata = table.metadata
        groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
        rows = [group.num_rows for group in groups]
        sizes = [sum(group.column(at).total_compressed_size for at in range(group.num_columns)) for group in groups]
    return _ranges(file, identity, rows, sizes, most)


def _record_batches(file: File, most: int) -> list[Block]:
    """Return blocks of record batches; the whole stream where the file is one."""
    identity = content_identity(file)
    with _arrow(file.path, file.label, "Arrow IPC") as stream:
        if not _is_file(stream):
            _check_names(pa.ipc.open_stream(stream).schema, file)
            return [Block((file.path,), digest(identity, "stream").hex(), ((0, -1),), (0,), file.size, file.label)]
        reader = pa.ipc.open_file(stream)
        _check_names(reader.schema, file)
        sizes, rows = [], []
        for at in range(reader.num_record_batches):
            batch = reader.get_batch(at)
            sizes.append(batch.nbytes)
            rows.append(batch.num_rows)
    return _ranges(file, identity, rows, sizes, most)


def _check_names(schema: pa.Schema, file: File) -> None:
    if (twice := repeated(schema.names)) is not None:
        raise SourceError(f"{file.label} has the column {twice!r} twice")


def _ranges(file: File, identity: str, rows: list[int], sizes: list[int], most: int) -> list[Block]:
    found = []
    start = size = held = before = 0
    for end, (number, more) in enumerate(zip(rows, sizes, strict=True), 1):
        held, size = held + number, size + more
        if size >= most or end == len(rows):
            if held:
                part = digest(identity, f"batches {start}:{end}").hex()
                found.append(Block((file.path,), part, ((start, end),), (before,), size, file.label))
            start, before, size, held = end, before + held, 0, 0
    return found


def _is_file(stream: BinaryIO) -> bool:
    magic = stream.read(6)
    stream.seek(0)
    return magic == b"ARROW1"


def _batches(stream: BinaryIO, start: int, end: int) -> Iterator[Any]:
    if end < 0:
        yield from pa.ipc.open_stream(stream)
        return
    reader = pa.ipc.open_file(stream)
    for at in range(start, end):
        yield reader.get_batch(at)
