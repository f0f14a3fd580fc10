"""What OpenAI-compatible endpoints mean by an error: that the money is spent, or that one text can't be translated."""

from collections.abc import Mapping
from typing import Any

SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of an account that has no money left."""

_FILTERED = ("content_filter", "content_policy", "data_inspection_failed", "moderation")


def is_spent(status: int, error: Mapping[str, Any]) -> bool:
    """Say whether an account has no money left: 402 (DeepSeek, OpenRouter and others), or a 429 that says so."""
    return status == 402 or (status == 429 and bool({str(error.get("code")), str(error.get("type"))} & SPENT))


def text_failure(status: int, error: Mapping[str, Any]) -> str | None:
    """Return why a text fails, `filtered` or `too_long`; None where the error doesn't say that it is the text's.

    OpenRouter has 403 for a text that was flagged, too, and tells it by the error's metadata.
    """
    code = str(error.get("code") or error.get("type") or "")
    metadata = error.get("metadata")
    if any(part in code for part in _FILTERED) or (isinstance(metadata, Mapping) and "flagged_input" in metadata):
        return "filtered"
    return "too_long" if "context_length" in code or status == 413 else None
