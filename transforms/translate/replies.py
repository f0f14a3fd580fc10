"""Replies of chat completions: from JSON to answers."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from transforms.translate.engines import Answer, Query
from transforms.translate.forecast import rough_tokens

FINISHES = {
    "length": "cut", "max_tokens": "cut", "model_length": "cut", "error": "cut", "abort": "cut", "network_error": "cut",
    "insufficient_system_resource": "cut", "content_filter": "filtered", "sensitive": "filtered", "safety": "filtered",
}  # fmt: skip
"""What the reason for which a model stopped says against its answer, as services and servers of models word it."""

_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)
_FENCE = re.compile(r"\s*```[a-z]*\n(?P<inside>.*?)\n?```\s*", re.DOTALL)
_QUOTES = ('""', "\u201c\u201d", "\u00ab\u00bb", "''")


def read_reply(reply: Any, query: Query) -> list[Answer]:
    """Return an answer to each text of a query, the usage with the first.

    Usage that the endpoint doesn't report is estimated. What a model thinks is output, also where only the total
    counts it (xAI, Gemini).

    Raises KeyError, TypeError, ValueError or IndexError where the reply isn't a chat completion.
    """
    choice = reply["choices"][0]
    message = choice["message"]
    text = message.get("content") or ""
    if not isinstance(text, str):
        raise TypeError("content isn't text")
    used = _used(reply.get("usage") or {}, query, text)
    failure = FINISHES.get(str(choice.get("finish_reason")).lower())
    if not failure and message.get("refusal"):
        failure = "refusal"
    if failure:
        answers = [Answer("", failure)] * len(query.texts)
    elif len(query.texts) == 1:
        answers = [Answer(bare(text, query.texts[0]))]
    else:
        answers = _several(text, len(query.texts))
    first = answers[0]
    return [Answer(first.text, first.failure, *used), *answers[1:]]


def _used(usage: Mapping[str, Any], query: Query, text: str) -> tuple[int, int]:
    """Return the tokens of input and output that a reply to a query reports."""
    given = int(usage.get("prompt_tokens") or 0)
    made = int(usage.get("completion_tokens") or 0)
    if given:
        made = max(made, int(usage.get("total_tokens") or 0) - given)
    return given or int(sum(map(rough_tokens, query.texts))), made or int(rough_tokens(text))


def bare(reply: str, text: str) -> str:
    """Return a reply without what models put around it and the text hasn't: thoughts, a fence, quotation marks."""
    if not _THOUGHT.match(text):
        reply = _THOUGHT.sub("", reply, count=1) if _THOUGHT.match(reply) else reply
    if (fence := _FENCE.fullmatch(reply)) and "```" not in text:
        reply = fence["inside"]
    stripped, original = reply.strip(), text.strip()
    for opening, closing in map(tuple, _QUOTES):
        inside = stripped[1:-1]
        quoted = len(stripped) > 2 and stripped[0] == opening and stripped[-1] == closing
        if quoted and opening not in inside and closing not in inside and original[:1] not in "\"'\u201c\u00ab\u2018":
            return inside
    return reply


def _several(reply: str, number: int) -> list[Answer]:
    """Return the strings of a JSON array of exactly so many; anything else fails as a whole."""
    try:
        texts = orjson.loads(bare(reply, ""))
    except orjson.JSONDecodeError:
        texts = None
    if not isinstance(texts, list) or len(texts) != number or not all(isinstance(text, str) for text in texts):
        return [Answer("", "reply_format")] * number
    return [Answer(text) for text in texts]
