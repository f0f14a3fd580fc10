"""Files that are changed, cut, replaced or taken away between a run's first look and its reading are told of."""

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from transforms import example
from transforms.read.aligned_lines import Lines
from transforms.read.arrow_files import Arrow, Parquet
from transforms.read.block import Block
from transforms.read.delimited import Csv
from transforms.read.files import SourceError
from transforms.read.json_array import JsonArray
from transforms.read.json_lines import JsonLines
from transforms.read.plain_text import Text
from transforms.read.source import Source
from transforms.read.tmx import Tmx

ROWS = 40
SEGMENTS = "".join(
    f'<tu><tuv xml:lang="en"><seg>word {at}</seg></tuv><tuv xml:lang="pt"><seg>palavra {at}</seg></tuv></tu>'
    for at in range(ROWS)
)


def table(rows: int) -> pa.Table:
    return pa.table({"output": [f"text {at}" for at in range(rows)]})


def json_lines(rows: int) -> bytes:
    return b"".join(json.dumps({"output": f"text {at}"}).encode() + b"\n" for at in range(rows))


def two_sides(path: Path) -> Lines:
    path.with_suffix(".en").write_bytes(json_lines(ROWS))
    path.write_bytes(json_lines(ROWS))
    return Lines((str(path), str(path.with_suffix(".en"))))


def written(kind: str, path: Path) -> Any:
    """Write a file in a format, and return what reads it."""
    name = str(path)
    makers: dict[str, Callable[[], object]] = {
        "jsonl": lambda: path.write_bytes(json_lines(ROWS)),
        "jsonl.gz": lambda: path.write_bytes(gzip.compress(json_lines(ROWS))),
        "json": lambda: path.write_text(json.dumps(table(ROWS).to_pylist())),
        "csv": lambda: path.write_text("output\n" + "".join(f"text {at}\n" for at in range(ROWS))),
        "text": lambda: path.write_text("".join(f"text {at}\n" for at in range(ROWS))),
        "document": lambda: path.write_text("a text"),
        "parquet": lambda: pq.write_table(table(ROWS), name, row_group_size=9),
        "arrow": lambda: feather.write_feather(table(ROWS), name, compression="uncompressed", chunksize=9),
        "tmx": lambda: path.write_text(f'<tmx version="1.4"><header srclang="en"/><body>{SEGMENTS}</body></tmx>'),
    }
    readers = {
        "jsonl": JsonLines,
        "jsonl.gz": JsonLines,
        "json": JsonArray,
        "csv": Csv,
        "text": Text,
        "parquet": Parquet,
        "arrow": Arrow,
    }
    if kind == "lines":
        return two_sides(path)
    makers[kind]()
    if kind == "tmx":
        return Tmx(name, ("en", "pt"))
    return Text(name, "file") if kind == "document" else readers[kind](name)


def shorter(path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(table(3), path)
    else:
        os.truncate(path, path.stat().st_size // 2)


def same_size_and_time(path: Path) -> None:
    """Replace the content by another of the same size, with the same time of modification, as `rsync -t` may."""
    status, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "renamed": lambda path: path.rename(path.with_name("other")),
    "emptied": lambda path: os.truncate(path, 0),
    "shorter": shorter,
    "longer": lambda path: path.write_bytes(path.read_bytes() * 2),
    "same size and time": same_size_and_time,
}
KINDS = ["jsonl", "jsonl.gz", "json", "csv", "text", "document", "lines", "parquet", "arrow", "tmx"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_changes_before_it_is_read_is_told(kind: str, change: str, tmp_path: Path) -> None:
    path = tmp_path / f"file.{kind}"
    source = Source("s", 0, written(kind, path))
    blocks = source.blocks()
    CHANGES[change](path)
    gone = change in ("removed", "renamed")
    told = f"source 's': {path} " + (
        r"was there when the run began, and can't be read any more: .*No such file"
        if gone
        else "has changed since the run began; when it is settled, run the same command again"
    )
    with pytest.raises(SourceError, match=told):
        for block in blocks:
            list(source.read(block, ""))


@pytest.mark.parametrize("change", ["shorter", "longer", "same size and time"])
@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "lines"])
def test_what_changes_while_it_is_read_is_told(
    kind: str, change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "MAX_ROWS", 4)
    path = tmp_path / f"file.{kind}"
    source = Source("s", 0, written(kind, path))
    (block,) = source.blocks()
    reading = source.read(block, "")
    next(reading)
    CHANGES[change](path)
    with pytest.raises(SourceError, match="has changed since the run began"):
        list(reading)


def test_what_changes_while_others_are_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transforms.read import lines

    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(json_lines(ROWS))
    identify = lines.content_identity

    def late(file: Any) -> str:
        found = identify(file)
        if file.label == "b.jsonl":
            (tmp_path / "a.jsonl").write_bytes(json_lines(3))
        return found

    monkeypatch.setattr(lines, "content_identity", late)
    source = Source("s", 0, JsonLines(str(tmp_path / "*.jsonl")))
    first, second = source.blocks()
    assert len(list(source.read(second, ""))) == 1
    with pytest.raises(SourceError, match=r"a.jsonl has changed since the run began"):
        list(source.read(first, ""))


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_what_is_only_touched_or_copied_is_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"file.{kind}"
    source = Source("s", 0, written(kind, path))
    blocks = source.blocks()
    os.utime(path, ns=(1, 1))
    assert rows(source, blocks) == ROWS
    shutil.copy(path, tmp_path / "copy")
    (tmp_path / "copy").replace(path)
    assert rows(source, blocks) == ROWS


def rows(source: Source, blocks: list[Block]) -> int:
    return sum(batch.num_rows for block in blocks for batch, _ in source.read(block, ""))


@pytest.mark.parametrize("checksums", [True, False])
def test_remote_files_are_looked_at_too(
    checksums: bool, store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.fakes.object_store import ObjectStore

    monkeypatch.setattr(ObjectStore, "checksums", checksums)
    path = "langloomtest://b/a.jsonl"
    store[path] = json_lines(ROWS)
    source = Source("s", 0, JsonLines(path))
    (block,) = source.blocks()
    assert rows(source, [block]) == ROWS
    store[path] = json_lines(ROWS - 1)
    with pytest.raises(SourceError, match=f"{path} has changed since the run began"):
        rows(source, [block])
    del store[path]
    with pytest.raises(SourceError, match=f"{path} was there when the run began, and can't be read any more"):
        rows(source, [block])
