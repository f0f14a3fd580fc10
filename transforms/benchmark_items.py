"""The texts of a benchmark's files, of whatever form."""

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.read.arrow_files import arrow_batches
from transforms.read.compressed import opened
from transforms.read.files import SourceError
from transforms.read.lines import BOM

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zstd", ".deflate")


def items(path: str, columns: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the texts of a file, whose name says its form: of these columns alone, where the file names its columns.

    With columns, the first line of a `.csv` or `.tsv` names them; without, it is a line as the others.

    Raises SourceError where it isn't what its name says, or lacks all of the columns.
    """
    found = False
    try:
        for row in _rows(path, columns):
            if columns and isinstance(row, dict):
                row = {name: value for name, value in row.items() if name in columns}
                found = found or bool(row)
            else:
                found = True
            yield from _texts(row)
    except (ValueError, csv.Error, pa.ArrowException) as error:  # of JSON, of bytes that aren't UTF-8
        raise SourceError(f"{path} can't be read as a benchmark: {' '.join(str(error).split())[:200]}") from error
    if not found:
        raise SourceError(f"{path} has no texts" + (f" in {', '.join(columns)}" if columns else ""))


def _rows(path: str, columns: tuple[str, ...]) -> Iterator[Any]:
    name = path.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    with opened(path) as file:
        if name.endswith((".jsonl", ".ndjson")):
            yield from (orjson.loads(line) for line in _without_mark(file) if line.strip())
        elif name.endswith(".json"):
            data = orjson.loads(file.read().removeprefix(BOM))
            yield from data if isinstance(data, list) else [data]
        elif name.endswith(".parquet"):
            for batch in pq.ParquetFile(pa.BufferReader(file.read())).iter_batches(1024):
                yield from batch.to_pylist()
        elif name.endswith(".arrow"):
            for batch in arrow_batches(io.BytesIO(file.read())):
                yield from batch.to_pylist()
        elif name.endswith((".csv", ".tsv")):
            lines = io.TextIOWrapper(file, "utf-8-sig", newline="")
            cells = csv.reader(lines) if name.endswith(".csv") else (line.rstrip("\r\n").split("\t") for line in lines)
            header: list[str] = next(iter(cells), []) if columns else []
            yield from (dict(zip(header, row, strict=False)) for row in cells) if columns else cells
        else:
            yield from io.TextIOWrapper(file, "utf-8-sig")


def _without_mark(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, without a mark of byte order at its beginning."""
    yield file.readline().removeprefix(BOM)
    yield from file


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
