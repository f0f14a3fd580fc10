"""Replies of chat completions: from JSON to answers."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from transforms.translate.engines import SAID, Answer, Query
from transforms.translate.forecast import rough_tokens
from transforms.translate.prompts import Prompt

FINISHES = {
    "length": "cut", "max_tokens": "cut", "model_length": "cut", "error": "cut", "abort": "cut", "network_error": "cut",
    "insufficient_system_resource": "cut", "content_filter": "filtered", "sensitive": "filtered", "safety": "filtered",
}  # fmt: skip
"""What the reason for which a model stopped says against its answer, as services and servers of models word it."""

_THOUGHT = re.compile(r"\s*+(?:<think(?:ing)?>)?.*?</think(?:ing)?>\s*", re.DOTALL)  # prompts may open it themselves
_FENCE = re.compile(r"\s*```[a-z]*\n(?P<inside>.*?)\n?```\s*", re.DOTALL)
_QUOTES = ('""', "\u201c\u201d", "\u201e\u201c", "\u00ab\u00bb", "\u300c\u300d", "''")
_OPENING = "\u2018\u300e" + "".join(pair[0] for pair in _QUOTES)


def read_reply(reply: Any, query: Query, prompt: Prompt) -> list[Answer]:
    """Return an answer to each text of a query, which was put by a prompt; the usage is with the first.

    Usage that the endpoint doesn't report is estimated. What a model thinks is output, also where only the total
    counts it (xAI, Gemini). A reply that says nothing but was paid for is an empty answer.

    Raises KeyError, TypeError, ValueError, IndexError or AttributeError where the reply isn't a chat completion.
    """
    usage = reply.get("usage") or {}
    choice = reply["choices"][0] if reply["choices"] or not usage.get("prompt_tokens") else {"message": {}}
    message = choice["message"]
    text = _text(message.get("content"))
    used = _used(usage, query, prompt, text)
    failure = FINISHES.get(str(choice.get("finish_reason")).lower())
    if not failure and message.get("refusal"):
        text, failure = _text(message["refusal"]), "refusal"
    if failure:
        answers = [Answer(text[:SAID], failure)] * len(query.texts)
    elif len(query.texts) == 1:
        answers = [Answer(bare(text, query.texts[0]))]
    else:
        answers = _several(text, len(query.texts))
    first = answers[0]
    return [Answer(first.text, first.failure, *used), *answers[1:]]


def _text(content: Any) -> str:
    """Return what a message says: a text, or parts of which some may be thoughts (Mistral)."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _used(usage: Mapping[str, Any], query: Query, prompt: Prompt, text: str) -> tuple[int, int]:
    """Return the tokens of input and output that a reply to a query reports."""
    given = max(0, int(usage.get("prompt_tokens") or 0))
    made = max(0, int(usage.get("completion_tokens") or 0))
    if given:
        made = max(made, int(usage.get("total_tokens") or 0) - given)
    if not given:
        given = int(sum(rough_tokens(message["content"]) for message in prompt.messages(query)))
    return given, made or int(rough_tokens(text))


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
        if quoted and opening not in inside and closing not in inside and original[:1] not in _OPENING:
            return inside
    return reply


def _several(reply: str, number: int) -> list[Answer]:
    """Return the strings of a JSON array of exactly so many; anything else fails as a whole."""
    try:
        texts = orjson.loads(bare(reply, ""))
    except orjson.JSONDecodeError:
        texts = None
    if not isinstance(texts, list) or len(texts) != number or not all(isinstance(text, str) for text in texts):
        return [Answer(reply[:SAID], "reply_format")] * number
    return [Answer(text) for text in texts]
