"""Where words and phrases of a list stand in a text as whole words, in time linear in the text.

A word ends where no letter, digit or combining mark goes on. Scripts that are written without spaces have no such ends:
there, as beside any other script, a word counts wherever it stands, unless a combining mark changes its last letter.
In Korean a word begins after a space, but particles are written on to it.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import groupby

from transforms.translate.spans import HANGUL, UNSPACED


def find_terms(text: str, terms: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the (start, end) of these terms as whole words, case-sensitive, in order; the longest wins."""
    pattern = _compiled(terms)
    return [match.span() for match in pattern.finditer(text)] if pattern else []


def occurs(term: str, text: str) -> bool:
    """Return whether a term stands in a text as a whole word, whatever its case."""
    term, folded = term.strip().casefold(), _folded(text)
    if not term or term not in folded:
        return False
    return _one(term).search(folded) is not None


@lru_cache(maxsize=64)
def _folded(text: str) -> str:
    """Return the text without case; a whole glossary is looked for in it."""
    return text.casefold()


@lru_cache(maxsize=4096)
def _one(term: str) -> re.Pattern[str]:
    return re.compile(_branch(term[0], [term]))


@lru_cache(maxsize=16)
def _compiled(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return one pattern for all of them, or None if there are none.

    It branches by the first character, then by the second: with thousands of terms only a few are tried at one place.
    """
    words = sorted({term.strip() for term in terms} - {""})
    branches = [_branch(first, group) for first, group in groupby(words, lambda word: word[0])]
    return re.compile("|".join(branches)) if branches else None


def _branch(first: str, words: Iterable[str]) -> str:
    """Return the pattern of words that begin with one character."""
    inner = []
    rests = sorted(word[1:] for word in words)
    for second, group in groupby(rests, lambda rest: rest[:1]):
        ends = sorted((rest[1:] for rest in group), key=len, reverse=True)
        tails = "|".join(re.escape(end) + _not_after((end or second or first)[-1]) for end in ends)
        inner.append(f"{re.escape(second)}(?:{tails})")
    inner.sort(key=lambda pattern: pattern.startswith("(?:"))  # the one-character word comes last
    return f"{re.escape(first)}{_not_before(first)}(?:{'|'.join(inner)})"


def _not_before(first: str) -> str:
    """Return what must not stand before a word, seen from behind its first character."""
    return rf"(?<![^\W{UNSPACED}]{re.escape(first)})" if re.match(rf"[^\W{UNSPACED}]", first) else ""


def _not_after(last: str) -> str:
    """Return what must not follow a word that ends in this character."""
    if not (last.isalnum() or last == "_" or unicodedata.category(last).startswith("M")):
        return ""
    if re.match(f"[{UNSPACED}{HANGUL}]", last):
        return f"(?![{_marks()}])"
    return rf"(?![^\W{UNSPACED}{HANGUL}]|[{_marks()}])"


@cache
def _marks() -> str:
    """Return the combining marks as the inside of a character class; `\\w` lacks most of them."""
    marks = [code for code in range(0x300, sys.maxunicode >> 4) if unicodedata.category(chr(code)).startswith("M")]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
