"""Sentences of a text, and stretches of it no longer than an engine takes, cut where a reader would cut.

Where sentences end is `sentencex`'s word, which knows the abbreviations of some 300 languages. Protected spans are
never cut: for that library each is a word of the same length.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sentencex import get_sentence_boundaries

from transforms.rules.language_codes import language as shortest
from transforms.translate.stretches import Stretch, inside

_WINDOW = 5000
"""Characters that `sentencex` sees at a time: it takes time in the square of a stretch without blanks."""


def sentences(text: str, start: int, end: int, spans: Sequence[Stretch], language: str) -> list[Stretch]:
    """Return the sentences of a stretch as (start, end), each with the white space after it."""
    starts = (start + one for one in _starts(_masked(text, start, end, spans), shortest(language)))
    free = [one for one in starts if start < one < end and not inside(one, spans)]
    return list(pairwise([start, *free, end]))


def _starts(text: str, language: str) -> Iterator[int]:
    """Yield where sentences begin after the first; what is near a window's end is looked at again in the next."""
    at, ends = 0, False
    while not ends:
        ends = at + _WINDOW >= len(text)
        found = get_sentence_boundaries(language, text[at : at + _WINDOW])
        later = [at + one["start_index"] for one in found if one["start_index"]]
        sure = later if ends else [one for one in later if one <= at + _WINDOW // 2] or later[:1]
        yield from sure
        at = sure[-1] if sure else at + _WINDOW


def parts_within(
    text: str, start: int, end: int, spans: Sequence[Stretch], language: str, longest: int
) -> Iterator[Stretch]:
    """Yield a stretch in parts of at most so many characters, as few as it takes.

    It is cut between lines, where a line is longer between its sentences, where a sentence is longer between words, and
    within a word where there is no other way. A protected span is never cut: a part that holds one may be longer.
    """
    if end - start <= longest:
        yield start, end
        return
    ways: list[Callable[[int, int], list[Stretch]]] = [
        lambda begin, stop: _after(text, begin, stop, spans, "\n"),
        lambda begin, stop: sentences(text, begin, stop, spans, language),
        lambda begin, stop: _after(text, begin, stop, spans, " "),
        lambda begin, stop: _anywhere(begin, stop, spans, longest),
    ]
    yield from _packed(_short(start, end, longest, ways), longest)


def _short(
    start: int, end: int, longest: int, ways: Sequence[Callable[[int, int], list[Stretch]]]
) -> Iterator[Stretch]:
    for begin, stop in ways[0](start, end):
        if stop - begin > longest and len(ways) > 1:
            yield from _packed(_short(begin, stop, longest, ways[1:]), longest)
        else:
            yield begin, stop


def _packed(parts: Iterator[Stretch], longest: int) -> Iterator[Stretch]:
    """Yield neighbouring parts as one where they fit together."""
    held: Stretch | None = None
    for start, end in parts:
        if held and end - held[0] <= longest:
            held = held[0], end
            continue
        if held:
            yield held
        held = start, end
    if held:
        yield held


def _after(text: str, start: int, end: int, spans: Sequence[Stretch], mark: str) -> list[Stretch]:
    """Return what stands between these marks, each with the mark after it."""
    places = [start]
    at = text.find(mark, start, end)
    while at >= 0:
        if at + 1 < end and not inside(at + 1, spans):
            places.append(at + 1)
        at = text.find(mark, at + 1, end)
    return list(pairwise([*places, end]))


def _anywhere(start: int, end: int, spans: Sequence[Stretch], longest: int) -> list[Stretch]:
    places = [start, *(at for at in range(start + longest, end, longest) if not inside(at, spans))]
    return list(pairwise([*places, end]))


def _masked(text: str, start: int, end: int, spans: Sequence[Stretch]) -> str:
    out, position = [], start
    for begin, stop in spans:
        if start <= begin and stop <= end:
            out += [text[position:begin], "X" * (stop - begin)]
            position = stop
    return "".join([*out, text[position:end]])
