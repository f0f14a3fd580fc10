"""What the fake endpoint answers: pure functions of the text, and how tokens are counted."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9])(?:X[0-9]+X|Z[0-9]+Q)(?![A-Za-z0-9])|\[\[[0-9]+\]\]|⟦[0-9]+⟧")
"""The forms of placeholders that engines are known to keep, and that this endpoint keeps."""

# Two of 26 letters have no plain Greek one left; all have an upper case that is a single character.
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_GREEK = "αβψδεφγηιξκλμνοπθρστυάωχήζ"
_TO_GREEK = str.maketrans(_LATIN + _LATIN.upper(), _GREEK + _GREEK.upper())
_FROM_GREEK = str.maketrans(_GREEK + _GREEK.upper(), _LATIN + _LATIN.upper())


def greek(text: str) -> str:
    """Write the letters A to Z in Greek ones, case kept; placeholders and all other characters stay."""
    return _outside_placeholders(text, lambda plain: plain.translate(_TO_GREEK))


def latin(text: str) -> str:
    """Undo `greek`, for a text that had no Greek letters of its own."""
    return _outside_placeholders(text, lambda plain: plain.translate(_FROM_GREEK))


def upper(text: str) -> str:
    """Write the text in capitals; placeholders are such already."""
    return text.upper()


def echo(text: str) -> str:
    """Return the text as it is."""
    return text


PURE: dict[str, Callable[[str], str]] = {"greek": greek, "upper": upper, "echo": echo}
"""The translations that need no engine."""


def _outside_placeholders(text: str, change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for match in PLACEHOLDER.finditer(text):
        parts += [change(text[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*parts, change(text[at:])])


firefox_thread = ThreadPoolExecutor(1, thread_name_prefix="firefox")
"""Where `firefox` must be called: its models are bound to a thread."""


@cache
def firefox(text: str) -> str:
    """Return the Portuguese of an English text by the project's engine; the text itself where the engine fails."""
    from transforms.translate.engines.firefox import Firefox

    [answer] = Firefox().translate([text], "en", "pt")
    return text if answer.failure else answer.text


def counter(name: str) -> Callable[[str], int]:
    """Return a function that counts tokens: `o200k` (needs bpe-openai), `bytes` (four a token), `auto`: either."""
    if name not in ("auto", "o200k", "bytes"):
        raise ValueError(f"tokens: {name!r} is none of auto, o200k, bytes")
    if name != "bytes":
        try:
            import bpe_openai
        except ImportError:
            if name == "o200k":
                raise
        else:
            encoding = bpe_openai.get_encoding("o200k_base")
            return lambda text: len(encoding.encode_ordinary(text))
    return lambda text: len(text.encode()) // 4
