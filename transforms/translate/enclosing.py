"""What encloses: tags, and blocks of templates, of which what opens stays before what closes.

Engines move placeholders, as they must, and some put the closing one first. What is between is the same then, so that
the two only change places. The method is ours.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

_MARK = re.compile(
    r"<(?P<end>/)?(?P<tag>[A-Za-z][\w:.-]*)[^<>]*(?<!/)>"
    r"|\{%[-+]?\s*(?P<block_end>end)?(?P<block>\w+)[^{}%]*%\}"
    r"|\{\{(?:(?P<section_end>/)|#)(?P<section>\w+)[^{}]*\}\}"
)


def bound(spans: Sequence[str]) -> list[list[int]]:
    """Return which protected spans (by number) enclose something together, in their order; most enclose nothing.

    Spans of which one opens what another closes belong together, and so do those that share one with them, as
    `</p><p>` between two paragraphs does.
    """
    if not any("</" in span or "%}" in span or "{{/" in span for span in spans):  # nothing closes anything
        return []
    group_of: dict[int, list[int]] = {}
    for opens, closes in _pairs(spans):
        few, many = sorted((group_of.get(opens, [opens]), group_of.get(closes, [closes])), key=len)
        if few is not many:
            many += few
            group_of |= dict.fromkeys(many if len(many) == 2 else few, many)
    together = {id(group): group for group in group_of.values()}
    return sorted(map(sorted, together.values()), key=lambda group: group[-1])


def _pairs(spans: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (number of the span that opens, number of the one that closes)."""
    still_open: list[tuple[str, int]] = []
    of_name: Counter[str] = Counter()
    for number, span in enumerate(spans):
        for match in _MARK.finditer(span):
            name = (match["tag"] or match["block"] or match["section"]).lower()
            if not (match["end"] or match["block_end"] or match["section_end"]):
                still_open.append((name, number))
                of_name[name] += 1
                continue
            found = ""
            while of_name[name] and found != name:  # what was opened inside it and isn't closed closes nothing
                found, opens = still_open.pop()
                of_name[found] -= 1
                if found == name and opens != number:
                    yield opens, number


def in_order(names: Sequence[str], groups: Sequence[Sequence[int]]) -> list[str]:
    """Return the placeholders of an answer (`X0X`, in the order in which they stand there) with each group in order."""
    out, place_of = list(names), {name: place for place, name in enumerate(names)}
    for group in groups:
        own = [f"X{number}X" for number in group]
        for place, name in zip(sorted(place_of[name] for name in own), own, strict=True):
            out[place] = name
    return out
