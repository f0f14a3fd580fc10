"""Which lines are literal data: documents in JSON over several lines, and rows of CSV files."""

import json
import re
from itertools import accumulate
from typing import Any

_BEGINS = re.compile(r"[ \t]*[{\[][ \t]*(?:[\"{\[\d-]|\Z)")
_ENDS = re.compile(r"[ \t]*[,;.]?[ \t]*(?:\n|\Z)")
_PROSE = re.compile(r"[^\W\d_]{2} [^\W\d_]+ [^\W\d_]{2}")
_TRIES = 20
"""How many places that look like the beginning of a document but are none are tried, which keeps hostile text cheap."""

_CELL = r"(?:[^,\s=(<]++ ){0,2}[^,\s=(<]++"
_ROW = re.compile(rf"{_CELL}(?:,{_CELL})++")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_LONGEST = 1000  # characters of a row


def mark_json(lines: list[str], is_code: list[bool]) -> None:
    """Mark objects and arrays in JSON that begin on a line of their own and end on a later one.

    As on one line, an array of nothing but phrases is text: its items are translated.
    """
    begins = [at for at, line in enumerate(lines) if _BEGINS.match(line)]
    if not begins:
        return
    text, starts = "\n".join(lines), list(accumulate((len(line) + 1 for line in lines), initial=0))
    decoder, after, failed = json.JSONDecoder(), 0, 0
    for at in begins:
        if at < after or failed == _TRIES:
            continue
        start = starts[at] + len(lines[at]) - len(lines[at].lstrip())
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            failed += 1
            continue
        last = at + text.count("\n", start, end)
        if last > at and _ENDS.match(text, end) and not _is_list_of_phrases(value):
            is_code[at : last + 1] = [True] * (last + 1 - at)
            after = last + 1


def _is_list_of_phrases(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and _PROSE.search(item) for item in value)


def mark_rows(lines: list[str], is_code: list[bool]) -> None:
    """Mark the rows of a CSV file, of which there must be two."""
    rows = [line.count(",") if _is_row(line) else 0 for line in lines]
    for at in range(1, len(lines)):
        if rows[at] and rows[at] == rows[at - 1]:
            is_code[at - 1] = is_code[at] = True


def _is_row(line: str) -> bool:
    """Say whether a line has cells; `Rent: 1,200 dollars` has none."""
    return "," in line and len(line) <= _LONGEST and _ROW.fullmatch(_THOUSANDS.sub("", line.strip())) is not None
