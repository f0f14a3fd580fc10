"""What a translation memory gives back: by key, all in order, and while folds move it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from numbered_entries import entry, write

from transforms.translate import memory, shards
from transforms.translate.entries import Entry, best
from transforms.translate.memory import Memory


def test_lookup_gives_what_was_asked_for_only(held: Memory) -> None:
    write(held, *map(entry, range(100)))
    held.fold()
    write(held, *map(entry, range(100, 200)))
    wanted = [entry(number).key for number in (5, 150, 999)]
    assert held.lookup(wanted) == {entry(number).key: entry(number) for number in (5, 150)}
    assert held.lookup([]) == {}
    assert Memory(held.path + "-none").lookup(wanted) == {}


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
