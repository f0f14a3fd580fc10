"""The memory's shards: Parquet files of entries sorted by key, named by their keys' prefix and by their content."""

import io
import os
import re
import time
import uuid
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from transforms import files
from transforms.example import digest
from transforms.files import is_local, list_files
from transforms.translate.entries import SCHEMA, Entry, from_table
from transforms.write_errors import as_write_error

ROW_GROUP = 4096
STREAMED = 512  # rows of a shard that are entries in memory at a time, when all of them are gone through
UNFINISHED = 3600.0  # seconds after which nobody is still writing a file
_PREFIX = re.compile("[0-9a-f]{1,32}")
_ROOT = "all"  # what the empty prefix is called in names of files; not a hexadecimal number


class Vanished(Exception):  # noqa: N818 - a signal to list the files again, never an error that anyone sees
    """A file that was listed is gone: its entries are in another by now."""


class DamagedShardError(OSError):
    """A shard isn't what was written: a disk lost some of it, or somebody else did. The message says what to do."""


def read_bytes(path: str) -> bytes:
    """Return a file's content; raise Vanished if it is no longer there."""
    try:
        return files.read_bytes(path)
    except OSError:  # BeamIOError is one
        if FileSystems.exists(path):
            raise
        raise Vanished(path) from None


def prefix_of(path: str) -> str:
    """Return the prefix of the keys in a shard, in hexadecimal digits, from its name."""
    prefix = FileSystems.split(path)[1].partition("-")[0]
    if prefix != _ROOT and not _PREFIX.fullmatch(prefix):
        raise DamagedShardError(f"{path} is no shard of a translation memory: move it away")
    return "" if prefix == _ROOT else prefix


def read_table(path: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a shard, or some of its columns."""
    with _opened(path) as file:
        return file.read(columns)


def count_entries(path: str) -> Counter[tuple[str, str, str]]:
    """Return how many entries of a shard there are of each (origin, source language, target language)."""
    names = ["origin", "source", "target"]
    counted = read_table(path, names).group_by(names).aggregate([([], "count_all")])
    return Counter({(row["origin"], row["source"], row["target"]): row["count_all"] for row in counted.to_pylist()})


def read_entries(path: str, keys: Sequence[bytes]) -> list[Entry]:
    """Return the entries of these keys, which are sorted; only the row groups that may hold some are read."""
    found: list[Entry] = []
    with _opened(path) as file:
        for group in range(file.num_row_groups):
            low, high = _bounds(file, group)
            inside = keys[bisect_left(keys, low) : bisect_right(keys, high)]
            if not inside:
                continue
            held = file.read_row_group(group, ["key"]).column("key")
            mask = pc.is_in(held, value_set=pa.array(inside, pa.binary(16)))
            if pc.any(mask).as_py():
                found += from_table(file.read_row_group(group).filter(mask))
    return found


def stream(path: str, after: bytes = b"") -> Iterator[Entry]:
    """Yield the entries of a shard whose keys come after this one, in order of keys."""
    with _opened(path) as file:
        for group in range(file.num_row_groups):
            if _bounds(file, group)[1] > after:
                for batch in file.iter_batches(STREAMED, row_groups=[group]):
                    yield from (entry for entry in from_table(pa.Table.from_batches([batch])) if entry.key > after)


def overlapping(paths: Collection[str]) -> Iterator[list[str]]:
    """Yield the shards in groups, in order of keys: no key of a group may be in another."""
    group: list[str] = []
    for path in sorted(paths, key=prefix_of):  # a prefix comes right before the longer ones that begin with it
        if group and not prefix_of(path).startswith(prefix_of(group[0])):
            yield group
            group = []
        group.append(path)
    if group:
        yield group


def settled(tables: Collection[pa.Table]) -> pa.Table:
    """Return the tables as one, sorted by key, with the one entry of each key that counts."""
    table = pa.concat_tables(tables).sort_by("key")
    keys = _key_bytes(table)
    repeats = np.concatenate([[False], (keys[1:] == keys[:-1]).all(axis=1)])[: len(keys)]
    if not repeats.any():
        return table
    repeated = np.flatnonzero(repeats | np.append(repeats[1:], False))
    chosen: dict[bytes, tuple[tuple[bool, bool, bytes], int]] = {}
    for row, entry in zip(repeated.tolist(), from_table(table.take(pa.array(repeated))), strict=True):
        candidate = (entry.order, row)
        chosen[entry.key] = min(chosen.get(entry.key, candidate), candidate)
    keep = np.ones(len(keys), bool)
    keep[repeated] = False
    keep[[row for _, row in chosen.values()]] = True
    return table.filter(pa.array(keep))


def divide(table: pa.Table, digits: int) -> Iterator[tuple[str, pa.Table]]:
    """Yield (prefix, rows) of a table sorted by key, by this many hexadecimal digits of the key."""
    keys = _key_bytes(table)[:, : (digits + 1) // 2].copy()
    if digits % 2:
        keys[:, -1] &= 0xF0
    changes = np.flatnonzero((keys[1:] != keys[:-1]).any(axis=1)) + 1
    ends = [*changes.tolist(), len(keys)] if len(keys) else []
    for start, end in pairwise([0, *ends]):
        yield keys[start].tobytes().hex()[:digits], table.slice(start, end - start)


def write(folder: str, prefix: str, table: pa.Table, present: Collection[str]) -> str:
    """Write a shard, unless one of the same content is present; return its path. It is there whole or not at all."""
    buffer = io.BytesIO()
    pq.write_table(
        table.select(SCHEMA.names),
        buffer,
        row_group_size=ROW_GROUP,
        compression="zstd",
        use_dictionary=["source", "target"],
        write_page_checksum=True,
    )
    data = buffer.getvalue()
    name = f"{prefix or _ROOT}-{digest(data).hex()}.parquet"
    path: str = FileSystems.join(folder, name)
    if path in present:
        return path
    if not is_local(folder):
        with FileSystems.create(path) as file:  # one PUT: complete or absent
            file.write(data)
        return path
    passing = Path(folder) / f"{name}.{uuid.uuid4().hex}.tmp"
    try:
        with as_write_error(folder):
            Path(folder).mkdir(parents=True, exist_ok=True)
            with passing.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # what it replaces is deleted next
            passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    return path


def remove_unfinished(folder: str) -> None:
    """Remove what killed writers left in a local folder, where that is possible: it is in nobody's way."""
    for path, _ in list_files(folder, "*.tmp"):
        with suppress(OSError):
            if time.time() - Path(path).stat().st_mtime > UNFINISHED:
                Path(path).unlink()


@contextmanager
def _opened(path: str) -> Iterator[pq.ParquetFile]:
    """Open a shard, mapped where it is local, so that only what is used is read.

    Raises Vanished if it is gone, and DamagedShardError, then or in the block, where it isn't what was written.
    """
    try:
        place = pa.memory_map(path) if is_local(path) else pa.BufferReader(read_bytes(path))
    except FileNotFoundError:
        raise Vanished(path) from None
    try:
        file = pq.ParquetFile(place, page_checksum_verification=True)
        if not file.schema_arrow.equals(SCHEMA):
            raise ValueError(f"its columns are {', '.join(file.schema_arrow.names)}")
        yield file
    except (OSError, ValueError) as error:  # Arrow's are among them
        lost = "restore it, or move it away, and what it held is asked for again"
        raise DamagedShardError(f"{path} is damaged ({' '.join(str(error).split())[:200]}): {lost}") from error


def _bounds(file: pq.ParquetFile, group: int) -> tuple[bytes, bytes]:
    """Return the lowest and the highest key of a row group."""
    known = file.metadata.row_group(group).column(SCHEMA.get_field_index("key")).statistics
    return (known.min, known.max) if known is not None and known.has_min_max else (b"", b"\xff" * 17)


def _key_bytes(table: pa.Table) -> Any:
    """Return the keys as an array of bytes, a row for each."""
    keys = table.column("key").combine_chunks()
    flat = np.frombuffer(keys.buffers()[1] or b"", np.uint8)
    return flat[keys.offset * 16 : (keys.offset + len(keys)) * 16].reshape(-1, 16)
