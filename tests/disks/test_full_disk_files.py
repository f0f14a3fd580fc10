"""Files on a disk that is full: an error that names the folder, nothing half, and nothing of what was safe is lost."""

import errno
import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_disk import SmallDisk

from pipeline.output.folder import write_output
from sinks.json_lines import JsonLines
from sinks.shards import _ParquetFile
from sinks.sink import SinkFile
from transforms.example import make_batch
from transforms.files import NewFile, write_bytes
from transforms.keys import write_tables
from transforms.parts import ArrowFile
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory
from transforms.translate.usage import Tally
from transforms.write_errors import WriteError, as_write_error


def entry(number: int) -> Entry:
    return Entry("en", "pt", f"text {number}", "tradução " * (number % 9 + 1), "mt:x", "x")


def much(path: Path) -> None:
    new = NewFile(str(path))
    try:
        new.file.write(b"x" * (100 << 10))
    except BaseException:
        new.abandon()
        raise


def rows(file: "ArrowFile | _ParquetFile | SinkFile") -> None:
    try:
        for _ in range(20):
            texts = [os.urandom(100).hex() for _ in range(512)]  # fifty kilobytes, however they are compressed
            file.write(
                make_batch(512, {"instruction": texts, "output": texts, "id": [f"{at:032x}" for at in range(512)]})
            )
        file.commit()
    except BaseException:
        file.abandon()
        raise


WRITERS: dict[str, Callable[[Path], object]] = {
    "much": much,
    "keys": lambda path: list(write_tables(str(path.parents[1]), {"a": np.zeros(100_000, "u1")})),
    "a part": lambda path: rows(ArrowFile(str(path))),
    "a shard": lambda path: rows(_ParquetFile(str(path))),
    "JSON lines": lambda path: rows(SinkFile(str(path), JsonLines(), ())),
    "JSON lines, gz": lambda path: rows(SinkFile(str(path), JsonLines("alpaca", "gz"), ())),
    "JSON lines, zst": lambda path: rows(SinkFile(str(path), JsonLines("alpaca", "zst"), ())),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_finds_no_room_leaves_nothing(name: str, disk: SmallDisk) -> None:
    path = disk.path / "work" / "keys" / "file"
    with warnings.catch_warnings():
        warnings.simplefilter("error", pytest.PytestUnraisableExceptionWarning)
        with pytest.raises(WriteError) as raised:
            WRITERS[name](path)
    told = (
        f"{path.parent} can't be written, the disk is full (No space left on device): make room there, or name another"
    )
    assert str(raised.value) == f"{told} folder"
    assert [file for file in disk.path.rglob("*") if file.is_file()] == []


def test_what_is_only_buffered_leaves_nothing_either(disk: SmallDisk) -> None:
    (disk.path / "ballast").write_bytes(b"x" * (62 << 10))
    with pytest.raises(WriteError, match="the disk is full"):
        write_bytes(str(disk.path / "result.json"), b"x" * 5000)
    assert [file.name for file in disk.path.iterdir()] == ["ballast"]


def test_a_journal_on_a_full_disk_keeps_every_line_that_was_appended(disk: SmallDisk) -> None:
    memory = Memory(str(disk.path / "memory"))
    safe: list[Entry] = []
    with memory.journal() as journal:
        with pytest.raises(WriteError, match=r"memory/journal can't be written, the disk is full"):
            for number in range(0, 10_000, 3):
                some = [entry(at) for at in range(number, number + 3)]
                journal.append(some)
                safe += some
        with pytest.raises(WriteError):
            journal.append([entry(77)])
        assert len(safe) > 100
        for file in (disk.path / "memory" / "journal").iterdir():
            data = file.read_bytes()
            assert not data or data.endswith(b"\n"), "no torn line stays"
        assert set(memory.lookup([one.key for one in safe])) == {one.key for one in safe}
        disk.enlarge(1 << 20)
        journal.append([entry(20_000)])
    safe.append(entry(20_000))
    assert memory.fold() >= len(safe)
    assert list((disk.path / "memory" / "journal").iterdir()) == []
    assert set(memory.lookup([one.key for one in safe])) == {one.key for one in safe}


def test_a_fold_that_finds_no_room_leaves_the_journals(disk: SmallDisk) -> None:
    memory = Memory(str(disk.path / "memory"))
    with memory.journal() as journal:
        journal.append(map(entry, range(100)))
    (disk.path / "ballast").write_bytes(b"x" * (40 << 10))
    with pytest.raises(WriteError, match=r"memory/shards can't be written, the disk is full"):
        memory.fold()
    assert disk.temporary_files() == []
    assert len(memory.lookup([entry(at).key for at in range(100)])) == 100
    (disk.path / "ballast").unlink()
    assert memory.fold() == 100
    assert len(memory.lookup([entry(at).key for at in range(100)])) == 100


def test_a_display_that_finds_no_room_stops_nothing(disk: SmallDisk) -> None:
    tally = Tally.in_work_folder(str(disk.path), "ask", 0)
    tally.begin(5, 0)
    (disk.path / "ballast").write_bytes(b"x" * (60 << 10))
    tally.flush()
    assert disk.temporary_files() == []


@pytest.mark.parametrize("before", [False, True])
def test_an_output_that_finds_no_room_is_as_it_was(before: bool, disk: SmallDisk, tmp_path: Path) -> None:
    work, out = tmp_path / "work", disk.path / "out"
    work.mkdir()
    (work / "big").write_bytes(b"x" * (100 << 10))
    if before:
        out.mkdir()
        (out / "manifest.json").write_text("{}")
    result = {"shards": [], "rejects": [{"path": str(work / "big")}]}
    manifest = {
        "name": "a",
        "signature": "s",
        "seed": 1,
        "settings": [],
        "complete": True,
        "deferred": 0,
        "versions": {},
        "sources": {},
        "streams": {},
        "datasets": {},
        "translation": {},
    }
    with pytest.raises(WriteError, match=r"disk/out can't be written, the disk is full"):
        write_output(str(out), manifest, "name: a\n", result)
    assert [path.name for path in disk.path.iterdir()] == (["out"] if before else [])
    assert not before or [path.name for path in out.iterdir()] == ["manifest.json"]
    disk.enlarge(1 << 20)
    write_output(str(out), manifest, "name: a\n", result)
    assert sorted(path.name for path in out.iterdir()) == ["README.md", "manifest.json", "rejects"]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EDQUOT, "d can't be written, the disk quota is used up (Disk quota exceeded): make room there, or name"),
        (errno.EROFS, "d can't be written: Read-only file system"),
        (errno.EACCES, "d can't be written: Permission denied"),
    ],
)
def test_other_reasons_are_told_too(number: int, told: str) -> None:
    with pytest.raises(WriteError) as raised, as_write_error("d"):
        raise OSError(number, os.strerror(number), "d/file")
    assert str(raised.value).startswith(told)
