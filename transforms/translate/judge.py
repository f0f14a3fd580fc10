"""What becomes of an engine's answer: remembered, asked again another way, or a failure. No engine is called here.

`begin` says what to send for a request, `judge` what follows from the answer. A driver, synchronous (`ask`) or not,
loops between the two; so every engine is judged alike.
"""

import re
from dataclasses import dataclass, replace

from transforms.translate.engines import Answer, Engine
from transforms.translate.entries import Entry
from transforms.translate.numbers import missing_numbers, number_spans
from transforms.translate.segments import CANONICAL, PLACEHOLDER, Segment, Unfaithful, protect, restore, verified

ECHO_WORDS = 4
"""An answer that repeats its text is an echo if this has more words than so; fewer may be a name."""

_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, order=True)
class Request:
    """A segment's text to be translated, its placeholders in the canonical form."""

    text: str
    source: str
    target: str


@dataclass(frozen=True)
class Attempt:
    """A request as it is put to an engine this time.

    Attributes:
      request: what is to be translated.
      text: what is sent.
      style: the index of the form of placeholders in the engine's `placeholders`.
      shielded: the request's text with the numbers that were lost before as further placeholders, or None.
      accepted: an earlier answer that is faithful but lacks a number; it counts if this attempt fails.
    """

    request: Request
    text: str
    style: int = 0
    shielded: Segment | None = None
    accepted: Entry | None = None


@dataclass(frozen=True)
class Failure:
    """Why an engine has no translation: its own reason, or `placeholder_...`, `empty`, `echo`, `line_break`."""

    reason: str


def begin(engine: Engine, request: Request) -> Attempt:
    """Return the first attempt at a request."""
    return Attempt(request, _styled(request.text, engine.placeholders[0]))


def judge(name: str, engine: Engine, attempt: Attempt, answer: Answer) -> Entry | Attempt | Failure:
    """Return the entry to remember, the next attempt, or why the engine (by its name in the recipe) failed.

    An answer must hold each placeholder exactly once, or the engine is asked with its next form of placeholder. If a
    number is missing it is asked once more, with that number protected; a second answer without it is accepted.
    """
    request = attempt.request
    if answer.failure:
        return attempt.accepted or Failure(answer.failure)
    try:
        text = _canonical(engine.placeholders[attempt.style], attempt, answer.text)
    except Unfaithful as error:
        return _otherwise(engine, attempt, error.reason)
    if engine.kind != "identity" and is_echo(request, text):
        return attempt.accepted or Failure("echo")
    missing = missing_numbers(request.text, text)
    entry = Entry(
        request.source,
        request.target,
        request.text,
        text,
        f"{engine.kind}:{name}",
        engine.signature(request.source, request.target),
        digits=not missing,
    )
    if not missing or attempt.accepted:
        return entry
    spans = [*(match.span() for match in PLACEHOLDER.finditer(request.text)), *number_spans(request.text, missing)]
    shielded = protect(request.text, 0, len(request.text), sorted(spans))
    style = engine.placeholders[attempt.style]
    return replace(attempt, text=_styled(shielded.text, style), shielded=shielded, accepted=entry)


def is_echo(request: Request, answer: str) -> bool:
    """Return whether an answer is its text again, more than a few words of it, though the languages differ."""
    if request.source.split("-")[0].lower() == request.target.split("-")[0].lower():
        return False
    words = _WORD.findall(PLACEHOLDER.sub(" ", request.text))
    return len(words) > ECHO_WORDS and request.text.casefold().split() == answer.casefold().split()


def _otherwise(engine: Engine, attempt: Attempt, reason: str) -> Attempt | Entry | Failure:
    """Return the attempt with the next form of placeholders, where that can help and there is one."""
    if attempt.accepted:
        return attempt.accepted
    style = attempt.style + 1
    retry = reason.startswith("placeholder") or not engine.deterministic
    if not retry or style >= len(engine.placeholders):
        return Failure(reason)
    return Attempt(attempt.request, _styled(attempt.request.text, engine.placeholders[style]), style)


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
