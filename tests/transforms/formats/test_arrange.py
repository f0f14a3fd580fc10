import json
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import CONTENT, make_batch
from transforms.formats.arrange import FORMS, OPTIONAL, Form, arrange, json_lines
from transforms.formats.wrapper import alpaca

ALPACA = json.loads((Path(__file__).parents[2] / "golden" / "alpaca.json").read_text("utf-8"))

PLAIN = {"output": "Once upon a time."}
ASKED = {"instruction": "Add.", "output": "3"}
GIVEN = {"instruction": "Add.", "input": "1 {input} 2", "output": " 3\n"}
RAW = {"input": "Olá", "output": "Hello"}
WHOLE = {"instruction": "Answer in Greek.\n\n### Instruction:\nAdd.\n\n### Response:", "output": "3"}
"""MathOctopus' prompt, in short: a trainer puts no other prompt around it."""

SPACED = {"instruction": "Answer.\n\n### Instruction:\nAdd.\n\n### Response: ", "output": "3"}
"""As Chinese-LLaMA-Alpaca's prompt ends."""

TIGHT = {"instruction": "Answer.\n### Instruction:\nAdd.\n### Response:", "output": "3"}
"""Single line ends, as MindMerger's prompt has them."""

QUOTED = {"instruction": "What comes after ### Response:", "output": "3"}

CHAT = {
    "system": "Be brief.",
    "history": [{"user": "Hi", "assistant": "Hello"}],
    "instruction": "Add.",
    "input": "1 2",
    "output": "3",
}


SINGLE_TURNS = ("prompt_completion", "prompt_chosen", "parrot", "text")


def batch_of(*rows: dict[str, Any]) -> pa.RecordBatch:
    return make_batch(
        len(rows), {name: [row.get(name, [] if name == "history" else "") for row in rows] for name in CONTENT}
    )


def no_input(instruction: str) -> str:
    return str(ALPACA["prompt_no_input"]).replace("{instruction}", instruction)


def with_input(instruction: str, text: str) -> str:
    return str(ALPACA["prompt_input"]).replace("{instruction}", instruction).replace("{input}", text, 1)


@pytest.mark.parametrize(
    ("form", "example", "expected"),
    [
        ("alpaca", ASKED, {"instruction": "Add.", "input": "", "output": "3"}),
        ("alpaca", GIVEN, {"instruction": "Add.", "input": "1 {input} 2", "output": " 3\n"}),
        ("alpaca", RAW, {"instruction": "", "input": "Olá", "output": "Hello"}),
        ("alpaca", PLAIN, {"instruction": "", "input": "", "output": "Once upon a time."}),
        (
            "alpaca",
            CHAT,
            {"instruction": "Add.", "input": "1 2", "output": "3", "system": "Be brief.", "history": [["Hi", "Hello"]]},
        ),
        (
            "messages",
            GIVEN,
            {"messages": [{"role": "user", "content": "Add.\n1 {input} 2"}, {"role": "assistant", "content": " 3\n"}]},
        ),
        (
            "messages",
            RAW,
            {"messages": [{"role": "user", "content": "Olá"}, {"role": "assistant", "content": "Hello"}]},
        ),
        (
            "messages",
            CHAT,
            {
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Hello"},
                    {"role": "user", "content": "Add.\n1 2"},
                    {"role": "assistant", "content": "3"},
                ]
            },
        ),
        ("sharegpt", ASKED, {"conversations": [{"from": "human", "value": "Add."}, {"from": "gpt", "value": "3"}]}),
        (
            "sharegpt",
            CHAT,
            {
                "conversations": [
                    {"from": "human", "value": "Hi"},
                    {"from": "gpt", "value": "Hello"},
                    {"from": "human", "value": "Add.\n1 2"},
                    {"from": "gpt", "value": "3"},
                ],
                "system": "Be brief.",
            },
        ),
        ("prompt_completion", ASKED, {"prompt": no_input("Add."), "completion": "3"}),
        ("prompt_completion", GIVEN, {"prompt": with_input("Add.", "1 {input} 2"), "completion": " 3\n"}),
        ("prompt_completion", RAW, {"prompt": no_input("Olá"), "completion": "Hello"}),
        ("prompt_completion", WHOLE, {"prompt": WHOLE["instruction"], "completion": "3"}),
        ("prompt_chosen", WHOLE, {"prompt": WHOLE["instruction"], "chosen": "3"}),
        ("prompt_chosen", GIVEN, {"prompt": with_input("Add.", "1 {input} 2"), "chosen": " 3\n"}),
        ("prompt_completion", SPACED, {"prompt": SPACED["instruction"], "completion": "3"}),
        ("prompt_completion", TIGHT, {"prompt": TIGHT["instruction"], "completion": "3"}),
        ("prompt_completion", QUOTED, {"prompt": no_input(QUOTED["instruction"]), "completion": "3"}),
        ("text", WHOLE, {"text": WHOLE["instruction"] + "3"}),
        ("parrot", WHOLE, {"text": "3</s>", "prefix": WHOLE["instruction"]}),
        ("parrot", ASKED, {"text": "3</s>", "prefix": no_input("Add.")}),
        ("parrot", GIVEN, {"text": " 3\n</s>", "prefix": with_input("Add.", "1 {input} 2")}),
        ("text", PLAIN, PLAIN | {"text": "Once upon a time."}),
        ("text", ASKED, {"text": no_input("Add.") + "3"}),
        ("text", GIVEN, {"text": with_input("Add.", "1 {input} 2") + " 3\n"}),
    ],
)
def test_forms(form: Form, example: dict[str, Any], expected: dict[str, Any]) -> None:
    expected = {"text": expected["text"]} if form == "text" else expected
    arranged = arrange(batch_of(example), form)
    assert [list(row.items()) for row in arranged.rows] == [list(expected.items())]
    assert arranged.unexpressed == {}


@pytest.mark.parametrize(
    ("example", "reasons"),
    [
        (ASKED | {"output": " \n"}, dict.fromkeys(FORMS, "no_output")),
        (
            PLAIN | {"instruction": " "},
            dict.fromkeys(("messages", "sharegpt", "prompt_completion", "prompt_chosen", "parrot"), "no_request"),
        ),
        (CHAT, dict.fromkeys(SINGLE_TURNS, "no_place")),
        (ASKED | {"system": "Be brief."}, dict.fromkeys(SINGLE_TURNS, "no_place")),
        (ASKED | {"system": " "}, {}),
        (ASKED | {"history": [{"user": "", "assistant": "a"}]}, dict.fromkeys(FORMS, "blank_turn")),
        (ASKED | {"history": [{"user": "a", "assistant": "\t"}]}, dict.fromkeys(FORMS, "blank_turn")),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_what_a_form_cannot_hold_is_left_out_and_told(
    form: Form, example: dict[str, Any], reasons: dict[str, str]
) -> None:
    arranged = arrange(batch_of(ASKED, example, ASKED, example), form)
    assert arranged.unexpressed == ({reasons[form]: [1, 3]} if form in reasons else {})
    assert len(arranged.rows) == (2 if form in reasons else 4)


@pytest.mark.parametrize(("form", "used"), [("alpaca", {"system", "history"}), ("sharegpt", {"system"})])
def test_all_rows_of_a_file_can_have_the_same_keys(form: Form, used: set[str]) -> None:
    batch = batch_of(CHAT, ASKED)
    rows = arrange(batch, form, keys=used).rows
    assert list(rows[0]) == list(rows[1])
    assert rows[1]["system"] == ""
    assert rows[1].get("history", []) == []


def test_wrappers_are_byte_exact() -> None:
    for name, pattern in vars(alpaca()).items():
        assert pattern.fill({"instruction": "{instruction}", "input": "{input}"}) == ALPACA[name]


def test_an_unknown_form() -> None:
    with pytest.raises(ValueError, match="no arrangement 'chatml': there are alpaca, messages"):
        arrange(batch_of(ASKED), "chatml")  # type: ignore[arg-type]


def test_json_lines_are_utf8_in_the_order_of_the_keys() -> None:
    rows = [{"b": "é\n\u2028", "a": []}, {"b": "", "a": [["x", "y"]]}]
    assert json_lines(rows) == '{"b":"é\\n\u2028","a":[]}\n{"b":"","a":[["x","y"]]}\n'.encode()
    assert json_lines([]) == b""


SAID = st.sampled_from(["", " ", "a", "b\n", "{input}"])
EXAMPLE = st.fixed_dictionaries(
    dict.fromkeys(("system", "instruction", "input", "output"), SAID)
    | {"history": st.lists(st.fixed_dictionaries({"user": SAID, "assistant": SAID}), max_size=2)}
)


@given(st.lists(EXAMPLE, max_size=6), st.sampled_from(FORMS), st.booleans())
def test_what_trainers_ask_for(examples: list[dict[str, Any]], form: Form, alike: bool) -> None:
    batch = batch_of(*examples)
    keys = OPTIONAL.get(form, ()) if alike else ()
    arranged = arrange(batch, form, keys=keys)
    left_out = [at for numbers in arranged.unexpressed.values() for at in numbers]
    kept = [example for at, example in enumerate(examples) if at not in left_out]
    assert len(kept) == len(arranged.rows) == len(examples) - len(left_out)
    assert [orjson.loads(line) for line in json_lines(arranged.rows).splitlines()] == arranged.rows
    if alike:
        assert len({tuple(row) for row in arranged.rows}) <= 1
    for example, row in zip(kept, arranged.rows, strict=True):
        _check(form, example, row)


def _check(form: Form, example: dict[str, Any], row: dict[str, Any]) -> None:
    """The rules of LLaMA-Factory, TRL, torchtune and LLM Foundry."""
    if form == "alpaca":  # LLaMA-Factory: `input` in every row; history as pairs
        assert list(row)[:3] == ["instruction", "input", "output"]
        assert set(row) <= {"instruction", "input", "output", *OPTIONAL["alpaca"]}
        assert all(len(turn) == 2 and all(turn) for turn in row.get("history", []))
        assert (row["instruction"], row["input"], row["output"]) == (
            example["instruction"], example["input"], example["output"],
        )  # fmt: skip
    elif form == "messages":  # system first only; users and assistants alternate; the last is the assistant's
        roles = [message["role"] for message in row["messages"]]
        assert roles[0] == ("system" if example["system"].strip() else "user")
        turns = roles[roles[0] == "system" :]
        assert turns == ["user", "assistant"] * (len(example["history"]) + 1)
        assert all(message["content"].strip() for message in row["messages"])
    elif form == "sharegpt":  # LLaMA-Factory: alternate, even in number
        assert [turn["from"] for turn in row["conversations"]] == ["human", "gpt"] * (len(example["history"]) + 1)
        assert all(turn["value"].strip() for turn in row["conversations"])
    elif form == "prompt_completion":  # TRL, LLM Foundry: two strings, neither empty, nothing else
        assert set(row) == {"prompt", "completion"}
        assert row["prompt"].endswith("### Response:")
        assert row["completion"] == example["output"]
    elif form == "prompt_chosen":  # MathOctopus' raw_datasets.py: " " + prompt + " " + chosen
        assert list(row) == ["prompt", "chosen"]
        assert row["prompt"].endswith("### Response:")
        assert row["chosen"] == example["output"]
    elif form == "parrot":  # convert_alpaca_to_hf.py: the answer with the end of the sequence, then the prompt
        assert list(row) == ["text", "prefix"]
        assert row["prefix"].endswith("### Response:")
        assert row["text"] == example["output"] + "</s>"
    else:
        assert set(row) == {"text"}
        assert row["text"].endswith(example["output"])
