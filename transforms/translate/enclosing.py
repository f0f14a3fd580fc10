"""What encloses: tags, and blocks of templates, of which what opens stays before what closes.

Engines move placeholders, as they must, and some put the closing one first. What is between is the same then, so that
the two only change places. The method is ours.
"""

import re
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
    together: list[list[int]] = []
    if not any("</" in span or "%}" in span or "{{/" in span for span in spans):  # nothing closes anything
        return together
    for opens, closes in _pairs(spans):
        joined = [group for group in together if opens in group or closes in group]
        together = [group for group in together if group not in joined]
        together.append(sorted({opens, closes, *(number for group in joined for number in group)}))
    return together


def _pairs(spans: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (number of the span that opens, number of the one that closes)."""
    still_open: list[tuple[str, int]] = []
    for number, span in enumerate(spans):
        for match in _MARK.finditer(span):
            name = (match["tag"] or match["block"] or match["section"]).lower()
            if not (match["end"] or match["block_end"] or match["section_end"]):
                still_open.append((name, number))
                continue
            at = next((at for at in reversed(range(len(still_open))) if still_open[at][0] == name), -1)
            if at >= 0:
                if still_open[at][1] != number:
                    yield still_open[at][1], number
                del still_open[at:]


def in_order(names: Sequence[str], groups: Sequence[Sequence[int]]) -> list[str]:
    """Return the placeholders of an answer (`X0X`, in the order in which they stand there) with each group in order."""
    out = list(names)
    for group in groups:
        own = [f"X{number}X" for number in group]
        for place, name in zip([at for at, name in enumerate(names) if name in own], own, strict=True):
            out[place] = name
    return out
