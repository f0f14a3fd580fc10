"""Columns of examples from paths into rows, from constants and from what is declared."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from source_reading import read, read_one, write_rows

from transforms.example import example_id

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
    assert read_one(tmp_path, NESTED, columns={"instruction": path})["instruction"] == text


@pytest.mark.parametrize("path", ["zz", "a.zz", "list.2", "list.-1", "list.x", "q.x", "list.²"])
def test_what_a_row_lacks_is_rejected(tmp_path: Path, path: str) -> None:
    result = read(write_rows(tmp_path, NESTED, {"zz": "a"}), columns={"instruction": path, "output": ""})
    assert result.reasons()[0] == "missing_column"
    assert result.details()[0] == f"a.jsonl:1: there is no {path!r} for instruction"
    assert json.loads(result.raw()[0]) == NESTED
    assert result.rejects[0]["id"] == example_id("s", orjson.dumps(NESTED, option=orjson.OPT_SORT_KEYS))


def test_columns_that_are_not_named_come_from_their_own_names(tmp_path: Path) -> None:
    row = {"instruction": "i", "input": "n", "response": "r", "system": "s"}
    found = read_one(tmp_path, row, columns={"output": "response"})
    assert (found["instruction"], found["input"], found["output"], found["system"]) == ("i", "n", "r", "s")
    # A raw column that was put elsewhere isn't used twice.
    found = read_one(tmp_path, row, columns={"output": "response", "instruction": "input"})
    assert (found["instruction"], found["input"], found["output"]) == ("n", "", "r")
    found = read_one(tmp_path, row, columns={"system": "", "output": "response"})
    assert found["system"] == ""


ABOUT = {"input_lang": "de", "output_lang": "fr", "origin": "human", "template": "t", "license": "mit"}


@pytest.mark.parametrize(
    ("declared", "changed"),
    [
        ({}, {}),
        ({"lang": "en"}, {"input_lang": "en", "output_lang": "en"}),
        ({"lang": ("en", "sw"), "license": "bsd", "origin": "mt:x"}, {"input_lang": "en", "output_lang": "sw"}),
        ({"columns": {"output": "a", "input_lang": ""}, "constants": {"template": "u"}}, {"input_lang": ""}),
        ({"conversation": "chat"}, {}),
    ],
)
def test_what_a_row_tells_of_itself_is_read_unless_the_recipe_tells_it(
    tmp_path: Path, declared: dict[str, Any], changed: dict[str, str]
) -> None:
    chat = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    raw = {**ABOUT, "a": "A", "chat": chat, "task": "text", "group": "g", "scores": [1], "meta": "m"}
    found = read_one(tmp_path, raw, **declared)
    told = {**ABOUT, **changed, **{name: declared[name] for name in ("license", "origin") if name in declared}}
    assert {name: found[name] for name in ABOUT} == {**told, **declared.get("constants", {})}
    assert (found["task"], found["scores"], found["meta"]) == ("instruction", [], "{}")


def test_constants_and_declarations_fill_whole_columns(tmp_path: Path) -> None:
    found = read_one(
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
    found = read_one(tmp_path, {**row, "output": "o"}, columns={"history": "h", "scores": "s", "meta": "m"})
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
    result = read(write_rows(tmp_path, {"output": "o", "v": value}), columns={name: "v"})
    assert result.rows == []
    assert result.reasons() == ["wrong_type"]


def test_kept_columns_are_json_with_sorted_keys(tmp_path: Path) -> None:
    row = {"output": "o", "z": 1, "a": {"k": [1, None], "b": "é"}, "n": None}
    assert read_one(tmp_path, row, keep=("z", "a", "n"))["meta"] == '{"a":{"b":"é","k":[1,null]},"n":null,"z":1}'
    assert read_one(tmp_path, row, keep=("a.k",))["meta"] == '{"a.k":[1,null]}'
