import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import Result, read

from transforms.example import example_id, group_id
from transforms.read import block
from transforms.read.delimited import Tsv
from transforms.read.files import SourceError
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source


def rows(folder: Path, *values: Any, name: str = "a.jsonl") -> JsonLines:
    path = folder / name
    path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    return JsonLines(str(path))


def one(folder: Path, row: Any, **fields: Any) -> dict[str, Any]:
    result = read(rows(folder, row), **fields)
    assert result.rejects == []
    return result.rows[0]


NESTED = {"a": {"b": {"c": "deep"}}, "list": [{"text": "first"}, "second"], "a.b": "dotted", "n": None, "q": "?"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("q", "?"),
        ("a.b.c", "deep"),
        ("list.0.text", "first"),
        ("list.1", "second"),
        ("a.b", "dotted"),
        ("n", ""),
        ("n.below.null", ""),
    ],
)
def test_paths_reach_into_nested_values(tmp_path: Path, path: str, text: str) -> None:
    assert one(tmp_path, NESTED, columns={"instruction": path})["instruction"] == text


@pytest.mark.parametrize("path", ["zz", "a.zz", "list.2", "list.-1", "list.x", "q.x", "list.²"])
def test_what_a_row_lacks_is_rejected(tmp_path: Path, path: str) -> None:
    result = read(rows(tmp_path, NESTED, {"zz": "a"}), columns={"instruction": path, "output": ""})
    assert result.reasons()[0] == "missing_column"
    assert result.details()[0] == f"a.jsonl:1: there is no {path!r} for instruction"
    assert json.loads(result.raw()[0]) == NESTED
    assert result.rejects[0]["id"] == example_id("s", orjson.dumps(NESTED, option=orjson.OPT_SORT_KEYS))


def test_columns_that_are_not_named_come_from_their_own_names(tmp_path: Path) -> None:
    row = {"instruction": "i", "input": "n", "response": "r", "system": "s"}
    found = one(tmp_path, row, columns={"output": "response"})
    assert (found["instruction"], found["input"], found["output"], found["system"]) == ("i", "n", "r", "s")
    # A raw column that was put elsewhere isn't used twice.
    found = one(tmp_path, row, columns={"output": "response", "instruction": "input"})
    assert (found["instruction"], found["input"], found["output"]) == ("n", "", "r")
    found = one(tmp_path, row, columns={"system": "", "output": "response"})
    assert found["system"] == ""


def test_constants_and_declarations_fill_whole_columns(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        {"output": "x", "l": "sw"},
        lang=("es", "en"),
        columns={"output_lang": "l"},
        constants={"instruction": "Say it.", "license": "mit"},
        task="text",
        license="other",
        origin="human",
    )
    assert found["instruction"] == "Say it."
    assert (found["input_lang"], found["output_lang"]) == ("es", "sw")
    assert (found["task"], found["license"], found["origin"]) == ("text", "mit", "human")
    assert (found["template"], found["scores"], found["meta"], found["history"]) == ("", [], "{}", [])


def test_history_scores_and_meta_can_be_mapped(tmp_path: Path) -> None:
    row = {
        "h": [["u1", "a1"], {"user": "u2", "assistant": "a2"}],
        "s": {"z": 1, "b": 0.123456},
        "m": {"y": 1, "x": "é"},
    }
    found = one(tmp_path, {**row, "output": "o"}, columns={"history": "h", "scores": "s", "meta": "m"})
    assert found["history"] == [{"user": "u1", "assistant": "a1"}, {"user": "u2", "assistant": "a2"}]
    assert found["scores"] == [{"name": "b", "value": 0.1235}, {"name": "z", "value": 1.0}]
    assert found["meta"] == '{"x":"é","y":1}'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("history", "text"),
        ("history", [["a", "b", "c"]]),
        ("history", [["a", 1]]),
        ("history", [{"user": "a"}]),
        ("scores", [1]),
        ("scores", {"a": "high"}),
        ("scores", {"a": True}),
        ("meta", "text"),
        ("license", ["mit"]),
    ],
)
def test_values_of_another_type_are_rejected(tmp_path: Path, name: str, value: Any) -> None:
    result = read(rows(tmp_path, {"output": "o", "v": value}), columns={name: "v"})
    assert result.rows == []
    assert result.reasons() == ["wrong_type"]


def test_kept_columns_are_json_with_sorted_keys(tmp_path: Path) -> None:
    row = {"output": "o", "z": 1, "a": {"k": [1, None], "b": "é"}, "n": None}
    assert one(tmp_path, row, keep=("z", "a", "n"))["meta"] == '{"a":{"b":"é","k":[1,null]},"n":null,"z":1}'
    assert one(tmp_path, row, keep=("a.k",))["meta"] == '{"a.k":[1,null]}'


class TestGroups:
    def groups(self, folder: Path, *values: Any, **fields: Any) -> list[str]:
        return read(rows(folder, *values), **fields).column("group")

    def test_the_default_is_the_whole_row(self, tmp_path: Path) -> None:
        same, other, x = self.groups(
            tmp_path,
            {"input": "Ａ  b", "output": "ß"},
            {"output": "SS", "input": " a\nB "},
            {"input": "a b", "output": "s"},
        )
        assert same == other == group_id(["a b", "ss"])
        assert x != same

    def test_names_and_sources_do_not_count(self, tmp_path: Path) -> None:
        first = self.groups(tmp_path, {"input": "x", "output": "Y"}, group_by=("output",), name="one")
        second = self.groups(tmp_path, {"instruction": "y", "output": "1"}, group_by=("instruction",), name="two")
        third = self.groups(
            tmp_path, {"q": "y", "a": "1"}, columns={"instruction": "q", "output": "a"}, group_by=("q",)
        )
        fourth = self.groups(tmp_path, {"q": "y", "output": "1"}, columns={"group": "q"})
        assert first == second == third == fourth

    def test_the_order_of_group_by_does_not_count(self, tmp_path: Path) -> None:
        row = {"input": "x", "output": "y", "k": 3}
        assert self.groups(tmp_path, row, group_by=("k", "input")) == self.groups(
            tmp_path, row, group_by=("input", "k")
        )
        assert self.groups(tmp_path, row, group_by=("k", "input")) == [group_id(["x", "3"])]

    def test_a_mapped_column_wins_over_a_raw_one(self, tmp_path: Path) -> None:
        row = {"answer": "mapped", "output": "raw", "q": "q"}
        (group,) = self.groups(tmp_path, row, columns={"output": "answer", "instruction": "q"}, group_by=("output",))
        assert group == group_id(["mapped"])

    @pytest.mark.parametrize("size", [1, 1000])
    def test_rows_without_it_are_rejected_whatever_the_batch(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        monkeypatch.setattr(block, "BLOCK_BYTES", size)
        values = [{"output": "a", "input": "x"}, {"output": "b"}, {"output": "c", "input": None}]
        result = read(rows(tmp_path, *values), group_by=("input",))
        assert result.column("output") == ["a", "c"]
        assert result.reasons() == ["missing_column"]

    def test_a_constant_is_one_group(self, tmp_path: Path) -> None:
        groups = self.groups(tmp_path, {"output": "a"}, {"output": "b"}, constants={"input": "x"}, group_by=("input",))
        assert len(set(groups)) == 1


class TestConversations:
    def read(self, folder: Path, *messages: Any, **fields: Any) -> Result:
        return read(rows(folder, *({"m": {"list": one}} for one in messages)), conversation="m.list", **fields)

    def test_both_forms_are_recognised_in_each_row(self, tmp_path: Path) -> None:
        openai = [{"role": role, "content": f"{role} {n}"} for n in (1, 2) for role in ("user", "assistant")]
        sharegpt = [{"from": "system", "value": "S"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
        mixed = [
            {"role": None, "content": None, "from": "human", "value": "x", "weight": 0},
            {"from": "gpt", "value": ""},
        ]
        result = self.read(tmp_path, openai, sharegpt, mixed)
        assert result.rejects == []
        assert result.column("history") == [[{"user": "user 1", "assistant": "assistant 1"}], [], []]
        assert result.column("instruction") == ["user 2", "q", "x"]
        assert result.column("output") == ["assistant 2", "a", ""]
        assert result.column("system") == ["", "S", ""]
        assert result.column("input") == ["", "", ""]

    @pytest.mark.parametrize(
        ("messages", "what"),
        [
            ([], "no messages"),
            ("hello", "not a list of messages"),
            (None, "not a list of messages"),
            (["a", "b"], "message 1 isn't an object"),
            ([{"text": "a"}], "message 1 has neither `role` nor `from`"),
            ([{"role": "user", "content": "a"}], "the last message is the user's"),
            ([{"role": "system", "content": "a"}], "nothing after the system message"),
            (
                [{"from": "gpt", "value": "a"}, {"from": "human", "value": "b"}],
                "message 1 is the assistant's where the",
            ),
            (
                [{"role": "system", "content": "s"}] + [{"role": "user", "content": "a"}] * 2,
                "message 3 is the user's where the assistant's",
            ),
            (
                [
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": "b"},
                    {"role": "system", "content": ""},
                ],
                "message 3 is the system's",
            ),
            ([{"role": "user", "content": [{"type": "text", "text": "a"}]}], "message 1 has no text in `content`"),
            ([{"role": "user", "content": "a"}, {"role": "assistant", "content": None}], "message 2 has no text"),
            ([{"role": "tool", "content": "a"}], "message 1 has the role 'tool'"),
            ([{"role": ["user"], "content": "a"}], "message 1 has the role"),
        ],
    )
    def test_anything_else_is_a_reject_that_says_what(self, tmp_path: Path, messages: Any, what: str) -> None:
        good = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
        result = self.read(tmp_path, good, messages)
        assert result.column("output") == ["a"]
        assert result.reasons() == ["conversation"]
        assert result.details()[0].startswith("a.jsonl:2: 'm.list': ")
        assert what in result.details()[0]

    def test_a_mapped_system_fills_where_the_messages_have_none(self, tmp_path: Path) -> None:
        pair = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
        reader = rows(
            tmp_path,
            {"m": pair, "sys": "outer", "output": "unused"},
            {"m": [{"from": "system", "value": "inner"}, *pair], "sys": "outer"},
            {"n": 1, "sys": ""},
        )
        result = read(reader, conversation="m", columns={"system": "sys"})
        assert result.column("system") == ["outer", "inner"]
        assert result.column("output") == ["a", "a"]
        assert result.reasons() == ["missing_column"]


class TestRanges:
    def numbers(self, folder: Path, limit: int | None = None, **fields: Any) -> list[int]:
        for name, part in (("b", range(10, 20)), ("a", range(10)), ("c", range(20, 23))):
            rows(folder, *({"output": str(number)} for number in part), name=f"{name}.jsonl")
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
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        size: int,
        slice_: str,
        limit: int | None,
        expected: range,
    ) -> None:
        monkeypatch.setattr(block, "BLOCK_BYTES", size)
        assert self.numbers(tmp_path, limit, slice=slice_) == list(expected)

    def test_a_slice_beyond_the_end_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match=r"source 's': the slice \[23:\] begins after its 23 rows"):
            self.numbers(tmp_path, slice="[23:]")

    def test_bad_rows_count_too(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jsonl"
        path.write_bytes(b'{"output": "1"}\nbad\n\n{"output": "2"}\n')
        result = read(JsonLines(str(path)), 2)
        assert (result.column("output"), result.reasons()) == (["1"], ["malformed"])

    def test_blocks_that_are_taken_whole_keep_their_identity(self, tmp_path: Path) -> None:
        self.numbers(tmp_path)
        source = Source("s", 0, JsonLines(str(tmp_path / "*.jsonl")))
        whole = source.blocks(None)
        limited = source.blocks(12)
        assert limited[0] == whole[0]
        assert limited[1].identity != whole[1].identity
        assert limited[1].rows == (0, 2)
        assert source.blocks(20) == whole[:2]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": {"id": "x"}}, "columns: id can't be given"),
        ({"columns": {"source": "x"}}, "columns: source can't be given"),
        ({"columns": {"instuction": "x"}}, "there is no column 'instuction'; did you mean 'instruction'?"),
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
    first = Source("s", 0, rows(tmp_path, {"output": "a"})).blocks()
    (tmp_path / "other").mkdir()
    moved = Source("s", 0, rows(tmp_path / "other", {"output": "a"}, name="b.jsonl")).blocks()
    changed = Source("s", 0, rows(tmp_path, {"output": "b"})).blocks()
    assert first[0].identity == moved[0].identity
    assert first[0].identity != changed[0].identity


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(0, 20), st.integers(1, 20), st.integers(1, 90))
def test_any_range_takes_what_a_list_would(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], start: int, length: int, size: int
) -> None:
    folder = tmp_path_factory.mktemp("ranges")
    total = 0
    for at, count in enumerate(counts):
        rows(folder, *({"output": str(total + n)} for n in range(count)), name=f"{at}.jsonl")
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
