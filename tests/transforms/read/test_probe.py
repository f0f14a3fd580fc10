import gzip
import lzma
from pathlib import Path
from typing import Any

import pytest
import zstandard

from transforms.read.delimited import Csv
from transforms.read.files import SourceError
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source

LINE = b'{"question": "q", "answer": {"text": "a", "score": 1}, "output": "o"}\n'


def probe(folder: Path, data: bytes, **fields: Any) -> list[str]:
    path = folder / "a.jsonl"
    path.write_bytes(data)
    return Source("gsm", 0, JsonLines(str(path)), **fields).probe()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"columns": {"instruction": "qestion"}},
            "columns: instruction: .* 3 rows has 'qestion'; did you mean 'question'",
        ),
        ({"columns": {"instruction": "Question"}}, "did you mean 'question'"),
        ({"columns": {"instruction": "answer.txt"}}, "did you mean 'answer.text'"),
        ({"columns": {"instruction": "zzz"}}, "its columns are: question, answer, answer.text, answer.score, output"),
        ({"conversation": "messages"}, "conversation: none .* has 'messages'"),
        ({"group_by": ("answr",)}, "group_by: .*did you mean 'answer'"),
        ({"group_by": ("input",)}, "group_by: none of the first 3 rows has 'input'"),
        ({"keep": ("scor",)}, "keep: "),
        (
            {"columns": {"output": ""}},
            "nothing becomes instruction, input or output; map some of its columns: question, ",
        ),
        ({"columns": {"output": ""}, "constants": {"instruction": "x"}}, "nothing becomes"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceError, match=r"source 'gsm': .*" + message):
        probe(tmp_path, LINE * 3, **fields)


def test_a_null_has_no_column_that_others_lack(tmp_path: Path) -> None:
    null = b'{"answer": null}\n'
    with pytest.raises(SourceError, match=r"none of the first 2 rows has 'answer.txt'; did you mean 'answer.text'"):
        probe(tmp_path, LINE + null, columns={"instruction": "answer.txt"})
    probe(tmp_path, null + LINE, columns={"instruction": "answer.text"})
    probe(tmp_path, null, columns={"instruction": "answer.text"})
    probe(tmp_path, b'{"answer": {"text": null}}\n{"answer": {}}\n', columns={"instruction": "answer.text"})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"columns": {"instruction": "question", "output": "answer.text"}},
        {"group_by": ("output",)},
        {"group_by": ("instruction",), "columns": {"instruction": "question"}},
        {"group_by": ("input",), "constants": {"input": "x"}},
        {"conversation": "question"},
        {"keep": ("answer.score",)},
    ],
)
def test_what_is_there_passes(tmp_path: Path, fields: dict[str, Any]) -> None:
    probe(tmp_path, b"bad\n" + LINE + b"{}\n", **fields)


def test_a_column_may_begin_after_a_while_but_not_after_the_first_rows(tmp_path: Path) -> None:
    late = b'{"output": "a"}\n' * 999 + b'{"input": "x"}\n'
    probe(tmp_path, late, columns={"input": "input"})
    with pytest.raises(SourceError, match="none of the first 1,000 rows"):
        probe(tmp_path, b'{"output": "a"}\n' + late, columns={"input": "input"})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"source 'gsm': there are no rows in it \(/.*/a.jsonl\)"),
        (b"\n \n\r\n", r"source 'gsm': there are no rows in it \(a.jsonl\)"),
        (b"\xef\xbb\xbf", "there are no rows in it"),
        (b"<html>\n" * 5, "none of its first 5 rows can be read; the first: a.jsonl:1: "),
        ('{"output": "a"}\n'.encode("utf-16"), "isn't UTF-8; UTF-16 begins so"),
        (gzip.compress(b"{}", mtime=0), "compressed data begins so: its file's name must end in .gz"),
        (lzma.compress(b"{}"), "compressed data begins so: its file's name must end in .xz"),
        (zstandard.compress(b"{}"), "compressed data begins so: its file's name must end in .zst"),
        (b'[{"output": "a"}]', "a.jsonl:1: not a JSON object; a file that is one array is read by `json`"),
        (b'[\n {"output": "a"},\n', r"a.jsonl:1: .*; a file that is one array is read by `json`"),
    ],
)
def test_sources_without_rows_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        probe(tmp_path, data)


@pytest.mark.parametrize("columns", [{"instruction": "question"}, {}], ids=str)
def test_a_table_with_another_delimiter(tmp_path: Path, columns: dict[str, str]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("question;output\n1;2\n")
    with pytest.raises(SourceError, match=r"its only column is 'question;output': is its delimiter another\?"):
        Source("gsm", 0, Csv(str(path)), columns=columns).probe()


@pytest.mark.parametrize(
    ("fields", "doubted"),
    [
        ({}, {"instruction": "Instruction", "input": " input"}),
        ({"columns": {"instruction": "Instruction"}}, {"input": " input"}),
        ({"columns": {"system": "Instruction", "input": ""}}, {}),
        ({"keep": ("Instruction",), "constants": {"input": "x"}}, {}),
    ],
)
def test_columns_that_nearly_bear_a_name_of_the_schema_are_told(
    tmp_path: Path, fields: dict[str, Any], doubted: dict[str, str]
) -> None:
    data = b'{"Instruction": "q", " input": "i", "OUTPUT": "no", "output": "a"}\n{"output": "b"}\n'
    assert probe(tmp_path, data, **fields) == [
        f"source 'gsm': its column {column!r} isn't taken for {name}; "
        f"columns: {{{name}: {column!r}}} takes it, {{{name}: ''}} says that it isn't meant"
        for name, column in doubted.items()
    ]
