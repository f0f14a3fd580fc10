"""The fields that a rule looks at: which names are allowed, and the text behind a name."""

from collections.abc import Iterable
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
    return history_text(column) if name == "history" else column


def history_text(history: pa.Array) -> Any:
    """Return the text of lists of turns: what was said, in order, a line each; silent halves of turns are left out."""
    return pa.array(
        ["\n".join(said for turn in turns for said in (turn["user"], turn["assistant"]) if said) for turns in rows]
        if any(rows := history.to_pylist())
        else [""] * len(rows),
        pa.string(),
    )
