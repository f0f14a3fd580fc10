"""Stretches of a text: where they cross, and which neighbours are one. Lists of them are in order, without overlap."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

Stretch = tuple[int, int]
"""Where a part of a text begins and ends."""

_OPERATOR = re.compile(r"[ \t]*[-+*/=<>|&^~]?[ \t]*")


def crosses(stretch: Stretch, others: Sequence[Stretch]) -> bool:
    """Say whether a stretch has characters in common with one of the others."""
    before = bisect_left(others, (stretch[1],))
    return before > 0 and stretch[0] < others[before - 1][1]


def inside(place: int, stretches: Sequence[Stretch]) -> bool:
    """Say whether a cut before this character would go through one of the stretches."""
    return crosses((place, place), stretches)


def union(some: Iterable[Stretch], others: Iterable[Stretch]) -> list[Stretch]:
    """Return both together; those that overlap become one."""
    return _joined(sorted([*some, *others]), lambda end, start: start < end)


def joined_over_blanks(text: str, stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches, neighbours joined where only white space is between."""
    return _joined(stretches, lambda end, start: not text[end:start].strip())


def joined_over_operators(text: str, stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the stretches, neighbours joined where only a few blanks or an operator are between."""
    return _joined(stretches, lambda end, start: start - end < 8 and bool(_OPERATOR.fullmatch(text, end, start)))


def _joined(stretches: Iterable[Stretch], belong: Callable[[int, int], bool]) -> list[Stretch]:
    """Join neighbours that belong together, by where the one ends and the next begins."""
    out: list[Stretch] = []
    for start, end in stretches:
        if out and belong(out[-1][1], start):
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
