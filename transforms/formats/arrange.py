"""Arranges examples as trainers read them: what `write: jsonl: {format: ...}` puts on each line.

Each row is a pure function of one example. A form that has no place for something that an example holds leaves the
example out and says so: nothing is cut off, and no row is written that a trainer would drop or choke on.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import orjson
import pyarrow as pa

from transforms.example import CONTENT
from transforms.formats.wrapper import alpaca

Form = Literal["alpaca", "messages", "sharegpt", "prompt_completion", "prompt_chosen", "text", "parrot"]
FORMS: tuple[Form, ...] = get_args(Form)

OPTIONAL: Mapping[Form, tuple[str, ...]] = {"alpaca": ("system", "history"), "sharegpt": ("system",)}
"""The keys that only those rows have that use them, or all rows if they are told to."""


@dataclass(frozen=True)
class Arranged:
    """What a batch became.

    Attributes:
      rows: a mapping for each example that the form can express, keys in a fixed order.
      unexpressed: by reason, the numbers of the batch's rows that were left out.
    """

    rows: list[dict[str, Any]]
    unexpressed: Mapping[str, list[int]]


class _Example(NamedTuple):
    system: str
    history: list[dict[str, str]]
    instruction: str
    input: str
    output: str


def arrange(batch: pa.RecordBatch, form: Form, keys: Collection[str] = ()) -> Arranged:
    r"""Arrange a batch of examples for a trainer.

    * alpaca: `instruction`, `input`, `output`; `system` and `history` (pairs of strings) as LLaMA-Factory has them.
    * messages: `messages`, each with `role` and `content`: the system's if any, then user and assistant in turn.
    * sharegpt: `conversations`, each with `from` (human, gpt) and `value`; `system`.
    * prompt_completion: `prompt`, Alpaca's wrapper around the last turn's request, and `completion`, the output. A
      request that is a whole prompt (`mathoctopus.prompt`) stays as it is.
    * prompt_chosen: `prompt`, the same, and `chosen`, the output: what MathOctopus' trainer (DeepSpeed-Chat's) reads,
      which itself puts a space before each of them (microsoft/MathOctopus@7382b69, utils/data/raw_datasets.py).
    * parrot: `text`, the output and LLaMA's end of a sequence (`</s>`), and `prefix`, the same prompt, which bears no
      loss: what ParroT's trainer reads (wxjiao/ParroT@64ec4c2, scripts/convert_alpaca_to_hf.py).
    * text: `text`, which is prompt and completion in one, or plain text as it is.

    In messages and sharegpt, instruction and input are joined by one newline, as LLaMA-Factory joins Alpaca's: so the
    same example gives the same prompt in each form. Text of white space alone counts as none.

    Examples are left out for these reasons: `no_output`; `no_request`, where there is nothing but an output, except in
    alpaca and text; `blank_turn` in the history; `no_place` for system text or history in prompt_completion,
    prompt_chosen, parrot and text.

    Args:
      batch: reads system, history, instruction, input and output.
      form: one of FORMS, or ValueError.
      keys: those of the form's optional keys that every row is to have. `datasets` takes a file's columns from its
        first 10 MB and refuses others after, so name those that any row of a file uses.
    """
    if form not in FORMS:
        raise ValueError(f"no arrangement {form!r}: there are {', '.join(FORMS)}")
    shape, optional = _SHAPES[form], OPTIONAL.get(form, ())
    rows: list[dict[str, Any]] = []
    unexpressed: dict[str, list[int]] = {}
    columns = (batch.column(name).to_pylist() for name in CONTENT)
    for at, values in enumerate(zip(*columns, strict=True)):
        example = _Example(*values)
        if reason := _objection(example, form):
            unexpressed.setdefault(reason, []).append(at)
            continue
        row = shape(example)
        if "system" in optional and ("system" in keys or example.system.strip()):
            row["system"] = example.system
        if "history" in optional and ("history" in keys or example.history):
            row["history"] = [[turn["user"], turn["assistant"]] for turn in example.history]
        rows.append(row)
    return Arranged(rows, unexpressed)


def json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the rows as JSON lines in UTF-8, each row's keys in their own order."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _objection(example: _Example, form: Form) -> str | None:
    """Return why the form can't express the example."""
    if not example.output.strip():
        return "no_output"
    if form not in ("alpaca", "text") and not _request(example):
        return "no_request"
    if not all(turn["user"].strip() and turn["assistant"].strip() for turn in example.history):
        return "blank_turn"
    if form in ("prompt_completion", "prompt_chosen", "parrot", "text") and (example.system.strip() or example.history):
        return "no_place"
    return None


def _request(example: _Example) -> str:
    return "\n".join(part for part in (example.instruction, example.input) if part.strip())


def _turns(example: _Example) -> list[tuple[str, str]]:
    """Return who says what, user and assistant in turn."""
    said = [(who, turn[who]) for turn in example.history for who in ("user", "assistant")]
    return [*said, ("user", _request(example)), ("assistant", example.output)]


def _alpaca(example: _Example) -> dict[str, Any]:
    return {"instruction": example.instruction, "input": example.input, "output": example.output}


def _messages(example: _Example) -> dict[str, Any]:
    said = [("system", example.system)] if example.system.strip() else []
    return {"messages": [{"role": role, "content": content} for role, content in said + _turns(example)]}


def _sharegpt(example: _Example) -> dict[str, Any]:
    names = {"user": "human", "assistant": "gpt"}
    return {"conversations": [{"from": names[who], "value": value} for who, value in _turns(example)]}


def _prompt(example: _Example) -> str:
    return alpaca().prompt(example.instruction, example.input)


def _prompt_completion(example: _Example) -> dict[str, Any]:
    return {"prompt": _prompt(example), "completion": example.output}


def _prompt_chosen(example: _Example) -> dict[str, Any]:
    return {"prompt": _prompt(example), "chosen": example.output}


def _parrot(example: _Example) -> dict[str, Any]:
    return {"text": f"{example.output}</s>", "prefix": _prompt(example)}


def _text(example: _Example) -> dict[str, Any]:
    prompt = _prompt(example) if _request(example) else ""
    return {"text": prompt + example.output}


_SHAPES: Mapping[Form, Callable[[_Example], dict[str, Any]]] = {
    "alpaca": _alpaca,
    "messages": _messages,
    "sharegpt": _sharegpt,
    "prompt_completion": _prompt_completion,
    "prompt_chosen": _prompt_chosen,
    "text": _text,
    "parrot": _parrot,
}
