import errno
import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.translate import journal, memory, shards
from transforms.translate.entries import Entry, best, from_lines, from_table, key_of, to_line, to_table
from transforms.translate.memory import Memory
from transforms.write_errors import WriteError


def entry(number: int, translation: str = "", origin: str = "mt:local", signature: str = "s") -> Entry:
    return Entry("en", "pt", f"text {number}", translation or f"texto {number}", origin, signature)


def write(where: Memory, *entries: Entry) -> None:
    with where.journal() as own:
        own.append(entries)


@pytest.fixture
def held(tmp_path: Path) -> Memory:
    return Memory(str(tmp_path / "tm"))


def test_a_key_depends_on_each_of_its_parts() -> None:
    parts = ("s", "en", "pt", "text")
    changed = [tuple(part + "x" if at == place else part for at, part in enumerate(parts)) for place in range(4)]
    assert len({key_of(*parts), *(key_of(*other) for other in changed), key_of("se", "n", "pt", "text")}) == 6


def test_forms_at_rest() -> None:
    entries = [entry(1), Entry("zh", "en", '\u6f22"\n\u2028', "a\tb", "human", "human", digits=False)]
    assert list(from_lines(b"".join(map(to_line, entries)).splitlines(keepends=True))) == entries
    assert from_table(to_table(entries)) == entries


@pytest.mark.parametrize("torn", [1, 30, 60, 120])
def test_a_torn_last_line_is_ignored(held: Memory, torn: int) -> None:
    write(held, entry(1), entry(2))
    (path,) = Path(held.path, "journal").iterdir()
    with path.open("ab") as file:
        file.write(to_line(entry(3))[:torn])
    keys = [entry(number).key for number in (1, 2, 3)]
    assert set(held.lookup(keys)) == set(keys[:2])
    assert held.fold() == 2
    assert set(held.lookup(keys)) == set(keys[:2])


@pytest.mark.parametrize("translation", ["", " \n"])
def test_nothing_empty_is_remembered(translation: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Entry("en", "pt", "text", translation, "mt:local", "s")


def test_of_several_entries_human_first_then_the_smallest_hash(held: Memory) -> None:
    several = [entry(1, f"t{number}") for number in range(5)]
    smallest = min(several, key=lambda one: one.order)
    for order in itertools.islice(itertools.permutations(several), 20):
        assert best(order)[several[0].key] == smallest
    for one in several:  # in files of their own, some folded
        write(held, one)
        held.fold()
    assert held.lookup([several[0].key]) == {several[0].key: smallest}
    human = entry(1, "said by a person", "human")
    write(held, human)
    assert held.lookup([human.key]) == {human.key: human}
    held.fold()
    assert held.lookup([human.key]) == {human.key: human}
    assert held.stats().entries == {("human", "en", "pt"): 1}


def test_lookup_gives_what_was_asked_for_only(held: Memory) -> None:
    write(held, *map(entry, range(100)))
    held.fold()
    write(held, *map(entry, range(100, 200)))
    wanted = [entry(number).key for number in (5, 150, 999)]
    assert held.lookup(wanted) == {entry(number).key: entry(number) for number in (5, 150)}
    assert held.lookup([]) == {}
    assert Memory(held.path + "-none").lookup(wanted) == {}


def test_shards_divide_and_are_rewritten_only_where_they_change(tmp_path: Path) -> None:
    small = Memory(str(tmp_path), shard_entries=40)
    write(small, *map(entry, range(500)))
    assert small.fold() == 500
    names = {path.name for path in (tmp_path / "shards").iterdir()}
    assert {len(name.partition("-")[0]) for name in names} <= {1, 2}
    assert len(names) >= 16
    assert small.fold() == 0
    write(small, entry(3), entry(500))  # one known, one new
    small.fold()
    after = {path.name for path in (tmp_path / "shards").iterdir()}
    assert len(names - after) <= 1 and len(after - names) <= 2
    assert len(small.lookup([entry(number).key for number in range(501)])) == 501
    assert sum(small.stats().entries.values()) == 501


def test_the_same_entries_give_the_same_shards(tmp_path: Path) -> None:
    names = []
    for name, order in (("a", range(200)), ("b", reversed(range(200)))):
        one = Memory(str(tmp_path / name))
        write(one, *map(entry, order))
        one.fold()
        names.append([path.name for path in (tmp_path / name / "shards").iterdir()])
    assert names[0] == names[1]


def test_a_live_writers_journal_is_left_alone(held: Memory) -> None:
    own = held.journal()
    own.append([entry(1)])
    assert held.fold() == 0
    own.append([entry(2)])
    own.close()
    assert held.fold() == 2
    assert not list(Path(held.path, "journal").iterdir())
    own.append([entry(3)])  # a closed journal opens a new file
    own.close()
    assert len(held.lookup([entry(number).key for number in (1, 2, 3)])) == 3


def test_an_interrupted_fold_loses_nothing(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(50)))
    keys = [entry(number).key for number in range(50)]

    def killed(path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shards, "remove", killed)
        held.fold()
    assert len(held.lookup(keys)) == 50  # in the journal and in a shard
    assert held.fold() == 50
    assert len(held.lookup(keys)) == 50
    assert sum(held.stats().entries.values()) == 50


def test_an_interrupted_division_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Memory(str(tmp_path))
    write(whole, *map(entry, range(100)))
    whole.fold()
    small = Memory(str(tmp_path), shard_entries=20)
    with monkeypatch.context() as patch:
        patch.setattr(shards, "remove", lambda path: None)
        write(small, entry(100))
        small.fold()
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


WRITER = """
import sys
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory
from transforms.write_errors import WriteError
own = Memory(sys.argv[1]).journal()
for number in range(10**6):
    own.append([Entry("en", "pt", f"text {number}", f"texto {number}", "mt:local", "s")])
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_and_its_journal_is_folded(held: Memory) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, held.path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(200):
        process.stdout.readline()
    assert held.fold() == 0  # it lives
    os.kill(process.pid, signal.SIGKILL)
    said = process.stdout.read().split()
    process.wait()
    last = max([199, *(int(line) for line in said if line.isdigit())])
    number = held.fold()
    assert number >= last + 1
    assert len(held.lookup([entry(at).key for at in range(last + 1)])) == last + 1


def test_object_stores_get_small_immutable_objects(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (journal, memory, shards):
        monkeypatch.setattr(module, "is_local", lambda path: False)
    folder = Path(held.path, "journal")
    folder.mkdir(parents=True)
    Path(held.path, "shards").mkdir()
    own = held.journal()
    own.append(map(entry, range(130)))
    assert sorted(path.read_bytes().count(b"\n") for path in folder.iterdir()) == [64, 64]
    assert held.fold() == 128  # nothing is ever appended to them: they may be folded while their writer lives
    monkeypatch.setattr(journal, "OBJECT_SECONDS", 0.0)  # a second has passed
    own.append([entry(130)])
    assert [path.read_bytes().count(b"\n") for path in folder.iterdir()] == [3]
    own.append([entry(131)])
    own.close()
    held.fold()
    assert len(held.lookup([entry(number).key for number in range(132)])) == 132


def test_a_full_disk_is_an_error_and_the_next_line_is_whole(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    own = held.journal()
    own.append([entry(1)])
    real, tries = os.write, iter(range(9))

    def filling(file: int, data: bytes) -> int:
        if next(tries):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data[:20])

    with monkeypatch.context() as patch, pytest.raises(WriteError, match="journal can't be written, the disk is full"):
        patch.setattr(os, "write", filling)
        patch.setattr(os, "ftruncate", filling)  # the torn line stays
        own.append([entry(2)])
    own.append([entry(3)])
    own.close()
    assert {one.text for one in held.lookup([entry(n).key for n in (1, 2, 3)]).values()} == {"text 1", "text 3"}


def test_lookup_lists_again_when_a_shard_vanishes(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(10)))
    held.fold()
    real = shards.read_entries
    calls = 0

    def read(path: str, keys: list[bytes]) -> list[Entry]:
        nonlocal calls
        calls += 1
        if calls == 1:  # between listing and reading, a fold replaces it
            write(held, entry(10))
            held.fold()
        return real(path, keys)

    monkeypatch.setattr(shards, "read_entries", read)
    assert len(held.lookup([entry(number).key for number in range(10)])) == 10
    assert calls == 2


def test_a_journal_that_is_folded_before_it_is_read_is_found_in_the_shards(
    held: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(held, entry(1))
    real = memory.list_files

    def list_late(folder: str, pattern: str) -> list[tuple[str, int]]:
        found = real(folder, pattern)
        if pattern == "*.jsonl" and found:
            monkeypatch.setattr(memory, "list_files", real)
            assert held.fold() == 1
        return found

    monkeypatch.setattr(memory, "list_files", list_late)
    assert held.lookup([entry(1).key]) == {entry(1).key: entry(1)}


def test_lookup_reads_only_the_parts_of_shards_that_hold_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 10)
    small = Memory(str(tmp_path), shard_entries=200)
    write(small, *map(entry, range(1000)))
    small.fold()
    real = pq.ParquetFile.read_row_group
    read: list[list[str] | None] = []

    def read_row_group(file: pq.ParquetFile, group: int, columns: list[str] | None = None) -> pa.Table:
        read.append(columns)
        return real(file, group, columns)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", read_row_group)
    assert small.lookup([entry(5).key]) == {entry(5).key: entry(5)}
    assert read == [["key"], None]
    read.clear()
    assert small.lookup([entry(1000).key]) == {}
    assert read == [["key"]]
    read.clear()
    assert small.lookup([b"\0" * 16, b"\xff" * 16]) == {}
    assert not read  # the statistics say that no row group can hold them


def test_entries_are_one_for_each_key_in_order_and_move_nothing(tmp_path: Path) -> None:
    small = Memory(str(tmp_path), shard_entries=40)
    human = [entry(number, "said by a person", "human") for number in [*range(50), *range(250, 350)]]
    folded = [*human[:50], *map(entry, range(50, 300))]
    waiting = [*human[50:], *map(entry, range(50))]
    write(small, *folded)
    small.fold()
    write(small, *waiting)
    names = sorted(tmp_path.rglob("*.*"))
    assert list(small.entries()) == [one for _, one in sorted(best([*folded, *waiting]).items())]
    assert sorted(tmp_path.rglob("*.*")) == names
    assert list(Memory(str(tmp_path / "none")).entries()) == []


def test_entries_go_on_where_they_were_when_shards_are_replaced(tmp_path: Path) -> None:
    small = Memory(str(tmp_path), shard_entries=40)
    write(small, *map(entry, range(300)))
    small.fold()
    rest = small.entries()
    keys = [next(rest).key]
    write(small, *map(entry, range(300, 600)))
    small.fold()  # none of the shards that were listed is there any more
    keys += [one.key for one in rest]
    assert keys == sorted(set(keys))
    assert set(keys) >= {entry(number).key for number in range(300)}


def test_stats_count_again_when_a_shard_vanishes(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(10)))
    held.fold()
    real = shards.count_entries

    def count(path: str) -> object:
        monkeypatch.setattr(shards, "count_entries", real)
        write(held, entry(10))
        held.fold()
        return real(path)

    monkeypatch.setattr(shards, "count_entries", count)
    found = held.stats()
    assert (found.entries, found.shards, found.journals) == ({("mt:local", "en", "pt"): 11}, 1, 0)


@pytest.mark.parametrize(
    ("reader", "use"),
    [
        ("read_entries", lambda held: held.lookup([entry(1).key])),
        ("count_entries", lambda held: held.stats()),
        ("stream", lambda held: list(held.entries())),
        ("read_table", lambda held: (write(held, entry(2)), held.fold())),
    ],
)
def test_shards_that_vanish_for_ever_are_an_error(
    held: Memory, reader: str, use: Callable[[Memory], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(held, entry(1))
    held.fold()

    def vanish(path: str, *_: object) -> object:
        raise shards.Vanished(path)

    monkeypatch.setattr(shards, reader, vanish)
    with pytest.raises(RuntimeError, match="vanished"):
        use(held)


@pytest.mark.parametrize("local", [True, False])
def test_a_folder_is_a_memory_once_something_was_written(
    held: Memory, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "is_local", lambda path: local)
    assert not held.exists()
    write(held, entry(1))
    assert held.exists()
    monkeypatch.undo()
    held.fold()
    monkeypatch.setattr(memory, "is_local", lambda path: local)
    assert held.exists()


def test_a_shard_of_an_object_store_that_is_gone_has_vanished(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(10)))
    held.fold()
    ((path, _),) = shards.list_files(str(Path(held.path, "shards")), "*.parquet")
    monkeypatch.setattr(shards, "is_local", lambda path: False)
    assert shards.read_entries(path, [entry(1).key]) == [entry(1)]
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no permission"):
        patch.setattr(shards.FileSystems, "open", Mock(side_effect=OSError("no permission")))
        shards.read_entries(path, [entry(1).key])
    shards.remove(path)
    shards.remove(path)  # as another fold may have done before
    with pytest.raises(shards.Vanished):
        shards.read_entries(path, [entry(1).key])


def test_a_journal_that_cannot_be_read_is_an_error(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, entry(1))
    monkeypatch.setattr(memory.FileSystems, "open", Mock(side_effect=OSError("no permission")))
    with pytest.raises(OSError, match="no permission"):
        held.lookup([entry(1).key])
