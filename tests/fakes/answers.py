"""Responses in the shapes of the OpenAI API reference: completions, errors, and what a fault makes of them."""

from collections.abc import Mapping
from typing import Any

import orjson

from tests.fakes.faults import Reply
from tests.fakes.wire import HttpReply, json_reply

Usage = tuple[int, int]
"""Tokens of the prompt and of the completion."""


def error(
    status: int, message: str, kind: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> HttpReply:
    """Return an error as the API words it."""
    return json_reply({"error": {"message": message, "type": kind, "param": None, "code": code}}, status, headers)


def not_found(message: str) -> HttpReply:
    """Return 404."""
    return error(404, message, "invalid_request_error")


def bad_request(message: str, code: str | None = None) -> HttpReply:
    """Return 400."""
    return error(400, message, "invalid_request_error", code)


def wrong_key(key: str) -> HttpReply:
    """Return 401, whose message shows the ends of the key, as the real one does."""
    if not key:
        return error(401, "You didn't provide an API key.", "invalid_request_error")
    shown = key[:8] + "*" * max(3, len(key) - 12) + key[-4:]
    return error(401, f"Incorrect API key provided: {shown}.", "invalid_request_error", "invalid_api_key")


def rate_limited(what: str, retry_after: float | None) -> HttpReply:
    """Return 429, with `Retry-After` if seconds are given."""
    headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
    return error(429, f"Rate limit reached: {what}. Please try again later.", what, "rate_limit_exceeded", headers)


def out_of_quota() -> HttpReply:
    """Return the 429 that no waiting helps against."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return error(429, message, "insufficient_quota", "insufficient_quota")


def failed(kind: str, key: str, retry_after: float) -> HttpReply | None:
    """Return the response of a fault that is an error status, or None for other kinds."""
    if kind in ("http_429", "http_429_retry_after"):
        return rate_limited("requests", retry_after if kind == "http_429_retry_after" else None)
    if kind == "http_500":
        return error(500, "The server had an error while processing your request. Sorry about that!", "server_error")
    if kind == "http_503":
        return error(503, "The engine is currently overloaded, please try again later.", "service_unavailable")
    if kind == "insufficient_quota":
        return out_of_quota()
    if kind == "http_402":
        return error(402, "Insufficient Balance", "unknown_error", "invalid_request_error")
    if kind == "flagged":
        said = {"code": 403, "message": "Your input was flagged", "metadata": {"flagged_input": "...", "reasons": []}}
        return json_reply({"error": said}, 403)
    if kind == "http_400":
        return bad_request("The input could not be processed.", "invalid_value")
    if kind == "unauthorized":
        return wrong_key(key)
    if kind == "html":
        page = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
        return HttpReply(502, page, content_type="text/html")
    return None


def said(reply: Reply) -> str:
    """Return the model's message."""
    if reply.instead is not None:
        return reply.instead
    text = orjson.dumps(reply.texts).decode() if reply.several else reply.texts[0]
    if reply.finish in ("length", "content_filter"):
        text = text[: len(text) // 2]
    return reply.around + text


def completion(identifier: str, model: str, content: str, finish: str, usage: Usage, created: int) -> dict[str, Any]:
    """Return a chat completion."""
    message = {"role": "assistant", "content": content, "refusal": None}
    prompt, completed = usage
    return {
        "id": identifier,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completed, "total_tokens": prompt + completed},
    }
