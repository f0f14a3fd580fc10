"""What becomes of an engine's answer: remembered, asked again another way, or a failure. No engine is called here.

`begin` says what to send for a request, `judge` what follows from the answer. The drivers (`local.py`, `window.py`,
`batches.py`) loop between the two; so every engine is judged alike.
"""

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from transforms.example import digest
from transforms.translate.engines import SAID, Answer, Engine, Query
from transforms.translate.entries import Entry
from transforms.translate.numbers import missing_numbers, number_spans
from transforms.translate.objections import is_far_too_long, objection
from transforms.translate.segments import CANONICAL, PLACEHOLDER, Segment, Unfaithful, protect, restore, verified
from transforms.translate.terms import Terms, lacking
from transforms.translate.usage import DEFERRED

TRIES = 3
"""How often an engine that may answer otherwise is asked for one segment, where its answers aren't fit to be kept."""

FINAL = frozenset({"filtered", "too_long", "unsupported", "not_in_memory", "request_refused"})
"""Failures of an engine that asking again doesn't mend."""


class Request(NamedTuple):
    """A segment's text to be translated, its placeholders in the canonical form.

    Attributes:
      text: the text.
      source, target: the languages (BCP-47).
      terms: pairs of a term that the text has and the translation that it must get.
      candidate: which of several translations of the text this is, from 0.
    """

    text: str
    source: str
    target: str
    terms: Terms = ()
    candidate: int = 0

    def signature(self, engine: Engine) -> str:
        """Return the signature under which an engine's translation is remembered."""
        signature = engine.signature_of(self.source, self.target)
        if self.terms:
            signature += f"|terms:{digest(*(part for term in self.terms for part in term)).hex()[:12]}"
        return f"{signature}|candidate:{self.candidate}" if self.candidate else signature


@dataclass(frozen=True)
class Attempt:
    """A request as it is put to an engine this time.

    Attributes:
      request: what is to be translated.
      text: what is sent.
      style: the index of the form of placeholders in the engine's `placeholders`.
      tries: how often answers to it were not fit to be kept.
      shielded: the request's text with the numbers that were lost before as further placeholders, or None.
      accepted: an earlier answer that is faithful but lacks a number; it counts if this attempt fails.
      reason: why the answer before couldn't be used.
    """

    request: Request
    text: str
    style: int = 0
    tries: int = 0
    shielded: Segment | None = None
    accepted: Entry | None = None
    reason: str = ""

    def query(self, *others: "Attempt") -> Query:
        """Return what the engine is asked by this attempt, and by others of the same kind with it."""
        request, texts = self.request, tuple(attempt.text for attempt in (self, *others))
        return Query(texts, request.source, request.target, request.terms, request.candidate, self.reason)


class Failure(NamedTuple):
    """Why there is no translation.

    Attributes:
      reason: the engine's own reason, one of `objections.py`, or `placeholder_...`, `line_break`, `empty`, `glossary`.
      said: the beginning of what the engine answered instead; empty where it said nothing.
    """

    reason: str
    said: str = ""

    @property
    def for_later(self) -> bool:
        """Whether asking again in another run may help: what hasn't been asked to the end."""
        return self.reason.startswith(DEFERRED)


def begin(engine: Engine, request: Request) -> Attempt:
    """Return the first attempt at a request."""
    return Attempt(request, _styled(request.text, engine.placeholders[0]))


def judge(name: str, engine: Engine, attempt: Attempt, answer: Answer) -> Entry | Attempt | Failure:
    """Return the entry to remember, the next attempt, or why the engine (by its name in the recipe) failed.

    An answer must hold each placeholder exactly once, or the engine is asked with its next form of placeholder; one
    that isn't a translation (`objections.py`) or lacks a term of the glossary is asked for again, at most TRIES times
    in all, where the engine may answer otherwise. If a number is missing it is asked once more, with that number
    protected; a second answer without it is accepted.
    """
    request = attempt.request
    if answer.failure:
        return _otherwise(engine, attempt, answer, answer.failure)
    if is_far_too_long(attempt.text, answer.text):
        return _otherwise(engine, attempt, answer, "runaway")
    try:
        text = _canonical(engine.placeholders[attempt.style], attempt, answer.text)
    except Unfaithful as error:
        return _otherwise(engine, attempt, answer, error.reason)
    if engine.kind != "identity":
        prompted = engine.kind == "llm"
        if reason := objection(request.text, text, request.source, request.target, prompted):
            return _otherwise(engine, attempt, answer, reason)
    if lacking(request.terms, text):
        return _otherwise(engine, attempt, answer, "glossary")
    missing = missing_numbers(request.text, text)
    entry = Entry(
        request.source,
        request.target,
        request.text,
        text,
        f"{engine.kind}:{name}",
        request.signature(engine),
        digits=not missing,
    )
    if not missing or attempt.accepted:
        return entry
    spans = [*(match.span() for match in PLACEHOLDER.finditer(request.text)), *number_spans(request.text, missing)]
    shielded = protect(request.text, 0, len(request.text), sorted(spans))
    style = engine.placeholders[attempt.style]
    return replace(attempt, text=_styled(shielded.text, style), shielded=shielded, accepted=entry, reason="digits")


def _otherwise(engine: Engine, attempt: Attempt, answer: Answer, reason: str) -> Attempt | Entry | Failure:
    """Return the next attempt after an answer that isn't fit to be kept, where that can help."""
    if attempt.accepted:
        return attempt.accepted
    tries, style = attempt.tries + 1, attempt.style
    if reason.startswith("placeholder"):
        style += 1
    last = len(engine.placeholders) - 1
    if engine.deterministic:
        if style == attempt.style or style > last:
            return Failure(reason, _beginning(answer.text))
    elif tries >= TRIES or reason in FINAL:
        return Failure(reason, _beginning(answer.text))
    style = min(style, last)
    return Attempt(
        attempt.request, _styled(attempt.request.text, engine.placeholders[style]), style, tries, reason=reason
    )


def _beginning(answer: str) -> str:
    """Return what is shown of an answer; halves of characters, which no file holds, as question marks."""
    return answer[:SAID].encode("utf-8", "replace").decode()


def _styled(text: str, style: str) -> str:
    """Return a canonical text with its placeholders in another form; numbers avoid what the text has of that form."""
    if style == CANONICAL or not PLACEHOLDER.search(text):
        return text
    offset = _offset(text, style)
    return PLACEHOLDER.sub(lambda match: style.format(int(match.group()[1:-1]) + offset), text)


def _offset(text: str, style: str) -> int:
    used = [int(number) for number in re.findall(_pattern(style), text)]
    return max(used) + 1 if used else 0


def _pattern(style: str) -> str:
    before, after = style.split("{}")
    return rf"{re.escape(before)}([0-9]{{1,9}}){re.escape(after)}"


def _canonical(style: str, attempt: Attempt, answer: str) -> str:
    """Return a verified answer with canonical placeholders, and shielded numbers as numbers; raise Unfaithful."""
    asked = attempt.shielded.text if attempt.shielded else attempt.request.text
    if style != CANONICAL and PLACEHOLDER.search(asked):
        if PLACEHOLDER.search(answer):
            raise Unfaithful("placeholder_unknown")
        offset = _offset(asked, style)
        count = len(PLACEHOLDER.findall(asked))
        answer = re.sub(_pattern(style), lambda match: _numbered(match, offset, count), answer)
    if attempt.shielded:
        answer = restore(attempt.shielded, answer)
    return verified(attempt.request.text, answer)


def _numbered(match: re.Match[str], offset: int, count: int) -> str:
    number = int(match[1]) - offset
    return CANONICAL.format(number) if 0 <= number < count else match[0]
