"""Folds of journals into shards: interrupted, or several at once, they lose nothing."""

import os
import threading
import time
from pathlib import Path

import pytest
from numbered_entries import entry, write

from transforms.many_files import remove_all
from transforms.translate import memory, shards
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory


def test_an_interrupted_fold_loses_nothing(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(50)))
    keys = [entry(number).key for number in range(50)]

    def killed(paths: list[str]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(memory, "remove_all", killed)
        held.fold()
    assert len(held.lookup(keys)) == 50  # in the journal and in a shard
    assert held.fold() == 50
    assert len(held.lookup(keys)) == 50
    assert sum(held.stats().entries.values()) == 50


def test_a_killed_fold_counts_no_damaged_line_twice(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(paths: list[str]) -> None:
        raise KeyboardInterrupt

    journals = Path(held.path, "journal")
    journals.mkdir(parents=True)
    (journals / "first.jsonl").write_bytes(b"no\rentry\n" * 2)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(memory, "remove_all", killed)
        held.fold()
    (journals / "second.jsonl").write_bytes(b"another\n")
    held.fold()
    assert held.damaged_lines() == 3


@pytest.mark.parametrize("name", ["shards/all-1.parquet", "batches/1.requests.json", "damaged/1.jsonl"])
def test_a_fold_removes_what_killed_writers_left_unfinished_long_ago(name: str, held: Memory) -> None:
    write(held, entry(1))
    held.fold()
    folder = Path(held.path, name).parent
    folder.mkdir(exist_ok=True)
    before = set(folder.iterdir())
    old, new = (Path(held.path, f"{name}.{number}.tmp") for number in (2, 3))
    for path in (old, new):
        path.write_bytes(b"PAR1")
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    held.fold()
    assert set(folder.iterdir()) == {*before, new}


@pytest.mark.parametrize("journals", ["left", "folded by another"])
def test_an_interrupted_division_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journals: str) -> None:
    whole = Memory(str(tmp_path))
    write(whole, *map(entry, range(100)))
    whole.fold()
    small = Memory(str(tmp_path), shard_entries=20)
    with monkeypatch.context() as patch:
        patch.setattr(memory, "remove_all", lambda paths: None)
        write(small, entry(100))
        small.fold()
    if journals != "left":
        remove_all(small.journals())
    small.compact()
    assert "all" not in {path.name.partition("-")[0] for path in (tmp_path / "shards").iterdir()}
    assert sum(small.stats().entries.values()) == 101
    assert len(small.lookup([entry(number).key for number in range(101)])) == 101


def test_two_folds_at_once_lose_nothing(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(20)))
    held.fold()
    write(held, entry(20))
    real = shards.write
    first = True

    def write_late(folder: str, prefix: str, table: object, present: object) -> str:
        nonlocal first
        if first:  # another fold comes and goes between this one's reading and writing
            first = False
            write(held, entry(21))
            assert held.fold() == 2  # what the first one is folding, too
        return real(folder, prefix, table, present)  # type: ignore[arg-type]

    monkeypatch.setattr(shards, "write", write_late)
    held.fold()
    assert len(held.lookup([entry(number).key for number in range(22)])) == 22
    held.compact()
    assert len(list(Path(held.path, "shards").iterdir())) == 1
    assert sum(held.stats().entries.values()) == 22


def test_a_reader_sees_every_entry_while_others_write_and_fold(held: Memory) -> None:
    done = threading.Event()
    written: list[Entry] = []
    small = Memory(held.path, shard_entries=50)

    def work() -> None:
        for number in range(0, 400, 4):
            some = [entry(other) for other in range(number, number + 4)]
            write(small, *some)
            written.extend(some)
        done.set()

    def fold() -> None:
        while not done.is_set():
            small.fold()

    threads = [threading.Thread(target=target) for target in (work, fold, fold)]
    for thread in threads:
        thread.start()
    while not done.is_set():
        known = list(written)
        assert len(small.lookup([one.key for one in known])) == len(known)
    for thread in threads:
        thread.join()
    small.compact()
    assert sum(small.stats().entries.values()) == 400


def test_a_fold_of_many_entries_writes_each_shard_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "FOLD_ENTRIES", 60)
    small = Memory(str(tmp_path), shard_entries=60)
    write(small, *map(entry, range(320)))
    small.fold()
    made: list[str] = []
    monkeypatch.setattr(shards, "write", lambda *given, real=shards.write: made.append(given[1]) or real(*given))
    write(small, *map(entry, range(320, 640)))
    assert small.fold() == 320
    assert len(made) == len(set(made)) == 16
    assert len(small.lookup([entry(number).key for number in range(640)])) == 640
