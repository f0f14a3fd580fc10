"""Whole texts: cut into segments, and put together again from the answers to these."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from transforms.translate.answers import Found
from transforms.translate.cutting import Cutting, cut
from transforms.translate.judge import Request
from transforms.translate.segments import Cut, Unfaithful, assemble


@lru_cache(maxsize=1 << 14)  # more than a batch has: each text is looked at three times
def cut_text(text: str, how: Cutting, language: str) -> Cut:
    """Cut a text; the same one is cut for each language, and again when the answers are there."""
    return cut(text, how, language)


def translated(parts: Cut, requests: Sequence[Request], found: Mapping[Request, Found]) -> tuple[str, str, str]:
    """Return a text from the answers to the requests for its segments, or else why not: (text, reason, detail).

    The reason is empty where there is a text; the detail is the segment that failed, with what was said instead of a
    translation, or what the answers lack.
    """
    translations = {}
    for request in requests:
        answer = found[request]
        if answer.failure:
            said = f" -> {answer.said}" if answer.said else ""
            return "", answer.failure, request.text[:200] + said
        translations[request.text] = answer.translation
    try:
        return assemble(parts, translations), "", ""
    except Unfaithful as error:
        return "", error.reason, str(error)
