"""What OpenAI-compatible endpoints mean by an error: the money is spent, one text fails, when to try again."""

import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from transforms.translate.engines import EngineError, Refused, Unavailable
from transforms.translate.secrets import redacted

SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of an account that has no money left."""

_TEMPORARY = {200: "error_reply", 408: "timeout", 429: "rate_limited", 503: "overloaded", 529: "overloaded"}
_FILTERED = ("content_filter", "content_policy", "data_inspection_failed", "moderation")


def error_of(body: Any) -> Mapping[str, Any]:
    """Return the error that a body tells, with or without what is around it; its `message` is text, however worded.

    Gemini puts it into a list.
    """
    if isinstance(body, list) and len(body) == 1:
        [body] = body
    inside = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(inside, Mapping):
        return {"message": " ".join(str(inside or "").split())}
    return {**inside, "message": str(inside.get("message") or inside.get("detail") or "")}


def error_within(body: Any) -> int | None:
    """Return the status of an error that came in place of an answer, though with 200 (OpenRouter); None for others.

    It is 200 where the error doesn't tell another one (LM Studio).
    """
    if not isinstance(body, Mapping) or body.get("choices") or not body.get("error"):
        return None
    code = str(error_of(body).get("code"))
    return int(code) if re.fullmatch("[45][0-9][0-9]", code) else 200


def complaint(
    status: int, error: Mapping[str, Any], url: str, model: str, key: str, keys: Sequence[str]
) -> EngineError:
    """Return what an endpoint has against a request, where that isn't its text; Refused where it may be.

    Gemini has 400 for a wrong key.

    Args:
      status, error: its response (see `error_of`).
      url, model: the endpoint, and the model that was asked for.
      key: where the key is, empty where none was given.
      keys: those that mustn't be repeated.
    """
    said = redacted(str(error.get("message", ""))[:300], keys)
    told = f"status {status}: {said}".removesuffix(": ")
    if status in (401, 403) or "API_KEY_INVALID" in str(error.get("details")):
        return EngineError(f"{url} refused the API key ({key or 'none was given'}): {told}")
    if status == 404:
        return EngineError(f"{url} has no model {model!r}, or no chat completions: {told}")
    return Refused(f"{url} doesn't take such requests: {told}")


def is_spent(status: int, error: Mapping[str, Any]) -> bool:
    """Say whether an account has no money left: 402 (DeepSeek, OpenRouter and others), or a code that says so.

    OpenAI sends such codes with 429, and with 400 where a limit of its account's owner is reached.
    """
    return status == 402 or bool({str(error.get("code")), str(error.get("type"))} & SPENT)


def raise_if_temporary(status: int, error: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Raise Unavailable where the same request may be answered later: the service is busy, failed, or wants money."""
    if is_spent(status, error):
        raise Unavailable("quota") from None
    if status in (200, 408, 409, 425, 429) or status >= 500:
        reason = _TEMPORARY.get(status, "server_error")
        raise Unavailable(reason, retry_after(headers), status == 429) from None


def text_failure(status: int, error: Mapping[str, Any]) -> str | None:
    """Return why a text fails, `filtered` or `too_long`; None where the error doesn't say that it is the text's.

    OpenRouter has 403 for a text that was flagged, too, and tells it by the error's metadata.
    """
    code = f"{error.get('code')} {error.get('type')}"
    metadata = error.get("metadata")
    if any(part in code for part in _FILTERED) or (isinstance(metadata, Mapping) and "flagged_input" in metadata):
        return "filtered"
    return "too_long" if "context_length" in code or status == 413 else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `Retry-After` (RFC 9110, 10.2.3), or of `retry-after-ms`; None where neither says.

    A date is compared with the response's own `Date`: clocks may differ.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        if 0 <= seconds < 1e6:
            return seconds
    try:
        until, now = (parsedate_to_datetime(headers.get(name, "")) for name in ("retry-after", "date"))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one of the two without its zone
        return None
