"""Rows of tables without pipes at either end: in Markdown, and as models write them without its row of dashes."""

import re
from collections.abc import Iterable

_DASHES = re.compile(r"\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)+")
_BAR = re.compile(r"(?<=[ \t])\|(?=[ \t])")


def bare_rows(text: str, lines: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return where rows of tables begin.

    They are the one above a row of dashes and those below it (GFM 0.29, 4.10); and, which is ours, lines with two pipes
    or more that have blanks on both sides, or as many of them as the line above or below.

    Args:
      text: the whole text.
      lines: (start, end) of its lines, in order; ends of lines, which may be among them, are passed over.
    """
    rows: set[int] = set()
    if "|" not in text:
        return frozenset()
    inside, above, held = False, (-1, -1), 0
    for start, end in lines:
        if text[start:end] == "\n":
            continue
        bars = len(_BAR.findall(text, start, end))
        follows = start == above[1] + 1
        if bars > 1:
            rows.add(start)
        elif bars and follows and bars == held:
            rows |= {above[0], start}
        if "|" not in text[start:end] or not follows:
            inside = False
        elif inside:
            rows.add(start)
        elif "|" in text[slice(*above)] and _DASHES.fullmatch(text, start, end):
            inside = True
            rows.add(above[0])
        above, held = (start, end), bars
    return frozenset(rows)
