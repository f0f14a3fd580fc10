"""Which segments go into one request: those that differ in nothing but their text, whatever stands between them."""

from collections.abc import Iterable

from transforms.translate.judge import Request


def pack(requests: Iterable[Request], most: int, longest: int) -> list[list[Request]]:
    """Return requests in packs, which are in the order of their first members.

    Args:
      requests: in the order in which they are to be asked; one that has terms of a glossary is a pack of its own.
      most: how many a pack holds at most.
      longest: how many characters their texts have together at most, if they are several; 0 for any number.
    """
    packs: list[list[Request]] = []
    open_packs: dict[tuple[object, ...], tuple[list[Request], int]] = {}
    for request in requests:
        kind, size = request[1:], len(request.text)
        taken, total = open_packs.get(kind, ([], 0))
        if taken and len(taken) < most and (not longest or total + size <= longest):
            taken.append(request)
        else:
            taken, total = [request], 0
            packs.append(taken)
        if most > 1 and not request.terms:
            open_packs[kind] = taken, total + size
    return packs
