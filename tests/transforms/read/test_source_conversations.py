"""Conversations in OpenAI's and ShareGPT's form, and what is neither."""

from pathlib import Path
from typing import Any

import pytest
from source_reading import Result, read, write_rows


def read_messages(folder: Path, *messages: Any, **fields: Any) -> Result:
    return read(write_rows(folder, *({"m": {"list": one}} for one in messages)), conversation="m.list", **fields)


def test_both_forms_are_recognised_in_each_row(tmp_path: Path) -> None:
    openai = [{"role": role, "content": f"{role} {n}"} for n in (1, 2) for role in ("user", "assistant")]
    sharegpt = [{"from": "system", "value": "S"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    mixed = [
        {"role": None, "content": None, "from": "human", "value": "x", "weight": 0},
        {"from": "gpt", "value": ""},
    ]
    parts = [
        {"role": "developer", "content": [{"type": "text", "text": "D"}]},
        {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "input_text", "text": "two"}]},
        {"role": "model", "content": [{"type": "text", "text": "b", "image_url": None}]},
    ]
    result = read_messages(tmp_path, openai, sharegpt, mixed, parts)
    assert result.rejects == []
    assert result.column("history") == [[{"user": "user 1", "assistant": "assistant 1"}], [], [], []]
    assert result.column("instruction") == ["user 2", "q", "x", "one\ntwo"]
    assert result.column("output") == ["assistant 2", "a", "", "b"]
    assert result.column("system") == ["", "S", "", "D"]
    assert result.column("input") == [""] * 4


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
        ([{"role": "user", "content": []}], "message 1 has no text in `content`"),
        ([{"role": "user", "content": [{"type": "text", "text": None}]}], "message 1 has a part in `content` without"),
        (
            [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}]}],
            "message 1 has a part in `content` that isn't text: 'image_url'",
        ),
        ([{"role": "user", "content": ["a"]}], "message 1 has a part in `content` that isn't text: 'a'"),
        ([{"role": "user", "content": "a"}, {"role": "assistant", "content": None}], "message 2 has no text"),
        ([{"role": "tool", "content": "a"}], "message 1 has the role 'tool'"),
        ([{"role": ["user"], "content": "a"}], "message 1 has the role"),
    ],
)
def test_anything_else_is_a_reject_that_says_what(tmp_path: Path, messages: Any, what: str) -> None:
    good = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    result = read_messages(tmp_path, good, messages)
    assert result.column("output") == ["a"]
    assert result.reasons() == ["conversation"]
    assert result.details()[0].startswith("a.jsonl:2: 'm.list': ")
    assert what in result.details()[0]


def test_a_mapped_system_fills_where_the_messages_have_none(tmp_path: Path) -> None:
    pair = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]
    reader = write_rows(
        tmp_path,
        {"m": pair, "sys": "outer", "output": "unused"},
        {"m": [{"from": "system", "value": "inner"}, *pair], "sys": "outer"},
        {"n": 1, "sys": ""},
    )
    result = read(reader, conversation="m", columns={"system": "sys"})
    assert result.column("system") == ["outer", "inner"]
    assert result.column("output") == ["a", "a"]
    assert result.reasons() == ["missing_column"]
