"""The fields that a rule looks at: which names are allowed, and the text behind a name."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from transforms.example import CONTENT

LAST_TURN = ("instruction", "input", "output")
"""The fields that a rule looks at where the recipe names none."""


def check_fields(fields: Iterable[str]) -> None:
    """Raise ValueError for a name that isn't one of the content columns."""
    for name in fields:
        if name not in CONTENT:
            raise ValueError(f"fields: {name!r} is not a content column; these are {', '.join(CONTENT)}")


def content_text(batch: pa.RecordBatch, name: str) -> Any:
    """Return a content column as an Arrow array of strings; `history` as `history_text` has it."""
    column = batch.column(name)
    return history_text(column.to_pylist()) if name == "history" else column


def history_text(rows: Iterable[Iterable[Mapping[str, str]]]) -> Any:
    """Return the text of each row's turns, as an Arrow array: what was said, in order, separated by line ends."""
    return pa.array(
        ["\n".join(said for turn in turns for said in (turn["user"], turn["assistant"]) if said) for turns in rows],
        pa.string(),
    )
