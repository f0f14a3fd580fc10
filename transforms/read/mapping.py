"""From raw rows to the columns of the schema."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from transforms.example import EMPTY
from transforms.read.block import Row
from transforms.read.conversation import NotConversationError, parse
from transforms.read.values import ABSENT, WrongTypeError, as_text, canonical_value, column

Columns = dict[str, list[Any]]

IN_CONVERSATION = ("history", "instruction", "output")
"""The columns that a conversation always gives; it may give `system` too."""

Objections = dict[int, tuple[str, str]]
"""Rows that can't become examples, by number: the reason, and what is wrong. The first that is found counts."""


def map_column(rows: Sequence[Row], name: str, path: str, required: bool, objections: Objections) -> list[Any]:
    """Return a column of the schema, taken from each row's value at the path.

    Objects with `missing_column` to rows that lack a required one (others are empty there), with `wrong_type` or
    `encoding` to those whose value can't become the column's.
    """
    values = column(rows, path)
    convert: Callable[[Any], Any] = CONVERT.get(name, as_text)
    if name not in CONVERT and set(map(type, values)) == {str}:
        return values
    blank = EMPTY.get(name, "")
    found = []
    for at, value in enumerate(values):
        if value is ABSENT:
            found.append(blank)
            if required:
                objections.setdefault(at, ("missing_column", f"there is no {path!r} for {name}"))
            continue
        try:
            found.append(convert(value))
        except WrongTypeError as error:
            found.append(blank)
            objections.setdefault(at, (error.reason, f"{path!r} is {error}"))
    return found


def map_conversation(rows: Sequence[Row], path: str, objections: Objections) -> Columns:
    """Return `system`, `history`, `instruction` and `output` of the lists of messages at the path.

    Objects to rows that lack it with `missing_column`, to those that hold something else with `conversation`.
    """
    columns: Columns = {"system": [], "history": [], "instruction": [], "output": []}
    for at, messages in enumerate(column(rows, path)):
        system, history, instruction, output = "", [], "", ""
        if messages is ABSENT:
            objections.setdefault(at, ("missing_column", f"there is no {path!r} for the conversation"))
        else:
            try:
                found = parse(messages)
            except NotConversationError as error:
                objections.setdefault(at, ("conversation", f"{path!r}: {error}"))
            else:
                system, instruction, output = found.system, found.instruction, found.output
                history = [{"user": user, "assistant": assistant} for user, assistant in found.history]
        for name, value in zip(columns, (system, history, instruction, output), strict=True):
            columns[name].append(value)
    return columns


def as_history(value: Any) -> list[dict[str, str]]:
    """Return earlier turns, from objects with `user` and `assistant` or from pairs of strings."""
    if value is None or value == "":
        return []
    if not isinstance(value, list | tuple):
        raise WrongTypeError("no list of earlier turns")
    turns = []
    for turn in value:
        pair = (turn.get("user"), turn.get("assistant")) if isinstance(turn, dict) else turn
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)):
            raise WrongTypeError("no list of turns that hold `user` and `assistant`")
        turns.append({"user": pair[0], "assistant": pair[1]})
    return turns


def as_scores(value: Any) -> list[dict[str, Any]]:
    """Return scores sorted by name, from an object of numbers or from objects with `name` and `value`."""
    if isinstance(value, list | tuple) and all(isinstance(score, dict) for score in value):
        value = {score.get("name"): score.get("value") for score in value}
    if not isinstance(value, dict):
        raise WrongTypeError("no object of numbers")
    for name, number in value.items():
        if not isinstance(name, str) or isinstance(number, bool) or not isinstance(number, int | float):
            raise WrongTypeError("no object of numbers")
    return [{"name": name, "value": round(float(value[name]), 4)} for name in sorted(value)]


def as_meta(value: Any) -> str:
    """Return an object as JSON with sorted keys."""
    if value is None:
        return "{}"
    if not isinstance(value, dict):
        raise WrongTypeError("no object")
    return canonical_value(value).decode()


CONVERT: Mapping[str, Callable[[Any], Any]] = {"history": as_history, "scores": as_scores, "meta": as_meta}
"""How the columns that aren't text are made."""
