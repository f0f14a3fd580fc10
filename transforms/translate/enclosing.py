"""What encloses: tags, blocks of templates and bold type, of which what opens stays before what closes.

Engines move placeholders, as they must, and some put the closing one first. What is between is the same then, so that
the two only change places. Or they put what opens behind the words that it stood before ("a **variable** is" comes back
as "uma variável **** é"). These come right before it then, and are as many as in the original: there it is put back,
unless that would be within a word. The methods are ours.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from transforms.translate.spans import BLANKS, LOOKALIKE, UNSPACED

BOLD = "**"

LONGEST = 200
"""What enclosed more characters than so isn't put around words again."""

_PLACEHOLDER = re.compile(LOOKALIKE)
_ADJACENT = re.compile(rf"({LOOKALIKE})(?=([^\w]*+)({LOOKALIKE}))")
_BEFORE_WORDS = ' \t\n\u00a0\u202f([{"\u00ab\u2018\u201c\u00a1\u00bf'
_WORD = re.compile(rf"(?<!\w)(?!{LOOKALIKE})[^\W_{UNSPACED}]++(?:['\u2019-][^\W_{UNSPACED}]++|[.,][0-9]++)*+")

_MARK = re.compile(
    r"<(?P<end>/)?(?P<tag>[A-Za-z][\w:.-]*)[^<>]*(?<!/)>"
    r"|\{%[-+]?\s*(?P<block_end>end)?(?P<block>\w+)[^{}%]*%\}"
    r"|\{\{(?:(?P<section_end>/)|#)(?P<section>\w+)[^{}]*\}\}"
)


def bound(spans: Sequence[str]) -> list[list[int]]:
    """Return which protected spans (by number) enclose something together, in their order; most enclose nothing.

    Spans of which one opens what another closes belong together, and so do those that share one with them, as
    `</p><p>` between two paragraphs does. All marks of bold type, which open and close by turns, belong together where
    their number is even.
    """
    marks = [number for number, span in enumerate(spans) if span == BOLD]
    bold = [marks] if marks and len(marks) % 2 == 0 else []
    if not any("</" in span or "%}" in span or "{{/" in span for span in spans):  # nothing else closes anything
        return bold
    group_of: dict[int, list[int]] = {}
    for opens, closes in _pairs(spans):
        few, many = sorted((group_of.get(opens, [opens]), group_of.get(closes, [closes])), key=len)
        if few is not many:
            many += few
            group_of |= dict.fromkeys(many if len(many) == 2 else few, many)
    together = {id(group): group for group in group_of.values()}
    return sorted([*bold, *map(sorted, together.values())], key=lambda group: group[-1])


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


def around_words(text: str, answer: str, groups: Sequence[Sequence[int]]) -> str:
    """Return an answer in which pairs that enclose words in the segment's text do so, too, as far as can be told.

    What stands between the two is left only where the original's words end with it, too: else it is their translation.
    """
    pairs = [pair for group in groups if len(group) % 2 == 0 for pair in zip(group[::2], group[1::2], strict=True)]
    closed_by = {f"X{opens}X": f"X{closes}X" for opens, closes in pairs}
    place_of = {match[0]: match.span() for match in _PLACEHOLDER.finditer(text)}
    out, position = [], 0
    for match in _ADJACENT.finditer(answer):
        opens, between, closes = match[1], match[2].strip(BLANKS), match[3]
        if closed_by.get(opens) != closes or place_of[closes][0] - place_of[opens][1] > LONGEST:
            continue
        enclosed = text[place_of[opens][1] : place_of[closes][0]]
        if not (count := len(_WORD.findall(enclosed))) or not enclosed.rstrip(BLANKS).endswith(between):
            continue
        start = _start(answer, position, match.start(), 2 * count + 1 if text.startswith(opens) else count)
        if start < match.start():
            words = answer[start : match.start()].rstrip(BLANKS) + between
            before, after = (" " if blank else "" for blank in (enclosed[0] == " ", enclosed[-1] == " "))
            out += [answer[position:start], opens, before, words, after, closes]
            position = match.end(3)
    return "".join([*out, answer[position:]])


def _start(answer: str, first: int, end: int, most: int) -> int:
    """Return where the words begin that end there, at most so many; the end itself where they begin within a word."""
    start = end
    for word in [*_WORD.finditer(answer, max(first, end - LONGEST), end)][: -1 - most : -1]:
        if answer[word.end() : start].strip(BLANKS):  # a mark or a placeholder parts them
            break
        start = word.start()
    return start if not start or answer[start - 1] in _BEFORE_WORDS else end
