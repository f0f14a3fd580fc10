import csv
import gzip
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import Result, read

from transforms.read import block
from transforms.read.delimited import Csv, Tsv
from transforms.read.files import SourceError
from transforms.read.json_lines import JsonLines

QA = {"columns": {"instruction": "q", "output": "a"}}


def texts(result: Result) -> list[tuple[str, str]]:
    return list(zip(result.column("instruction"), result.column("output"), strict=True))


def write(folder: Path, data: bytes, name: str = "a.csv") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"q,a\n1,2\n", [("1", "2")]),
        (b"\xef\xbb\xbfq,a\r\n1,2\r\n3,4", [("1", "2"), ("3", "4")]),
        (b'"q","a"\n"x, y","say ""hi"""\n', [("x, y", 'say "hi"')]),
        (b'q,a\n"two\nlines\r\n\n","3"\n4,5\n', [("two\nlines\r\n\n", "3"), ("4", "5")]),
        (b"\n\nq,a\n\n1,2\n\n\n3,4\n", [("1", "2"), ("3", "4")]),
        ("q,a\n\u2028x\x85,é\x0c\n".encode(), [("\u2028x\x85", "é\x0c")]),
        (b'a,q\n,""\n', [("", "")]),
        (b"q,a\n 1 , 2 \n", [(" 1 ", " 2 ")]),
        (b"q,a\n1\x00,2\n", [("1\x00", "2")]),
        (b",q,a,,\n0,1,2,,\n", [("1", "2")]),
    ],
)
def test_csv(tmp_path: Path, data: bytes, expected: list[tuple[str, str]]) -> None:
    result = read(Csv(write(tmp_path, data)), **QA)
    assert texts(result) == expected
    assert result.rejects == []


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        (b"1,2,3", "malformed", "a.csv:3: 3 cells where there are 2 columns"),
        (b"1", "malformed", "a.csv:3: 1 cells where there are 2 columns"),
        (b'"a"b,2', "malformed", "a.csv:3: ',' expected after '\"'"),
        (b"caf\xe9,2", "encoding", "a.csv:3: byte 0xe9 at 3 isn't UTF-8"),
        (b'"x\ncaf\xe9",2', "encoding", "a.csv:3: byte 0xe9 at 6 isn't UTF-8"),
        (b"1\r2,3", "malformed", "a.csv:3: a carriage return that no line feed follows"),
        (b'"' + b"x" * 300 + b'",2', "too_large", "a.csv:3: a line of 304 bytes"),
        (b'"x\n' + b"x" * 300 + b'\ny",2', "too_large", "a.csv:3: a line of 300 bytes"),
        (b'"' + b"x\n" * 200 + b'",2', "too_large", "a.csv:3: a row of "),
    ],
)
def test_bad_rows_of_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: bytes, reason: str, detail: str) -> None:
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 200)
    result = read(Csv(write(tmp_path, b"q,a\ngood,1\n" + row + b"\nlast,2\n")), **QA)
    assert texts(result) == [("good", "1"), ("last", "2")]
    assert result.reasons() == [reason]
    assert result.details()[0].startswith(detail)


def test_columns_without_a_name_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path, b",q,a,\n0,1,2,3\n")
    (row,) = [row for block in Csv(path).blocks() for rows in Csv(path).read(block) for row in rows.items]
    assert row == {"column_1": "0", "q": "1", "a": "2", "column_4": "3"}
    with pytest.raises(SourceError, match="has the column 'column_1' twice"):
        Csv(write(tmp_path, b",column_1\n0,1\n")).blocks()


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    result = read(Csv(write(tmp_path, b'q,a\n1,2\n"open,3\n4,5\n')), **QA)
    assert texts(result) == [("1", "2")]
    (detail,) = result.details()
    assert detail.startswith(
        "a.csv:3: a quote is opened and never closed, so that all up to the file's end (2 lines) is"
    )
    assert result.raw() == ['"open,3\n4,5']


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            "q,a\r\n1,2\r\n".encode("utf-16"),
            "a.csv: its header can't be read: .* isn't UTF-8; UTF-16 begins so",
        ),
        (b"q,a\r1,2\r3,4\r", "a.csv: its header can't be read: a carriage return that no line feed follows"),
        ("q,a\n1,2\n".encode("utf-16"), "a.csv: its header can't be read: .* isn't UTF-8; UTF-16 begins so"),
    ],
)
def test_a_header_that_cannot_be_read_is_told(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read(Csv(write(tmp_path, data)), **QA)


def test_cells_longer_than_the_csv_modules_limit(tmp_path: Path) -> None:
    result = read(Csv(write(tmp_path, b"q,a\n" + b"x" * 200_000 + b",2\n")), **QA)
    assert len(result.rows[0]["instruction"]) == 200_000


@pytest.mark.parametrize(
    ("fields", "data", "expected"),
    [
        ({"header": ("q", "a")}, b"1,2\n3,4\n", [("1", "2"), ("3", "4")]),
        ({"delimiter": ";"}, b"q;a\n1,5;2\n", [("1,5", "2")]),
        ({"quoting": False}, b'q,a\n"1,2"\n', [('"1', '2"')]),
    ],
)
def test_parameters(tmp_path: Path, fields: dict[str, Any], data: bytes, expected: list[tuple[str, str]]) -> None:
    assert texts(read(Csv(write(tmp_path, data), **fields), **QA)) == expected


@pytest.mark.parametrize("quoting", [True, False])
def test_without_a_header_columns_are_numbered(tmp_path: Path, quoting: bool) -> None:
    reader = Csv(write(tmp_path, b"1,2\n3\n"), header=False, quoting=quoting)
    result = read(reader, columns={"instruction": "column_1", "output": "column_2"})
    assert texts(result) == [("1", "2")]
    assert result.reasons() == ["missing_column"]


@pytest.mark.parametrize("size", [1, 9, 1 << 20])
def test_tsv_takes_quotes_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    data = b"\n\xef\xbb\xbfx"[:1] + b'q\ta\r\n"Hi," she said\t1\n5\'6"\t\n\t\nno tab\n\na\tb\tc\n\xe9\t1\n x \ty'
    result = read(Tsv(write(tmp_path, data, "a.tsv")), **QA)
    assert texts(result) == [('"Hi," she said', "1"), ("5'6\"", ""), ("", ""), (" x ", "y")]
    assert result.details() == [
        "a.tsv:6: 1 cells where there are 2 columns",
        "a.tsv:8: 3 cells where there are 2 columns",
        "a.tsv:9: byte 0xe9 at 0 isn't UTF-8",
    ]


@pytest.mark.parametrize("kind", [Csv, Tsv])
def test_each_file_has_its_own_header(tmp_path: Path, kind: type[Csv] | type[Tsv]) -> None:
    tab = kind("x").delimiter.encode()
    write(tmp_path, b"q%ba\n1%b2\n" % (tab, tab), "1.x")
    (tmp_path / "2.x.gz").write_bytes(gzip.compress(b"a%bq\n2%b1\n" % (tab, tab)))
    result = read(kind(str(tmp_path / "*")), **QA)
    assert texts(result) == [("1", "2"), ("1", "2")]
    assert result.rows[0]["id"] == result.rows[1]["id"]


@pytest.mark.parametrize("kind", [Csv, Tsv])
@pytest.mark.parametrize("data", [b"q,q\n1,2\n", b"q\tq\n1\t2\n"])
def test_two_columns_of_one_name_are_an_error(tmp_path: Path, kind: type[Csv] | type[Tsv], data: bytes) -> None:
    delimiter = "," if b"," in data else "\t"
    with pytest.raises(SourceError, match=r"source 's': a.csv: its header has the column 'q' twice"):
        read(kind(write(tmp_path, data), delimiter=delimiter))


@pytest.mark.parametrize("data", [b"q,a\n", b"q,a", b"\n\n"])
@pytest.mark.parametrize("kind", [Csv, Tsv])
def test_a_header_alone_is_an_empty_source(tmp_path: Path, data: bytes, kind: type[Csv] | type[Tsv]) -> None:
    with pytest.raises(SourceError, match="no rows"):
        read(kind(write(tmp_path, data)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"delimiter": ""}, "delimiter: ''"), ({"delimiter": ",,"}, "delimiter"), ({"header": ("a", "a")}, "'a' twice")],
)
def test_parameters_that_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Csv("x", **fields)


CELL = st.lists(st.sampled_from(["a", '"', ",", "\n", "\r\n", "\r", "é", " ", "\u2028", "\x85", "'"]), max_size=6).map(
    "".join
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12))
def test_what_the_csv_module_writes_is_read_back_and_equals_json_lines(rows: list[tuple[str, str]]) -> None:
    import json

    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["q", "a"])
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as name:
        table = read(Csv(write(Path(name), target.getvalue().encode())), **QA)
        lines = "".join(json.dumps({"a": a, "q": q}) + "\n" for q, a in rows)
        objects = read(JsonLines(write(Path(name), lines.encode())), **QA)
    assert texts(table) == rows
    assert table.rows == objects.rows
