import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import Result, read

from transforms.read import block
from transforms.read.aligned_lines import Lines
from transforms.read.files import SourceError
from transforms.read.source import Source


def pair(folder: Path, first: bytes, second: bytes, ends: str = "") -> Lines:
    for name, data in (("x", first), ("y", second)):
        (folder / f"{name}{ends}").write_bytes(gzip.compress(data) if ends == ".gz" else data)
    return Lines((str(folder / f"x{ends}"), str(folder / f"y{ends}")))


def texts(result: Result) -> list[tuple[str, str]]:
    return list(zip(result.column("input"), result.column("output"), strict=True))


@pytest.mark.parametrize("ends", ["", ".gz"])
@pytest.mark.parametrize("size", [1, 8, 1 << 20])
def test_only_newlines_end_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, ends: str) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    first = ["a\u2028b", " two  spaces \t", "", "c\x85\x0c\x0b\x1c", "mid\rdle", "last"]
    second = ["1", "", "3", "4\x00", "5", ""]
    data = "\n".join(first).encode(), ("\r\n".join(second) + "\n").encode()
    result = read(pair(tmp_path, *data, ends))
    assert texts(result) == list(zip(first, second, strict=True))
    assert result.rejects == []


@pytest.mark.parametrize("ends", ["", ".gz"])
@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (b"a\nb\n", b"a\nb\nc\n", "2 lines and y{} has 3"),
        (b"a\nb\n", b"a\n", "2 lines and y{} has 1"),
        (b"a\n\n", b"a\n", "2 lines and y{} has 1"),
        (b"a\n" * 12345, b"", "12,345 lines and y{} has 0"),
    ],
)
def test_unequal_lengths_are_an_error_that_names_both(
    tmp_path: Path, ends: str, first: bytes, second: bytes, counts: str
) -> None:
    with pytest.raises(SourceError, match=f"x{ends} has {counts.format(ends)}"):
        read(pair(tmp_path, first, second, ends))


def test_empty_files_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no rows"):
        read(pair(tmp_path, b"", b""))


@pytest.mark.parametrize("size", [4, 1 << 20])
def test_a_bad_line_takes_its_partner_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 40)
    result = read(pair(tmp_path, b"a\ncaf\xe9\nc\nd\n", b"1\n2\n" + b"3" * 50 + b"\n4\n"))
    assert texts(result) == [("a", "1"), ("d", "4")]
    assert result.reasons() == ["encoding", "too_large"]
    assert [detail.split(": ")[:2] for detail in result.details()] == [["x and y:2", "input"], ["x and y:3", "output"]]
    assert result.raw() == ["caf\ufffd\t2", "c\t" + "3" * 50]


def test_several_files_are_paired_in_name_order(tmp_path: Path) -> None:
    for name in ("1.es", "2.es", "1.en", "2.en"):
        (tmp_path / name).write_text(f"{name}\n")
    assert texts(read(Lines((f"{tmp_path}/*.es", f"{tmp_path}/*.en")))) == [("1.es", "1.en"), ("2.es", "2.en")]
    both = (f"{tmp_path}/1.en", f"{tmp_path}/2.en")
    assert texts(read(Lines((f"{tmp_path}/*.es", both)))) == [("1.es", "1.en"), ("2.es", "2.en")]
    with pytest.raises(SourceError, match=r"2 and 1 files: 1\.es, 2\.es and 1\.en"):
        read(Lines((f"{tmp_path}/*.es", f"{tmp_path}/1.en")))


@pytest.mark.parametrize("path", [("a",), ("a", "b", "c"), "ab"])
def test_there_are_two_sides(path: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="lines takes two files"):
        Lines(path)


def test_files_that_change_after_they_were_counted_are_an_error(tmp_path: Path) -> None:
    source = Source("s", 0, pair(tmp_path, b"a\nb\n", b"1\n2\n"))
    blocks = source.blocks()
    (tmp_path / "y").write_bytes(b"1\n")
    with pytest.raises(SourceError, match=r"source 's': .*y has changed since the run began"):
        list(source.read(blocks[0], "stream"))


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert texts(read(pair(tmp_path, b"\xef\xbb\xbfa\n", b"b\n"))) == [("a", "b")]


TEXT = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=40), st.integers(1, 200), st.sampled_from(["\n", "\r\n"]))
def test_blocks_keep_lines_aligned(rows: list[tuple[str, str]], size: int, ends: str) -> None:
    rows = [(first.removeprefix("\ufeff"), second.removeprefix("\ufeff")) for first, second in rows]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "BLOCK_BYTES", size)
        sides = ["".join(row[at] + ends for row in rows).encode() for at in range(2)]
        result = read(pair(Path(folder), *sides))
        limited = read(pair(Path(folder), *sides), limit=max(1, len(rows) // 2))
    assert texts(result) == rows
    assert texts(limited) == rows[: max(1, len(rows) // 2)]
