"""Sentences that a translation has of its text as they are: a part of the text isn't translated.

Names, titles, terms and code stay as they are too, in most translations of such texts. So what counts is sentences of
prose, clearly in the text's language and clearly not in the translation's; and not what stands in quotation marks or
brackets. What a text says in a third language is none.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from transforms.rules.language import Language
from transforms.rules.language_codes import counts_as, language
from transforms.rules.scripts import has_letter_of, scripts, weight
from transforms.translate.segments import PLACEHOLDER
from transforms.translate.spans import UNSPACED

WORDS, CHARACTERS = 4, 12
"""A run has at least so many words, and as many that no name has; without spaces between words, so many characters."""

LETTERS = 20
"""The letters of a run, from which on its language can be told; one of Chinese or Japanese counts as three."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_PLAIN = re.compile(rf"\W*+(?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff]){{2,}}+\W*+|[{UNSPACED}]")
_ASIDE = re.compile(  # the bodies have no mark that opens one, or unclosed ones would take the square of their number
    '["\u201c\u201e\u201d][^"\u201c\u201d\u201e]*["\u201c\u201d]|\u00ab[^\u00ab\u00bb]*\u00bb|\u00bb[^\u00ab\u00bb]*\u00ab'
    r"|(?<!\w)['\u2018\u2019\u201a](?:[^'\u2018\u2019\u201a]|(?<=\w)['\u2019](?=\w))*+['\u2018\u2019](?!\w)"
    r"|[\u300c\u300e][^\u300c-\u300f]*[\u300d\u300f]|\u300a[^\u300a\u300b]*\u300b"
    r"|[(\uff08\[][^()\uff08\uff09\[\]]*[)\uff09\]]"
)
_END = re.compile(r"[.?!\u2026\u3002\uff1f\uff01\u0964\u061f\u06d4]\W*\Z")
_LANGUAGE = Language(min_score=0.5, min_letters=LETTERS // 3, second_opinion=False)


def keeps_sentences(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer has whole sentences of its text untranslated."""
    ours, theirs = language(source), language(target)
    if ours in counts_as(theirs) or theirs in counts_as(ours):
        return False
    unspaced = not text.isascii() and _UNSPACED.search(text) is not None
    spoken, said = _words(text, unspaced), _words(answer, unspaced)
    if len(set(spoken).intersection(said)) < WORDS:
        return False
    length = CHARACTERS if unspaced else WORDS
    known = set(_grams(spoken, length))
    if known.isdisjoint(_grams(said, length)):
        return False
    said = _words(_ASIDE.sub(" ", answer), unspaced)
    runs = (run for run in _runs(said, known, length) if _is_prose(run))
    joined = (PLACEHOLDER.sub(" ", ("" if unspaced else " ").join(run)) for run in runs)
    return any(_is_told_apart(run, source, target) for run in joined)


def _words(text: str, unspaced: bool) -> list[str]:
    words = text.split()
    return list("".join(words)) if unspaced else words


def _grams(words: list[str], length: int) -> "zip[tuple[str, ...]]":
    return zip(*(words[at:] for at in range(length)), strict=False)


def _runs(said: list[str], known: set[tuple[str, ...]], length: int) -> Iterator[list[str]]:
    """Yield the sentences in the longest stretches of what is said that are known."""
    found = [gram in known for gram in _grams(said, length)]
    end = 0
    for is_known, group in groupby(found):
        start, end = end, end + len(list(group))
        if is_known:
            between = range(start, end + length)
            bounds = [at for at in between if at in (0, len(said)) or _END.search(said[at - 1])]
            if bounds:
                yield said[bounds[0] : bounds[-1]]


def _is_prose(run: list[str]) -> bool:
    """Say whether at least half of these words, and so many as make a run, are no names, figures or code."""
    plain = sum(word == word.lower() and _PLAIN.fullmatch(word) is not None for word in run)
    return plain >= WORDS and 2 * plain >= len(run)


def _is_told_apart(run: str, source: str, target: str) -> bool:
    """Say whether these words are clearly not in the language of the translation, and may well be in the text's."""
    if weight(run) < LETTERS or _is_in_other_letters(run, source) or _LANGUAGE.objects(run, source):
        return False
    return _is_in_other_letters(run, target) or _LANGUAGE.objects(run, target)


def _is_in_other_letters(run: str, tag: str) -> bool:
    known = scripts(tag)
    return bool(known) and not has_letter_of(run, known)
