"""What a source refuses to be given, its signature, and what tells its blocks from others."""

from pathlib import Path
from typing import Any

import pytest
from source_reading import write_rows

from transforms.read.delimited import Tsv
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": {"id": "x"}}, "columns: id can't be given"),
        ({"columns": {"source": "x"}}, "columns: source can't be given"),
        ({"columns": {"instuction": "x"}}, "unknown column 'instuction'; did you mean 'instruction'?"),
        ({"constants": {"history": "x"}}, "constants: history can't be given"),
        ({"columns": {"input": "x"}, "constants": {"input": "y"}}, "input is given in `columns` and in `constants`"),
        ({"conversation": "m", "columns": {"output": "x"}}, "output comes from the conversation"),
        ({"columns": {"group": "x"}, "group_by": ("y",)}, "the group is given"),
        ({"columns": {"meta": "x"}, "keep": ("y",)}, "meta is given"),
        ({"lang": ("a", "b", "c")}, "names 3 languages"),
        ({"group_by": ("",)}, "group_by: an empty name"),
        ({"slice": "100:200"}, r"slice: '100:200' isn't of the form \[from:to\]"),
        ({"slice": "[-5:]"}, "isn't of the form"),
        ({"slice": "[0:10:2]"}, "isn't of the form"),
        ({"slice": "[5:5]"}, "holds no rows"),
    ],
)
def test_what_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Source("s", 0, JsonLines("a"), **fields)


def test_the_signature_holds_what_shapes_examples_and_not_where_they_lie() -> None:
    base = Source("s", 0, Tsv("/a/x.tsv"), columns={"input": "q", "output": "a"})
    same = Source("s", 3, Tsv("/b/y.tsv"), columns={"output": "a", "input": "q"})
    assert base.signature() == same.signature()
    others = [
        Source("t", 0, Tsv("/a/x.tsv"), columns={"input": "q", "output": "a"}),
        Source("s", 0, Tsv("/a/x.tsv"), columns={"input": "q"}),
        Source("s", 0, Tsv("/a/x.tsv", header=("q", "a")), columns={"input": "q", "output": "a"}),
        Source("s", 0, JsonLines("/a/x.tsv"), columns={"input": "q", "output": "a"}),
    ]
    assert len({source.signature() for source in [base, *others]}) == 5


def test_identity_is_of_the_content(tmp_path: Path) -> None:
    first = Source("s", 0, write_rows(tmp_path, {"output": "a"})).blocks()
    (tmp_path / "other").mkdir()
    moved = Source("s", 0, write_rows(tmp_path / "other", {"output": "a"}, name="b.jsonl")).blocks()
    changed = Source("s", 0, write_rows(tmp_path, {"output": "b"})).blocks()
    assert first[0].identity == moved[0].identity
    assert first[0].identity != changed[0].identity
