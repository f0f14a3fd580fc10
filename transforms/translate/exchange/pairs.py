"""A text and its translation by people, as entries under which a run finds them: segment by segment."""

from collections.abc import Iterator
from typing import get_args

from transforms.translate.cutting import Cutting, Unit, cut
from transforms.translate.entries import HUMAN, Entry
from transforms.translate.segments import CANONICAL, PLACEHOLDER, Segment, Unfaithful, verified


class Unmatched(ValueError):  # noqa: N818 - it names what a pair is, and is counted
    """A pair whose sides don't correspond. The message is the reason, without data."""


def entries_of(text: str, translation: str, source: str, target: str) -> list[Entry]:
    """Return the entries of a pair, for each unit in which an engine may be asked; white space around it is no matter.

    Raises:
      Unmatched: in every unit its sides aren't cut alike (`structure`), don't hold the same protected spans
        (`protected`), or there is nothing to translate (`empty`); the first unit gives the reason.
    """
    found: dict[tuple[str, str], Entry] = {}
    reasons = []
    for unit in get_args(Unit):
        try:
            for segment, answer in _segments(text, translation, source, target, unit):
                found[segment, answer] = Entry(source, target, segment, answer, HUMAN, HUMAN)
        except Unmatched as error:
            reasons.append(str(error))
    if not found:
        raise Unmatched(reasons[0])
    return list(found.values())


def _segments(text: str, translation: str, source: str, target: str, unit: Unit) -> Iterator[tuple[str, str]]:
    one, other = cut(text.strip(), Cutting(unit), source), cut(translation.strip(), Cutting(unit), target)
    shapes = [[piece if isinstance(piece, str) else None for piece in side.pieces] for side in (one, other)]
    if shapes[0] != shapes[1]:
        raise Unmatched("structure")
    matched = [(mine.text, _matched(mine, theirs)) for mine, theirs in zip(one.segments, other.segments, strict=True)]
    if not matched:
        raise Unmatched("empty")
    yield from matched


def _matched(mine: Segment, theirs: Segment) -> str:
    """Return the other side's text with each placeholder numbered as this side numbers the same span."""
    free = [span.text for span in mine.spans]
    numbers = []
    for span in theirs.spans:
        if span.text not in free:
            raise Unmatched("protected")
        number = free.index(span.text)
        free[number] = "\0"
        numbers.append(number)
    given = iter(numbers)
    answer = PLACEHOLDER.sub(lambda _: CANONICAL.format(next(given)), theirs.text)
    try:
        return verified(mine.text, answer)
    except Unfaithful:
        raise Unmatched("protected") from None
