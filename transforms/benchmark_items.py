"""The texts of a benchmark's files, read as sources are, whatever their form."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import orjson

from transforms.read.arrow_files import Arrow, Parquet
from transforms.read.block import Bad
from transforms.read.compressed import opened
from transforms.read.delimited import Csv, Tsv
from transforms.read.files import File, SourceError
from transforms.read.json_lines import JsonLines
from transforms.read.lines import BOM
from transforms.read.plain_text import Text
from transforms.read.reader import Reader
from transforms.suggestions import shortened


def items(file: File, columns: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the texts of a file, whose name says its form: of these columns alone, where the file names its columns.

    With columns, the first line of a `.csv` or `.tsv` names them; without, it is a line as the others.

    Raises SourceError where a row isn't what the file's name says, or the file lacks all of the columns.
    """
    found, named = False, list[str]()
    for row in _json(file.path) if _form(file) == ".json" else _rows(file, bool(columns)):
        chosen = {name: row[name] for name in columns if name in row} if columns and isinstance(row, dict) else row
        found = found or bool(chosen)
        named = named or (list(row) if isinstance(row, dict) else [])
        yield from _texts(chosen)
    if not found:
        where = f" in {', '.join(columns)}" if columns else ""
        others = f"; its columns are {', '.join(map(shortened, named))}" if columns and named else ""
        raise SourceError(f"{file.path} has no texts{where}{others}")


def _form(file: File) -> str:
    """Return the ending of a file's name, without that of a compression."""
    name = PurePosixPath(file.path.lower())
    return PurePosixPath(name.stem).suffix if file.compressed else name.suffix


def _reader(file: File, header: bool) -> Reader:
    match _form(file):
        case ".jsonl" | ".ndjson":
            return JsonLines(file.path)
        case ".parquet":
            return Parquet(file.path)
        case ".arrow":
            return Arrow(file.path)
        case ".csv":
            return Csv(file.path, header=header)
        case ".tsv":
            return Tsv(file.path, header=header)
    return Text(file.path)


def _rows(file: File, header: bool) -> Iterator[Any]:
    """Yield the rows of a file; of plain text the lines, which bear no column's name."""
    reader = _reader(file, header)
    for rows in (rows for block in reader.blocks() for rows in reader.read(block)):
        for row, number in zip(rows.items, rows.places, strict=True):
            if isinstance(row, Bad):
                raise SourceError(f"{rows.place % number}: {row.detail}")
            yield list(row.values()) if isinstance(reader, Text) else row


def _json(path: str) -> Iterator[Any]:
    """Yield what a file in JSON holds, of any shape: benchmarks such as SQuAD's aren't arrays of rows."""
    with opened(path) as stream:
        try:
            data = orjson.loads(stream.read().removeprefix(BOM))
        except ValueError as error:
            raise SourceError(f"{path} isn't JSON: {error}") from None
    yield from data if isinstance(data, list) else [data]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
