"""Groups of examples: of the whole row, or of the columns that `group_by` names."""

from pathlib import Path
from typing import Any

import pytest
from source_reading import read, write_rows

from transforms.example import group_id
from transforms.read import block


def groups(folder: Path, *values: Any, **fields: Any) -> list[str]:
    return read(write_rows(folder, *values), **fields).column("group")


def test_the_default_is_the_whole_row(tmp_path: Path) -> None:
    same, other, x = groups(
        tmp_path,
        {"input": "Ａ  b", "output": "ß"},
        {"output": "SS", "input": " a\nB "},
        {"input": "a b", "output": "s"},
    )
    assert same == other == group_id(["a b", "ss"])
    assert x != same


def test_names_and_sources_do_not_count(tmp_path: Path) -> None:
    first = groups(tmp_path, {"input": "x", "output": "Y"}, group_by=("output",), name="one")
    second = groups(tmp_path, {"instruction": "y", "output": "1"}, group_by=("instruction",), name="two")
    third = groups(tmp_path, {"q": "y", "a": "1"}, columns={"instruction": "q", "output": "a"}, group_by=("q",))
    fourth = groups(tmp_path, {"q": "y", "output": "1"}, columns={"group": "q"})
    assert first == second == third == fourth


def test_the_order_of_group_by_does_not_count(tmp_path: Path) -> None:
    row = {"input": "x", "output": "y", "k": 3}
    assert groups(tmp_path, row, group_by=("k", "input")) == groups(tmp_path, row, group_by=("input", "k"))
    assert groups(tmp_path, row, group_by=("k", "input")) == [group_id(["x", "3"])]


def test_a_mapped_column_wins_over_a_raw_one(tmp_path: Path) -> None:
    row = {"answer": "mapped", "output": "raw", "q": "q"}
    (group,) = groups(tmp_path, row, columns={"output": "answer", "instruction": "q"}, group_by=("output",))
    assert group == group_id(["mapped"])


@pytest.mark.parametrize("size", [1, 1000])
def test_rows_without_a_named_column_are_rejected_whatever_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    values = [{"output": "a", "input": "x"}, {"output": "b"}, {"output": "c", "input": None}]
    result = read(write_rows(tmp_path, *values), group_by=("input",))
    assert result.column("output") == ["a", "c"]
    assert result.reasons() == ["missing_column"]


def test_a_constant_is_one_group(tmp_path: Path) -> None:
    found = groups(tmp_path, {"output": "a"}, {"output": "b"}, constants={"input": "x"}, group_by=("input",))
    assert len(set(found)) == 1
