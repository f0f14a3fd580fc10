"""Terms that a translation must keep, or must render in one way: lists in a recipe, or files of them."""

from collections.abc import Mapping
from functools import lru_cache

from transforms.files import read_bytes
from transforms.read.files import resolve
from transforms.rules.language_codes import normalized_tag
from transforms.translate.whole_words import occurs

Terms = tuple[tuple[str, str], ...]
"""Pairs of a term and its translation."""

Glossary = Mapping[str, Mapping[str, str] | str]
"""For each language terms with their translations, or the file that holds them."""


def _lines(path: str) -> list[str]:
    """Return the lines of a text file; ValueError names the first that isn't UTF-8."""
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8") from None


def read_terms(path: str) -> tuple[str, ...]:
    """Return the terms of a file, one a line; empty lines and those that begin with `#` don't count."""
    return tuple(line.strip() for line in _lines(path) if line.strip() and not line.startswith("#"))


def read_glossary(path: str) -> dict[str, str]:
    """Return the pairs of a file: a term, a tab, its translation; ValueError names the line that is otherwise."""
    pairs: dict[str, str] = {}
    for number, line in enumerate(_lines(path), 1):
        if not line.strip() or line.startswith("#"):
            continue
        term, _, translation = (part.strip() for part in line.partition("\t"))
        if not (term and translation):
            raise ValueError(f"{path}:{number}: expected a term, a tab and its translation, got {line[:60]!r}")
        pairs[term] = translation
    return pairs


def with_files_read(glossary: Glossary, base: str) -> dict[str, Mapping[str, str]]:
    """Return a glossary with its files read, relative ones from a folder; OSError or ValueError where that fails."""
    return {
        tag: read_glossary(str(resolve(base, pairs))) if isinstance(pairs, str) else pairs
        for tag, pairs in glossary.items()
    }


def glossary_of(glossary: Glossary, target: str) -> Terms:
    """Return the pairs for a language: those of its whole tag, or of the language alone (`pt` for `pt-BR`).

    Files must have been read (`with_files_read`): those that haven't been have no pairs.
    """
    by_tag = {normalized_tag(tag): pairs for tag, pairs in glossary.items() if not isinstance(pairs, str)}
    found = next((by_tag[tag] for tag in tags_of(target) if by_tag.get(tag)), {})
    return tuple(sorted(found.items()))


def tags_of(target: str) -> tuple[str, str]:
    """Return the tags under which a glossary has a language's pairs, as they are compared."""
    return normalized_tag(target), normalized_tag(target).partition("-")[0]


@lru_cache(maxsize=1 << 14)
def within(terms: Terms, text: str) -> Terms:
    """Return the pairs whose term is in a text."""
    return tuple(pair for pair in terms if occurs(pair[0], text))


def lacking(terms: Terms, translation: str) -> Terms:
    """Return the pairs whose translation a text lacks, whatever its case and ending (`Vertrag` is in `Vertrages`)."""
    folded = translation.casefold()
    return tuple(pair for pair in terms if pair[1].casefold() not in folded)
