"""What OpenAI-compatible endpoints mean by an error: the money is spent, one text fails, when to try again."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of an account that has no money left."""

_FILTERED = ("content_filter", "content_policy", "data_inspection_failed", "moderation")


def is_spent(status: int, error: Mapping[str, Any]) -> bool:
    """Say whether an account has no money left: 402 (DeepSeek, OpenRouter and others), or a code that says so.

    OpenAI sends such codes with 429, and with 400 where a limit of its account's owner is reached.
    """
    return status == 402 or bool({str(error.get("code")), str(error.get("type"))} & SPENT)


def is_temporary(status: int) -> bool:
    """Say whether the same request may be answered later: the service is busy, or failed itself."""
    return status in (408, 409, 425, 429) or status >= 500


def text_failure(status: int, error: Mapping[str, Any]) -> str | None:
    """Return why a text fails, `filtered` or `too_long`; None where the error doesn't say that it is the text's.

    OpenRouter has 403 for a text that was flagged, too, and tells it by the error's metadata.
    """
    code = str(error.get("code") or error.get("type") or "")
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
