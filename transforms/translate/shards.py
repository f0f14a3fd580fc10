"""The memory's shards: Parquet files of entries sorted by key, named by their keys' prefix and by their content."""

import io
import os
import uuid
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

from transforms.example import digest
from transforms.files import is_local
from transforms.translate.entries import SCHEMA, Entry, best, from_table

ROW_GROUP = 4096
_ROOT = "all"  # what the empty prefix is called in names of files; not a hexadecimal number


class Vanished(Exception):  # noqa: N818 - a signal to list the files again, never an error that anyone sees
    """A file that was listed is gone: its entries are in another by now."""


def list_files(folder: str, pattern: str) -> list[tuple[str, int]]:
    """Return (path, bytes) of the folder's files of this pattern, in order of names; none if there is no folder."""
    found = FileSystems.match([FileSystems.join(folder, pattern)])[0].metadata_list
    return sorted((file.path, file.size_in_bytes) for file in found)


def read_bytes(path: str) -> bytes:
    """Return a file's content; raise Vanished if it is no longer there."""
    try:
        with FileSystems.open(path) as file:
            data: bytes = file.read()
            return data
    except OSError:  # BeamIOError is one
        if FileSystems.exists(path):
            raise
        raise Vanished(path) from None


def remove(path: str) -> None:
    """Delete a file; another fold may have done so before."""
    try:
        FileSystems.delete([path])
    except OSError:
        if FileSystems.exists(path):
            raise


def prefix_of(path: str) -> str:
    """Return the prefix of the keys in a shard, in hexadecimal digits, from its name."""
    prefix = FileSystems.split(path)[1].partition("-")[0]
    return "" if prefix == _ROOT else prefix


def read_table(path: str) -> pa.Table:
    """Return a shard."""
    return pq.read_table(pa.BufferReader(read_bytes(path)))


def read_entries(path: str, keys: Sequence[bytes]) -> list[Entry]:
    """Return the entries of these keys in a shard; only the row groups that hold some are decoded."""
    file = pq.ParquetFile(pa.BufferReader(read_bytes(path)))
    wanted = pa.array(keys, pa.binary(16))
    found: list[Entry] = []
    for group in range(file.num_row_groups):
        mask = pc.is_in(file.read_row_group(group, ["key"]).column("key"), value_set=wanted)
        if pc.any(mask).as_py():
            found += from_table(file.read_row_group(group).filter(mask))
    return found


def settled(tables: Collection[pa.Table]) -> pa.Table:
    """Return the tables as one, sorted by key, with the one entry of each key that counts."""
    table = pa.concat_tables(tables).sort_by("key")
    keys = table.column("key").to_pylist()
    repeated = sorted({one for one, following in pairwise(keys) if one == following})
    if not repeated:
        return table
    is_repeated = pc.is_in(table.column("key"), value_set=pa.array(repeated, pa.binary(16)))
    chosen = best(from_table(table.filter(is_repeated)))
    rows = [row for row, key in enumerate(keys) if key not in chosen]
    seen: set[bytes] = set()
    for row, entry in zip(
        pc.indices_nonzero(is_repeated).to_pylist(), from_table(table.filter(is_repeated)), strict=True
    ):
        if entry.key not in seen and entry == chosen[entry.key]:
            seen.add(entry.key)
            rows.append(row)
    return table.take(pa.array(sorted(rows), pa.int64()))


def divide(table: pa.Table, digits: int) -> Iterator[tuple[str, pa.Table]]:
    """Yield (prefix, rows) of a table sorted by key, by this many hexadecimal digits of the key."""
    prefixes = [key.hex()[:digits] for key in table.column("key").to_pylist()]
    start = 0
    for row in range(1, len(prefixes) + 1):
        if row == len(prefixes) or prefixes[row] != prefixes[start]:
            yield prefixes[start], table.slice(start, row - start)
            start = row


def write(folder: str, prefix: str, table: pa.Table, present: Collection[str]) -> str:
    """Write a shard, unless one of the same content is present; return its path. It is there whole or not at all."""
    buffer = io.BytesIO()
    pq.write_table(
        table.select(SCHEMA.names),
        buffer,
        row_group_size=ROW_GROUP,
        compression="zstd",
        use_dictionary=["source", "target"],
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
    Path(folder).mkdir(parents=True, exist_ok=True)
    passing = Path(folder) / f"{name}.{uuid.uuid4().hex}.tmp"
    with passing.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # what it replaces is deleted next
    passing.replace(path)
    return path
