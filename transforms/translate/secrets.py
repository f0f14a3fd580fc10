"""API keys: named in recipes, resolved where they are used, and redacted from whatever might repeat them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from transforms.translate.engines import Answer, EngineError

SHORTEST = 4
"""So many characters of a key in a row are redacted from messages."""

SECRET = 16
"""Keys of so many characters are secrets, and no words."""


def resolve_key(name: str) -> str:
    """Return the key that `env:NAME` or `file:PATH` names; EngineError, without a value, where there is none."""
    kind, _, where = name.partition(":")
    if kind == "env":
        key = os.environ.get(where, "").strip()
        if not key:
            raise EngineError(f"the API key {name} isn't there: set the environment variable where the work is done")
    else:
        try:
            key = Path(where).read_text("utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            raise EngineError(f"the API key {name} can't be read where the work is done") from None
        if not key:
            raise EngineError(f"the API key {name} is an empty file")
    if not all("!" <= character <= "~" for character in key):
        raise EngineError(f"the API key {name} can't be one: it must be one line of ASCII without spaces")
    return key


def without_keys(answers: Sequence[Answer], keys: Sequence[str]) -> list[Answer]:
    """Return answers with `***` for each key: a service that says it again doesn't bring it into an output.

    A word such as `none` or `EMPTY`, which servers without keys are given, is no secret, and may be said.
    """
    found = list(answers)
    for key in keys:
        if len(key) >= SECRET:
            found = [replace(one, text=one.text.replace(key, "***")) if key in one.text else one for one in found]
    return found


def redacted(text: str, keys: Sequence[str]) -> str:
    """Return a text with `***` for every stretch of SHORTEST characters or more that a key has too."""
    hidden = [False] * len(text)
    for key in keys:
        for at in range(len(text) - SHORTEST + 1):
            if text[at : at + SHORTEST] in key:
                hidden[at : at + SHORTEST] = [True] * SHORTEST
    out = []
    for at, character in enumerate(text):
        if not hidden[at]:
            out.append(character)
        elif not at or not hidden[at - 1]:
            out.append("***")
    return "".join(out)
