"""Tables of Markdown without pipes at either end of their rows, which a row of dashes shows to be tables."""

import re
from collections.abc import Iterable

_DASHES = re.compile(r"\s*+:?-++:?\s*+(?:\|\s*+:?-++:?\s*+)+")


def bare_rows(text: str, lines: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return where rows of tables begin: the one above a row of dashes, and those below it (GFM 0.29, 4.10).

    Args:
      text: the whole text.
      lines: (start, end) of its lines, in order; ends of lines, which may be among them, are passed over.
    """
    rows: set[int] = set()
    inside, above = False, (-1, -1)
    for start, end in lines:
        if text[start:end] == "\n":
            continue
        if "|" not in text[start:end] or start != above[1] + 1:
            inside = False
        elif inside:
            rows.add(start)
        elif "|" in text[slice(*above)] and _DASHES.fullmatch(text, start, end):
            inside = True
            rows.add(above[0])
        above = (start, end)
    return frozenset(rows)
