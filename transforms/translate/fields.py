"""The texts of an example's fields, with the column that has each one's language, and back again."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from transforms.example import TURN, TURN_LANGUAGES, language_column


class Said(NamedTuple):
    """A text, and the column that has its language."""

    text: str
    side: str


def texts_of(name: str, value: Any) -> list[Said]:
    """Return the texts of a field: itself, or both of each turn of a history. They may be empty."""
    if isinstance(value, str):
        return [Said(value, language_column(name))]
    return [Said(turn[who], side) for turn in value for who, side in TURN_LANGUAGES.items()]


def shaped(value: Any, texts: Sequence[str]) -> Any:
    """Return other texts in the form that a field has."""
    if isinstance(value, str):
        return texts[0]
    sides = len(TURN.names)
    return [dict(zip(TURN.names, texts[at : at + sides], strict=True)) for at in range(0, len(texts), sides)]
