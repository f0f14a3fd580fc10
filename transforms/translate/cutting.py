"""Cutting a text into what is kept and what is translated."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from transforms.translate.code import code_lines, code_tail
from transforms.translate.quoted import find_quotations
from transforms.translate.segments import PLACEHOLDER, Cut, Segment, protect
from transforms.translate.sentences import parts_within, sentences
from transforms.translate.spans import UNSPACED, find_spans
from transforms.translate.stretches import (
    Stretch,
    crosses,
    inside,
    joined_over_blanks,
    joined_over_operators,
    union,
)
from transforms.translate.tables import bare_rows
from transforms.translate.whole_words import find_terms

Unit = Literal["line", "sentence", "paragraph", "field"]


@dataclass(frozen=True)
class Cutting:
    """How texts are cut.

    Attributes:
      unit: what a segment is.
      longest: the most characters of a segment, beyond which it is cut between lines, sentences or words (0: none).
      keep: words and phrases that are kept as they are, wherever they stand as whole words.
      quotations: what is kept as it is with its quotation marks.
    """

    unit: Unit = "line"
    longest: int = 0
    keep: tuple[str, ...] = ()
    quotations: tuple[str, ...] = ()

    @classmethod
    def of(cls, engine: Any) -> Self:
        """Return how an engine likes texts to be cut."""
        return cls(engine.unit, getattr(engine, "longest", 0))

    def keeping(self, terms: tuple[str, ...]) -> "Cutting":
        """Return the same with these terms kept."""
        return replace(self, keep=terms) if terms else self


LINES = Cutting()

_WORD = re.compile(
    rf"[^\W\d_]{{2}}|[{UNSPACED}]|[^\W\d_][\u0300-\u036f\u0900-\u0dff]"
    r"|(?<=[0-9] )[aeiouy\u00e0\u00e9\u0438\u0456\u0648](?= [0-9])"  # "1964 y 1968", "da 3 a 5": words of one letter
)
_FINAL_ANSWER = re.compile(r"[ \t]*####[ \t]*[-+$€£]?[\d.,/ ]*\d[%.]?[ \t]*")
_MARKER = re.compile(
    r"[ \t>]*+(?:#{1,6}+(?=[ \t]))?+[ \t]*+"  # indentation, quotation, heading
    r"(?:(?:[-*+\u2013\u2014\u2022\u2023\u25aa\u25cf\u25e6\u00b7]|\d{1,3}+-"
    r"|\(?(?:\d{1,3}+|[A-Za-z]|[ivxIVX]{2,4})[.)])[ \t]++"
    r"(?:\[[ xX]\][ \t]++)?+|(?:-|\d{1,3}+[.)])(?=[A-Z][a-z]))?+"  # list item, task, item that touches its mark
)


def cut(text: str, how: Cutting = LINES, language: str = "en") -> Cut:
    """Cut a text into literals and segments; joining them again, untranslated, gives the text back byte for byte.

    Literals are code blocks (fenced, or recognised by `code_lines`), display maths on lines of its own, blank lines,
    indentation, list marks, heading marks, table pipes, GSM8K's final `#### 72`, and lines with no word to translate
    (two letters in a row outside protected spans). The unit `line` gives a segment for each line (in a table, for each
    cell), `sentence` one for each sentence of a line, `paragraph` one for lines that follow each other without a blank
    line, a mark or code between, `field` one for the whole text, in which literal blocks are placeholders too.

    Args:
      text: the text.
      how: the unit, the most characters of a segment, and the terms to keep.
      language: the text's language (BCP-47), by whose rules sentences end.
    """
    if not _WORD.search(text):
        return Cut((text,) if text else ())
    spans = find_spans(text)
    lines = _lines(text, spans)
    tails = [(start + at, end) for start, end, keep in lines if not keep and (at := code_tail(text[start:end])) >= 0]
    if tails:
        whole = [tail for tail in tails if not inside(tail[0], spans)]
        spans = union([span for span in spans if not crosses(span, whole)], whole)
    if how.keep:
        spans = union(spans, [term for term in find_terms(text, how.keep) if not crosses(term, spans)])
    if how.quotations:
        found = find_quotations(text, how.quotations)
        spans = union(spans, [quotation for quotation in found if not crosses(quotation, spans)])
    builder = _Builder(text, spans, how, language, bare_rows(text, [(start, end) for start, end, _ in lines]))
    if how.unit == "field":
        builder.add_field([(start, end) for start, end, keep in lines if keep])
    elif how.unit == "paragraph":
        builder.add_paragraphs(lines)
    else:
        for start, end, keep in lines:
            if not keep:
                builder.add_line(start, end)
    return builder.cut()


def _lines(text: str, spans: list[Stretch]) -> list[tuple[int, int, bool]]:
    """Return the text as (start, end, keep): lines, and the blocks to keep; line feeds belong to what is kept."""
    free: list[Stretch] = []
    position = 0
    for start, end in spans:
        if "\n" in text[start:end]:
            free.append((position, start))
            position = end
    free.append((position, len(text)))
    out: list[tuple[int, int, bool]] = []
    position = 0
    for start, end in free:
        if position < start:
            out.append((position, start, True))
        position = end
        stretch = text[start:end].split("\n")
        at = start
        for line, is_code in zip(stretch, code_lines(stretch), strict=True):
            if at > start:
                out.append((at - 1, at, True))
            if line:
                out.append((at, at + len(line), is_code or _FINAL_ANSWER.fullmatch(line) is not None))
            at += len(line) + 1
    return out


class _Builder:
    """Collects the pieces of a cut, left to right: what lies between segments is kept."""

    def __init__(self, text: str, spans: list[Stretch], how: Cutting, language: str, rows: frozenset[int]) -> None:
        self.text = text
        self._rows = rows
        self.pieces: list[str | Segment] = []
        self._spans = spans
        self._how, self._language = how, language
        self._at = 0
        self._end = 0

    def cut(self) -> Cut:
        """Return all pieces."""
        self._keep(len(self.text))
        return Cut(tuple(self.pieces))

    def _keep(self, end: int) -> None:
        """Add what follows the last segment as a literal."""
        if self._end < end:
            self.pieces.append(self.text[self._end : end])

    def add_line(self, start: int, end: int) -> None:
        """Add a line: its mark, its text or its cells, and the white space that ends it."""
        spans = self._within(start, end)
        mark = _MARKER.match(self.text, start, end)
        begin = mark.end() if mark else start
        while spans and spans[0][0] < begin:
            if spans[0][1] > begin:
                begin = spans[0][0]  # the mark reaches into a protected span
                break
            spans = spans[1:]
        bars = self._bars(start, begin, end, spans)
        used = 0
        for stop in [*bars, end]:
            first = used
            while used < len(spans) and spans[used][1] <= stop:
                used += 1
            self._add_text(begin, stop, spans[first:used])
            begin = stop + 1

    def add_paragraphs(self, lines: list[tuple[int, int, bool]]) -> None:
        """Add lines that belong together as one: a mark, or the row of a table, begins anew."""
        begin = end = -1
        for start, stop, keep in lines:
            if begin >= 0 and (self._is_break(start, stop) if keep else self._goes_on(begin, start, stop)):
                end = stop
                continue
            if begin >= 0:
                self._add_paragraph(begin, end)
                begin = -1
            if not keep:
                begin, end = start, stop
        if begin >= 0:
            self._add_paragraph(begin, end)

    def _is_break(self, start: int, end: int) -> bool:
        """Say whether a literal is nothing but the end of a line that isn't blank."""
        return self.text[start:end] == "\n" and self.text[start - 1] != "\n"

    def _goes_on(self, first: int, start: int, end: int) -> bool:
        """Say whether a line can go on with what the lines from `first` on said: no row of a table, no mark."""
        mark = _MARKER.match(self.text, start, end)
        begins = mark is not None and self.text[start : mark.end()].strip()
        return bool(self.text[start:end].strip()) and not begins and not self._in_table(first, start)

    def _in_table(self, *lines: int) -> bool:
        return any(self.text.startswith("|", line) or line in self._rows for line in lines)

    def _add_paragraph(self, start: int, end: int) -> None:
        self.add_line(start, start + len(self.text[start:end].rstrip("\n")))

    def add_field(self, blocks: list[Stretch]) -> None:
        """Add the whole text as one segment, in which blocks are protected; blocks at either end are kept out of it."""
        start, end = 0, len(self.text)
        blocks = joined_over_blanks(self.text, [block for block in blocks if self.text[block[0] : block[1]].strip()])
        while blocks and not self.text[start : blocks[0][0]].strip():
            start = blocks.pop(0)[1]
        while blocks and not self.text[blocks[-1][1] : end].strip():
            end = blocks.pop()[0]
        inner = [span for span in self._spans if start <= span[0] and span[1] <= end]
        self._add_text(start, end, union(inner, blocks))

    def _within(self, start: int, end: int) -> list[Stretch]:
        while self._at < len(self._spans) and self._spans[self._at][0] < start:
            self._at += 1
        found = []
        while self._at < len(self._spans) and self._spans[self._at][1] <= end:
            found.append(self._spans[self._at])
            self._at += 1
        return found

    def _bars(self, line: int, start: int, end: int, spans: list[Stretch]) -> list[int]:
        """Return where the pipes of a table's row are; a row begins with one and has another, or is known as one."""
        if not self._is_row(line, start, end):
            return []
        covered: set[int] = set()
        for span in spans:
            covered.update(range(*span))
        return [at for at in range(start, end) if self.text[at] == "|" and at not in covered]

    def _is_row(self, line: int, start: int, end: int) -> bool:
        """Say whether a line, whose text begins after a mark, is the row of a table."""
        return line in self._rows or (self.text.startswith("|", start) and "|" in self.text[start + 1 : end])

    def _add_text(self, start: int, end: int, spans: list[Stretch]) -> None:
        used = 0
        for begin, stop in self._parts(start, end, spans):
            first = used
            while used < len(spans) and spans[used][1] <= stop:
                used += 1
            self._add_segment(begin, stop, spans[first:used])

    def _parts(self, start: int, end: int, spans: list[Stretch]) -> Iterator[tuple[int, int]]:
        """Yield the stretches of a text that are segments of their own."""
        longest = self._how.longest or end - start
        if self._how.unit == "sentence":
            for begin, stop in sentences(self.text, start, end, spans, self._language):
                yield from parts_within(self.text, begin, stop, spans, self._language, longest)
        else:
            yield from parts_within(self.text, start, end, spans, self._language, longest)

    def _add_segment(self, start: int, end: int, spans: list[Stretch]) -> None:
        stretch = self.text[start:end]
        begin = start + len(stretch) - len(stretch.lstrip())
        stop = max(begin, start + len(stretch.rstrip()))
        if spans:  # white space inside a protected span is the span's
            begin, stop = min(begin, spans[0][0]), max(stop, spans[-1][1])
        segment = protect(self.text, begin, stop, joined_over_operators(self.text, spans))
        if _WORD.search(PLACEHOLDER.sub(" ", segment.text)):
            self._keep(begin)
            self.pieces.append(segment)
            self._end = stop
