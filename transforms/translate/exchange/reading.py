"""What the memory takes in: entries that it gave out, and aligned lines that people translated."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

import orjson
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from transforms.translate.entries import SCHEMA, Entry, from_table

FIELDS = SCHEMA.names[1:]


class Malformed(ValueError):  # noqa: N818 - it names what a file is; the command reports it
    """A file that can't be taken in. The message names it and the line."""


def read_entries(path: str, form: str) -> Iterator[Entry]:
    """Yield the entries of a file that `export` wrote; Malformed where it is something else."""
    try:
        with FileSystems.open(path) as file:
            yield from READERS[form](path, file)
    except OSError as error:
        raise Malformed(f"{path} can't be read: {error}") from None


def read_aligned(source: str, target: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of lines of two files (`.gz` too); Malformed where one has more lines than the other."""
    with FileSystems.open(source) as mine, FileSystems.open(target) as theirs:
        lines = iter(mine.readline, b""), iter(theirs.readline, b"")
        for number, pair in enumerate(zip_longest(*lines), 1):
            if None in pair:
                raise Malformed(f"{source} and {target} have different numbers of lines: one ends before line {number}")
            try:
                one, other = (line.decode("utf-8").rstrip("\r\n") for line in pair)
            except UnicodeDecodeError:
                raise Malformed(f"{source} or {target}:{number}: not UTF-8") from None
            yield one, other


def _json_lines(path: str, file: Any) -> Iterator[Entry]:
    for number, line in enumerate(iter(file.readline, b""), 1):
        try:
            row = orjson.loads(line)
            entry = Entry(*(row[name] for name in FIELDS))
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"{path}:{number}: not an entry of a translation memory ({error})") from None
        if not all(isinstance(getattr(entry, name), bool if name == "digits" else str) for name in FIELDS):
            raise Malformed(f"{path}:{number}: {', '.join(FIELDS[:-1])} must be texts, digits true or false")
        yield entry


def _parquet(path: str, file: Any) -> Iterator[Entry]:
    try:
        table = pq.ParquetFile(file)
        for group in range(table.num_row_groups):
            yield from from_table(table.read_row_group(group, SCHEMA.names).cast(SCHEMA))
    except (ValueError, KeyError) as error:  # Arrow's errors are both
        raise Malformed(f"{path}: not entries of a translation memory ({error})") from None


READERS: dict[str, Callable[[str, Any], Iterator[Entry]]] = {"jsonl": _json_lines, "parquet": _parquet}
