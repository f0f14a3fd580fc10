"""What prose quotes of the code beside it: the 'employees' table of an instruction whose answer says FROM employees.

Translated, an instruction would name what its code doesn't have. So words in quotation marks that the example's code,
formulas or other protected text has, too, are kept with their marks. The method is ours.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from transforms.translate.segments import Cut, Segment

MOST = 64
"""How many different quotations of an example are looked for."""

QUOTED = re.compile(
    r"['\"\u2018\u201c](?<!\w.)(?:(?<=')([^'\"\n]{1,80})'|(?<=\")([^\"\n]{1,80})\""
    r"|(?<=\u2018)([^\u2018\u2019\n]{1,80})\u2019|(?<=\u201c)([^\u201c\u201d\n]{1,80})\u201d)(?!\w)"
)


def shared(cuts: Iterable[Cut]) -> tuple[str, ...]:
    """Return the quotations (with their marks) in an example's prose that its code has as whole words, in order."""
    cuts = list(cuts)
    found: dict[str, str] = {}
    for segment in (segment for each in cuts for segment in each.segments):
        for match in QUOTED.finditer(segment.text):
            said = match[match.lastindex or 0].strip(" .,;:!?")
            if said and len(found) < MOST:
                found[match[0]] = said
    if not found:
        return ()
    code = "\n".join(kept for each in cuts for piece in each.pieces for kept in _kept(piece))
    return tuple(quotation for quotation, said in found.items() if _has(code, said))


def find_quotations(text: str, quotations: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return the (start, end) of these quotations in a text, in order and without overlap."""
    return [match.span() for match in _pattern(quotations).finditer(text)]


def _kept(piece: str | Segment) -> Iterable[str]:
    return (piece,) if isinstance(piece, str) else (span.text for span in piece.spans)


def _has(code: str, said: str) -> bool:
    return said in code and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", code) is not None


@lru_cache(maxsize=256)
def _pattern(quotations: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, quotations)))
