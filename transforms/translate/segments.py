"""Segments of a text: their placeholders, and how a translation is verified and put back, failing closed.

A segment's text holds placeholders (`X0X`, `X1X`, ... in order) in place of what must not change. It is this text that
is translated, keyed and remembered, so that examples which differ only in their code or links share translations. Where
a protected span touched a word, a space keeps its placeholder apart; it is taken away again when the span comes back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from transforms.translate.enclosing import around_words, bound, in_order
from transforms.translate.spans import BLANKS, LOOKALIKE, UNSPACED

CANONICAL = "X{}X"
"""The form of placeholders in segments and in the memory; engines may be asked in another (see `judge.py`)."""

PLACEHOLDER = re.compile(LOOKALIKE)
_MARKED = re.compile(rf"(?<=([^\w\s\"']))({LOOKALIKE})")
_ALTERED = re.compile(
    r"(?<![A-Za-z0-9])X ?[0-9]+ ?X?(?![A-Za-z0-9])|(?<![A-Za-z0-9])[0-9]+X(?![A-Za-z0-9])", re.IGNORECASE
)
_BREAK = re.compile(r"\r?\n")
_TOUCHING = re.compile(rf"[^\W_{UNSPACED}]")
_CALCULATION = re.compile(r"[0-9].*(?:>>|=)\Z")
_NUMBER = re.compile(r"\d{1,15}(?:[.,'\u2019\u00a0\u202f]\d{3})*(?!\d)")
_FOLLOWED = re.compile(rf"({LOOKALIKE})[{BLANKS}]*+({_NUMBER.pattern})")
_PLACED = re.compile(rf"(?P<after>(?<=[\d.,'\u2019]))? ?(?P<name>{LOOKALIKE})(?P<before>(?=\d))?")
_LINK = re.compile(
    rf"(!?\[[^\[\]\n]*[^\[\]\s][^\[\]\n]*\])( ?)(?:(?P<round>\()|\[)( ?)({LOOKALIKE})(?(round)(?=[^()\n]*\))|(?= ?\]))"
)


class Unfaithful(ValueError):  # noqa: N818 - it names what an answer is, and is handled, not reported
    """A translation that doesn't hold each protected span exactly once.

    Attributes:
      reason: `placeholder_lost`, `placeholder_repeated`, `placeholder_unknown`, `placeholder_altered`, `line_break` or
        `empty`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Span:
    """A protected span, and whether it touched a word on either side."""

    text: str
    left: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch to translate: its text with placeholders, and what each of them stands for, by number."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A text as a sequence of literals, which are kept, and segments, which are translated."""

    pieces: tuple[str | Segment, ...]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The pieces to translate, in order."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Segment))


def protect(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> Segment:
    """Return the stretch as a segment in which these spans are placeholders, numbered from 0."""
    out: list[str] = []
    protected: list[Span] = []
    position = start
    for begin, stop in spans:
        left = begin > start and _TOUCHING.match(text, begin - 1) is not None
        right = stop < end and _TOUCHING.match(text, stop) is not None
        out += [text[position:begin], " " if left else "", CANONICAL.format(len(protected)), " " if right else ""]
        protected.append(Span(text[begin:stop], left, right))
        position = stop
    out.append(text[position:end])
    return Segment("".join(out), tuple(protected))


def restore(segment: Segment, answer: str) -> str:
    """Return the answer with the segment's protected spans in their places.

    Engines put spaces before placeholders. Where there was none after a mark of punctuation (`**Note:** this`), and the
    same mark stands there again, it is taken away. Two numbers that an engine put side by side stay two.

    Raises:
      Unfaithful: the answer doesn't hold each placeholder exactly once (see `verified`).
    """
    answer = verified(segment.text, answer)
    if not segment.spans:
        return answer
    answer = _with_results(segment, _in_order(segment, answer))
    out, position = [], 0
    strip_left = False
    marks = {name: mark for mark, name in _MARKED.findall(segment.text)}
    for match in PLACEHOLDER.finditer(answer):
        span, mark = segment.spans[int(match.group()[1:-1])], marks.get(match.group())
        between = answer[position : match.start()]
        if strip_left:
            between = between.lstrip(BLANKS)
        close = between.rstrip(BLANKS)
        out.append((close if span.left or (mark and close.endswith(mark)) else between, strip_left))
        out.append((span.text, span.left))
        position, strip_left = match.end(), span.right
    rest = answer[position:]
    return "".join(_kept_apart([*out, (rest.lstrip(BLANKS) if strip_left else rest, strip_left)]))


def _kept_apart(pieces: Iterable[tuple[str, bool]]) -> Iterator[str]:
    """Yield pieces, each with whether it touches the one before, with a space where digits would become one number."""
    last = ""
    for piece, touches in pieces:
        if last.isdecimal() and piece[:1].isdecimal() and not touches:
            yield " "
        yield piece
        last = piece[-1:] or last


def _in_order(segment: Segment, answer: str) -> str:
    """Return a verified answer in which what opens stands before what closes, and both around words."""
    if not (groups := bound([span.text for span in segment.spans])):
        return answer
    names = iter(in_order(PLACEHOLDER.findall(answer), groups))
    return around_words(segment.text, PLACEHOLDER.sub(lambda _: next(names), answer), groups)


def _with_results(segment: Segment, answer: str) -> str:
    """Return a verified answer in which each calculation stands right before its result, as in the segment's text.

    Engines move one of the two ("30 more" becomes "mais 30"): the calculation goes where its result went. A result that
    is nowhere in the answer is put back.
    """
    edits: list[tuple[int, int, str]] = []
    places, moved, lacking = _places(answer), set(), {}
    for name, result in _parted(segment.text, answer).items():
        if not _CALCULATION.search(segment.spans[int(name[1:-1])].text):
            continue
        if result in places:
            edits.append((places[result][0], places[result][0], f"{name} "))
            moved.add(name)
        else:
            lacking[name] = f" {result}"
    if not moved and not lacking:
        return answer
    for match in _PLACED.finditer(answer):  # digits on both sides of it stay two numbers
        if match["name"] in moved:
            edits.append((*match.span(), "" if match["after"] is None or match["before"] is None else " "))
        elif match["name"] in lacking:
            edits.append((match.end(), match.end(), lacking[match["name"]] + ("" if match["before"] is None else " ")))
    out, position = [], 0
    for start, end, put in sorted(edits):
        out += [answer[position:start], put]
        position = end
    return "".join([*out, answer[position:]]).lstrip()


def _parted(text: str, answer: str) -> dict[str, int]:
    """Return the placeholders that a number stands right after in a text, but not in the answer, with the number."""
    followers = _followers(text)
    held = _followers(answer) if followers else {}
    return {name: number for name, number in followers.items() if held.get(name) != number}


def _is_unclear(text: str, answer: str) -> bool:
    """Say whether a placeholder is parted from its number, and more than one number, or placeholder, could be meant."""
    if not (alone := _parted(text, answer)):
        return False
    numbers, places = Counter(alone.values()), _places(answer)
    return any(number in places and len(places[number]) + parted > 2 for number, parted in numbers.items())


def _places(answer: str) -> dict[int, list[int]]:
    """Return the numbers of an answer, and where each stands."""
    bare = PLACEHOLDER.sub(lambda match: "_" * len(match.group()), answer)
    places: dict[int, list[int]] = {}
    for match in _NUMBER.finditer(bare):
        places.setdefault(_value(match.group()), []).append(match.start())
    return places


def _followers(text: str) -> dict[str, int]:
    """Return the numbers that stand right after placeholders."""
    return {match[1]: _value(match[2]) for match in _FOLLOWED.finditer(text)}


def _value(number: str) -> int:
    return int(re.sub(r"\D", "", number))


def verified(text: str, answer: str) -> str:
    """Return the answer, without white space around it, if it is a faithful translation of a segment's text.

    Its line breaks are the text's: models read CR LF and write LF.

    Raises:
      Unfaithful: it is empty, a placeholder is lost, repeated, unknown or altered, one is parted from the number that
        followed it and several could be meant, a link's words left their brackets, or the number of lines
        changed.
    """
    answer = answer.strip()
    if not answer:
        raise Unfaithful("empty")
    if answer.count("\n") != text.count("\n"):
        raise Unfaithful("line_break")
    expected = PLACEHOLDER.findall(text)
    found = PLACEHOLDER.findall(answer)
    if unknown := set(found) - set(expected):
        raise Unfaithful("placeholder_unknown", min(unknown))
    if lost := set(expected) - set(found):
        raise Unfaithful("placeholder_lost", min(lost))
    if len(found) != len(expected):
        raise Unfaithful("placeholder_repeated")
    if expected and _altered(answer) > _altered(text):
        raise Unfaithful("placeholder_altered")
    if expected and _is_unclear(text, answer):
        raise Unfaithful("placeholder_altered", "parted from its number")
    if ("](" in text or "][" in text) and (links := _links(text)):
        answer = _LINK.sub(
            lambda match: f"{match[1]}{match['round'] or '['}{match[5]}" if match[5] in links else match[0], answer
        )
        if {name: mark for name, mark in _links(answer).items() if name in links} != links:
            raise Unfaithful("placeholder_altered", "link")
    if "\r\n" in text or "\r\n" in answer:
        breaks = iter(_BREAK.findall(text))
        answer = _BREAK.sub(lambda _: next(breaks), answer)
    return answer


def _links(text: str) -> dict[str, tuple[bool, bool]]:
    """Return the placeholders that Markdown's links lead to, with words in brackets.

    For each, whether it is an image, and whether it is an address, not the label of one.
    """
    return {
        match[5]: (match[1].startswith("!"), match["round"] is not None)
        for match in _LINK.finditer(text)
        if not match[2] and not match[4]
    }


def _altered(text: str) -> int:
    return len(_ALTERED.findall(PLACEHOLDER.sub(" ", text)))


def assemble(parts: Cut, translations: Mapping[str, str]) -> str:
    """Return the text with its segments translated; `translations` gives the raw answer to each segment's text.

    Raises:
      KeyError: a segment has no translation.
      Unfaithful: a translation doesn't hold each protected span exactly once.
    """
    return "".join(
        piece if isinstance(piece, str) else restore(piece, translations[piece.text]) for piece in parts.pieces
    )
