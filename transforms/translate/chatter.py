"""What language models say beside a translation or instead of one: refusals, announcements, notes, wrappings.

What they say in each language is in `chatter.toml`.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from transforms.formats.languages import language_name
from transforms.rules.language_codes import language
from transforms.rules.scripts import weight

ANNOUNCED = 0.5
"""What follows an announcement has at least this share of the letters and digits of the text."""

_SORRY = r"i\s*+['\u2019]?\s*+a?m\s+(?:\w+\s+)?sorry|sorry|i\s+apologi[sz]e|unfortunately|as\s+an\s+ai"
_CANT = r"i\s*(?:can\s?not|can['\u2019]t|am\s+(?:not\s+able|unable)\s+to|won['\u2019]t|will\s+not)|unable\s+to"
_REFUSAL = re.compile(  # in English, which says nothing of a translation into English
    rf"\W*(?:(?:{_SORRY})\b.{{0,80}})?\b(?:{_CANT})\b.{{0,60}}"
    r"\b(?:translat|assist|help|comply|fulfil|provide|process|complete|do\s+(?:that|this)|with\s+(?:that|this))"
    r"|\W*(?:i\s*+['\u2019]?\s*+a?m\s+sorry|as\s+an\s+ai\b|i\s+must\s+(?:decline|refuse))",
    re.IGNORECASE | re.DOTALL,
)
_UNTRANSLATED = re.compile(  # speaks of translating, and so is no translation of what doesn't
    rf".{{0,80}}\b(?:{_CANT})\b.{{0,60}}\btranslat"
    r"|.{0,80}\b(?:n\u00e3o\s+posso|no\s+puedo|je\s+ne\s+peux\s+pas|ich\s+kann\b.{0,30}\bnicht|non\s+posso)\b"
    r".{0,40}(?:tradu|\u00fcbersetz)"
    r"|.{0,20}(?:\u65e0\u6cd5|\u4e0d\u80fd|\u7121\u6cd5).{0,6}(?:\u7ffb\u8bd1|\u7ffb\u8b6f)",
    re.IGNORECASE | re.DOTALL,
)
_CHATTER = re.compile(r"[^\n:]{0,60}\b(?:translat(?:ion|ed|es)|translating)\b[^\n:]{0,60}:", re.IGNORECASE)
_COLON = re.compile(r"[:\uff1a](?!\d)")  # not that of a time or a ratio
_REGRET = re.compile(  # in English, what may be put into words that refusals have
    r"sorry|apolog|afraid|unfortunate|regret|excuse|forgiv|pardon|impossible|powerless|(?:can|could|won)['\u2019]?t\b"
    r"|\b(?:sad\w*|alas|pity|shame|cannot|could not|will not|do not|don['\u2019]t|(?:un)?able|can not|not possible"
    r"|ais?|a\.i\.|llms?|artificial intelligence|language model)(?!\w)",
    re.IGNORECASE,
)
_OPENING = re.compile(  # in English, which a translation into another language doesn't begin with
    r"\W*(?:(?:sure|certainly|of course|absolutely)[,!.:]|here(?:['\u2019]s| is| are| you go)\b"
    r"|(?:output|answer|response|result|target text)\W{0,4}[:\uff1a])",
    re.IGNORECASE,
)
_NOTE = re.compile(r".*\bnote: ", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"(?<!<)<[/|!]?(?!X\d+X>)[A-Za-z][^<>\n]*>|&(?:#\w+|quot|amp|apos|lt|gt|nbsp);")
_BRACKET = re.compile(r"[(\[\uff08\u3010\u3014\uff3b]")
_DATA = re.compile(r"\s*[\[{]\s*[\"']")


def refuses(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer refuses to translate, or asks for the text, which its text doesn't."""
    patterns = [_UNTRANSLATED] if language(target) == "en" else [_UNTRANSLATED, _REFUSAL]
    if any(pattern.match(answer) and not pattern.match(text) for pattern in patterns):
        return True
    if _beginning("request", "en", language(target)).match(answer) and not _may_ask(text, source):
        return True
    local = _beginning("refusal", language(target)).match(answer) if language(source) == "en" else None
    return local is not None and not _REGRET.search(text)


def _may_ask(text: str, source: str) -> bool:
    """Say whether a text asks for a text itself, or may, for all that is known of its language."""
    known = language(source) in _table()["request"]
    return not known or bool(_translating(source).search(text) or _beginning("request", language(source)).match(text))


def chats(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer announces a translation or comments on it, which its text doesn't."""
    into_english, spoken_of = language(target) == "en", _translating(source).search(text)
    announces = len(_COLON.findall(answer)) > len(_COLON.findall(text))
    if _CHATTER.match(answer) and sum((announces, not into_english, not spoken_of)) > 1:
        return True
    announced = _announcement(target).match(answer) if announces and not spoken_of else None
    if announced and weight(answer[announced.end() :]) >= ANNOUNCED * weight(text):
        return True
    if announces and _label(target).match(answer):
        return True
    if not _BRACKET.search(text) and (_bracketed_label(target).match(answer) or _remark().search(answer)):
        return True
    if into_english:
        return False
    if announces and _NOTE.match(answer) and not re.search(r"(?i)\bnote", text):
        return True
    opened = _OPENING.match(answer)
    return opened is not None and re.sub(r"^\W+|\W+$", "", opened[0].casefold()) not in text.casefold()


def is_wrapped(text: str, answer: str) -> bool:
    """Say whether an answer has tags, entities or the quotation marks of data that its text hasn't.

    Those of the text are placeholders.
    """
    markup = _MARKUP.search(answer) and not re.search("[<&\u2039\u00ab\u3008\u300a]", text)
    return bool(markup or (_DATA.match(answer) and not re.match(r"\W*[\[{]", text)))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("transforms.translate").joinpath("chatter.toml").read_text("utf-8"))


@cache
def _translating(source: str) -> "re.Pattern[str]":
    """Return what speaks of translating, in English and in a language."""
    stem = _table()["translation"].get(language(source))
    return re.compile(f"translat|{stem}" if stem else "translat", re.IGNORECASE)


@cache
def _announcement(target: str) -> "re.Pattern[str]":
    """Return what announces a translation: a word for it in its language, or the language's name in English."""
    stem = _table()["translation"].get(language(target))
    word = rf"|[^\n:\uff1a]{{0,60}}(?:{stem})[^\n:\uff1a]{{0,60}}{_COLON.pattern}" if stem else ""
    return re.compile(rf"\W*(?:{_names(target)})\W{{0,4}}{_COLON.pattern}{word}", re.IGNORECASE)


@cache
def _label(target: str) -> "re.Pattern[str]":
    """Return what labels an answer: whose it is, or the tag of its language in capitals."""
    return re.compile(rf"(?:\W*(?i:assistant)\W{{0,4}}|{_tags(target).upper()}){_COLON.pattern}")


@cache
def _bracketed_label(target: str) -> "re.Pattern[str]":
    return re.compile(rf"\[(?:{_names(target)}|{_tags(target)})\]", re.IGNORECASE)


def _tags(tag: str) -> str:
    return "|".join(re.escape(each) for each in (tag, language(tag)))


def _names(tag: str) -> str:
    return "|".join(re.escape(language_name(each, "plain") or each) for each in (tag, language(tag)))


@cache
def _remark() -> "re.Pattern[str]":
    """Return what begins a translator's note in brackets."""
    return re.compile(
        rf"[(\uff08\[]\W{{0,4}}(?:{_table()['note']})(?!\w)[^()\uff08\uff09]{{0,30}}[:\uff1a]", re.IGNORECASE
    )


@cache
def _beginning(kind: str, *codes: str) -> "re.Pattern[str]":
    """Return how refusals, or requests, begin in these languages; nothing begins so where the table doesn't say."""
    known = [_table()[kind][code] for code in codes if code in _table()[kind]]
    return re.compile(rf"\W*(?:{'|'.join(known)})" if known else r"(?!)", re.IGNORECASE)
