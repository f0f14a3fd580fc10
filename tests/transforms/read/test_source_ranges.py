"""Slices and limits: which rows of a source's files are read."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import read, write_rows

from transforms.read import block
from transforms.read.files import SourceError
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source


def numbers(folder: Path, limit: int | None = None, **fields: Any) -> list[int]:
    for name, part in (("b", range(10, 20)), ("a", range(10)), ("c", range(20, 23))):
        write_rows(folder, *({"output": str(number)} for number in part), name=f"{name}.jsonl")
    return [int(text) for text in read(JsonLines(str(folder / "*.jsonl")), limit, **fields).column("output")]


@pytest.mark.parametrize("size", [16, 40, 1 << 20])
@pytest.mark.parametrize(
    ("slice_", "limit", "expected"),
    [
        ("", None, range(23)),
        ("", 1, range(1)),
        ("", 10, range(10)),
        ("", 11, range(11)),
        ("", 100, range(23)),
        ("[5:15]", None, range(5, 15)),
        ("[5:15]", 7, range(5, 12)),
        ("[:3]", None, range(3)),
        ("[20:]", None, range(20, 23)),
        ("[22:]", 5, range(22, 23)),
        ("[ 10 : 20 ]", None, range(10, 20)),
        ("[21:99]", None, range(21, 23)),
    ],
)
def test_rows_are_counted_over_files_in_name_order(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    slice_: str,
    limit: int | None,
    expected: range,
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    assert numbers(tmp_path, limit, slice=slice_) == list(expected)


def test_a_slice_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"source 's': the slice \[23:\] begins after its 23 rows"):
        numbers(tmp_path, slice="[23:]")


def test_bad_rows_count_too(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"output": "1"}\nbad\n\n{"output": "2"}\n')
    result = read(JsonLines(str(path)), 2)
    assert (result.column("output"), result.reasons()) == (["1"], ["malformed"])


def test_blocks_that_are_taken_whole_keep_their_identity(tmp_path: Path) -> None:
    numbers(tmp_path)
    source = Source("s", 0, JsonLines(str(tmp_path / "*.jsonl")))
    whole = source.blocks(None)
    limited = source.blocks(12)
    assert limited[0] == whole[0]
    assert limited[1].identity != whole[1].identity
    assert limited[1].rows == (0, 2)
    assert source.blocks(20) == whole[:2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(0, 20), st.integers(1, 20), st.integers(1, 90))
def test_any_range_takes_what_a_list_would(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], start: int, length: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("ranges")
    total = 0
    for at, count in enumerate(counts):
        write_rows(folder, *({"output": str(total + n)} for n in range(count)), name=f"{at}.jsonl")
        total += count
    expected = [str(number) for number in range(total)][start : start + length]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "BLOCK_BYTES", size)
        reader = JsonLines(str(folder / "*.jsonl"))
        if expected:
            assert read(reader, slice=f"[{start}:{start + length}]").column("output") == expected
            assert read(reader, length, slice=f"[{start}:]").column("output") == expected
        else:
            with pytest.raises(SourceError):
                read(reader, slice=f"[{start}:{start + length}]")


@pytest.mark.parametrize(("size", "expected"), [(0, 8), (8 << 10, 8), (20 << 10, 20), (32 << 10, 32), (1 << 30, 32)])
def test_blocks_of_a_large_source_are_larger(size: int, expected: int) -> None:
    assert block.block_bytes(size << 20) == expected << 20


def test_the_size_of_blocks_is_that_of_all_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", 8)
    for name in "abc":
        write_rows(tmp_path, *({"output": "1"} for _ in range(1000)), name=f"{name}.jsonl")
    assert max(one.size for one in JsonLines(str(tmp_path / "*.jsonl")).blocks()) == 32
