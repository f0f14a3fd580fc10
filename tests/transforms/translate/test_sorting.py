"""Entries in order of keys: by way of the disk where there are more than fit in memory."""

import tempfile
from pathlib import Path

import pytest
from numbered_entries import entry

from transforms.translate.entries import best, from_table
from transforms.translate.sorting import Sorter
from transforms.write_errors import WriteError


@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 1000])
def test_entries_come_back_in_order_one_for_each_key(number: int, tmp_path: Path) -> None:
    given = [*map(entry, range(number)), *(entry(at, "said by a person", "human") for at in range(0, number, 3))]
    sorter = Sorter(str(tmp_path), 50)
    tables = list(sorter.tables(iter(given)))
    assert [one for table in tables for one in from_table(table)] == [one for _, one in sorted(best(given).items())]
    assert all(table.num_rows <= 50 for table in tables)
    assert sorter.total == len(given)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: open("/dev/full", "wb"))  # noqa: SIM115, PTH123
    with pytest.raises(WriteError, match=f"{tmp_path} can't be written, the disk is full"):
        list(Sorter(str(tmp_path), 2).tables(map(entry, range(5))))
