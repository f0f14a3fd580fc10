"""Which segments go into one request: those that differ in nothing but their text, whatever stands between them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from transforms.translate.wanted import Wanted

NEAR = 4096
"""What shares a request stands among so many: that many are in memory at a time."""


def pack(wanted: Iterable[Wanted], most: int, longest: int) -> Iterator[list[Wanted]]:
    """Yield segments in packs, which are in the order of their first members.

    Args:
      wanted: in the order in which they are to be asked; one that has terms of a glossary is a pack of its own.
      most: how many a pack holds at most.
      longest: how many characters their texts have together at most, if they are several; 0 for any number.
    """
    rest = iter(wanted)
    while near := list(islice(rest, NEAR)):
        yield from _pack(near, most, longest)


def _pack(wanted: Iterable[Wanted], most: int, longest: int) -> list[list[Wanted]]:
    packs: list[list[Wanted]] = []
    open_packs: dict[tuple[object, ...], tuple[list[Wanted], int]] = {}
    for one in wanted:
        kind, size = one.request[1:], len(one.request.text)
        taken, total = open_packs.get(kind, ([], 0))
        if taken and len(taken) < most and (not longest or total + size <= longest):
            taken.append(one)
        else:
            taken, total = [one], 0
            packs.append(taken)
        if not one.request.terms:
            open_packs[kind] = taken, total + size
    return packs
