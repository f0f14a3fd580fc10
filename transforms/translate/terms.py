"""Terms that a translation must keep, or must render in one way: lists in a recipe, or files of them."""

from collections.abc import Mapping
from functools import lru_cache

from transforms.files import read_bytes
from transforms.translate.whole_words import occurs

Terms = tuple[tuple[str, str], ...]
"""Pairs of a term and its translation."""


def read_terms(path: str) -> tuple[str, ...]:
    """Return the terms of a file, one a line; empty lines and those that begin with `#` don't count."""
    lines = read_bytes(path).decode("utf-8-sig").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def read_glossary(path: str) -> dict[str, str]:
    """Return the pairs of a file: a term, a tab, its translation; ValueError names the line that is otherwise."""
    pairs: dict[str, str] = {}
    for number, line in enumerate(read_bytes(path).decode("utf-8-sig").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        term, _, translation = (part.strip() for part in line.partition("\t"))
        if not (term and translation):
            raise ValueError(f"{path}:{number}: expected a term, a tab and its translation, got {line[:60]!r}")
        pairs[term] = translation
    return pairs


def glossary_of(glossary: Mapping[str, Mapping[str, str]], target: str) -> Terms:
    """Return the pairs for a language: those of its whole tag, or of the language alone (`pt` for `pt-BR`)."""
    pairs = glossary.get(target) or glossary.get(target.split("-")[0]) or {}
    return tuple(sorted(pairs.items()))


@lru_cache(maxsize=1 << 14)
def within(terms: Terms, text: str) -> Terms:
    """Return the pairs whose term is in a text."""
    return tuple(pair for pair in terms if occurs(pair[0], text))


def lacking(terms: Terms, translation: str) -> Terms:
    """Return the pairs whose translation a text lacks, whatever its case and ending (`Vertrag` is in `Vertrages`)."""
    folded = translation.casefold()
    return tuple(pair for pair in terms if pair[1].casefold() not in folded)
