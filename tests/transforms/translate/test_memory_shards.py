"""Shards of a translation memory: how they divide, and how little of them is read."""

from pathlib import Path
from unittest.mock import Mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numbered_entries import entry, write

from transforms.files import list_files
from transforms.translate import shards
from transforms.translate.entries import to_table
from transforms.translate.memory import Memory


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


def test_entries_are_gone_through_from_any_key_on(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "ROW_GROUP", 10)
    write(held, *map(entry, range(30)))
    held.fold()
    ((path, _),) = list_files(str(Path(held.path, "shards")), "*.parquet")
    whole = list(shards.stream(path))
    for at in (0, 4, 9, 10, 29):
        assert list(shards.stream(path, whole[at].key)) == whole[at + 1 :]


@pytest.mark.parametrize("digits", [1, 2])
def test_rows_are_divided_by_the_digits_of_their_keys(digits: int) -> None:
    table = shards.settled([to_table([*map(entry, range(60))])])
    for rows in (table, table.slice(5, 40), to_table([])):
        divided = [(prefix, key) for prefix, part in shards.divide(rows, digits) for key in part["key"].to_pylist()]
        assert divided == [(key.hex()[:digits], key) for key in rows["key"].to_pylist()]


def test_shards_that_may_share_keys_are_gone_through_together() -> None:
    groups = [["m/a-1", "m/a-2", "m/ab-1"], ["m/b-1"], ["m/c0-1"], ["m/c1-1"]]
    assert list(shards.overlapping(["m/c1-1", "m/b-1", "m/a-1", "m/ab-1", "m/c0-1", "m/a-2"])) == groups


def test_a_shard_of_an_object_store_that_is_gone_has_vanished(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, *map(entry, range(10)))
    held.fold()
    ((path, _),) = list_files(str(Path(held.path, "shards")), "*.parquet")
    monkeypatch.setattr(shards, "is_local", lambda path: False)
    assert shards.read_entries(path, [entry(1).key]) == [entry(1)]
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no permission"):
        patch.setattr(shards.FileSystems, "open", Mock(side_effect=OSError("no permission")))
        shards.read_entries(path, [entry(1).key])
    Path(path).unlink()
    with pytest.raises(shards.Vanished):
        shards.read_entries(path, [entry(1).key])


@pytest.mark.parametrize("share", [number / 23 for number in range(23)])
def test_damage_anywhere_is_told_and_nothing_wrong_is_read(held: Memory, share: float) -> None:
    write(held, *map(entry, range(1000)))
    held.fold()
    keys = [entry(number).key for number in range(1000)]
    ((path, size),) = list_files(str(Path(held.path, "shards")), "*.parquet")
    data = bytearray(Path(path).read_bytes())
    at = 4 + int(share * (size - 12))
    data[at : at + 8] = bytes(byte ^ 0xA5 for byte in data[at : at + 8])
    Path(path).write_bytes(data)
    for use in (lambda: list(held.lookup(keys).values()), lambda: list(held.entries())):
        try:
            found = use()
        except shards.DamagedShardError as error:
            assert str(error).startswith(f"{path} is damaged (")
        else:  # what was hit isn't read
            assert sorted(one.key for one in found) == sorted(keys)
            assert all(one == entry(int(one.text.split()[1])) for one in found)


@pytest.mark.parametrize("name", ["copy.parquet", "a-1.parquet"])
def test_what_somebody_else_put_there_is_told(held: Memory, name: str) -> None:
    write(held, entry(1))
    held.fold()
    pq.write_table(pa.table({"number": [1]}), Path(held.path, "shards", name))
    for use in (lambda: held.lookup([b"\xaa" * 16]), held.stats, lambda: list(held.entries())):
        with pytest.raises(shards.DamagedShardError, match=f"{name} is .*move it away"):
            use()
