"""Words of a text, and hashes of runs of them, which are the same on every machine."""

import re
import unicodedata
from functools import lru_cache

import numpy as np

from transforms.example import digest
from transforms.translate.spans import UNSPACED

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that multiplication loses nothing
_MARKS = (  # of scripts in which they stand inside words; to Python's \w they are none
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0971-\u0df3"
)
_WORD = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[{_MARKS}])+")


def words(text: str) -> list[str]:
    """Return the words of a text: in lower case, after NFKC, without punctuation; Han and the like by character."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def hashes(said: list[str]) -> np.ndarray:
    """Return 64 bits for each word."""
    return np.fromiter(map(_hash, said), np.uint64, len(said))


def grams(found: np.ndarray, number: int) -> np.ndarray:
    """Return 64 bits for each run of so many words, of the hashes of words: none where there are fewer."""
    total = np.zeros(max(0, len(found) - number + 1), np.uint64)
    for at in range(number if len(total) else 0):
        total = total * _FACTOR + found[at : at + len(total)]
    return total


def whole(found: np.ndarray) -> np.ndarray:
    """Return 64 bits for all words together, as an array of one."""
    return grams(found, len(found))


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return int.from_bytes(digest(word)[:8], "little")
