"""What speaks against an answer that holds all its placeholders: it may not be a translation at all.

Language models refuse, chat, answer what they should translate, follow orders that stand in the data, repeat themselves
until they are cut, or reply in the language that they were asked to translate from. Each is recognised by a rule that
a faithful translation hardly ever meets, and that isn't applied where the original looks like that itself. What they
say in each language is in `objections.toml`.
"""

import re
import tomllib
import zlib
from functools import cache
from importlib.resources import files
from typing import Any

from transforms.formats.languages import language_name
from transforms.rules.language import Language
from transforms.rules.language_codes import language
from transforms.rules.scripts import has_letter_of, other_chinese, scripts
from transforms.translate.segments import PLACEHOLDER

ECHO_WORDS = 4
"""An answer that repeats its text is an echo if this has more words than so; fewer may be a name or a title."""

PHRASE_WORDS = 3
"""A language model's answer is an echo from so many words on, if its text doesn't look like a name or a title."""

LONGEST, LONGER = 3.0, 50
"""An answer of more than LONGEST times the letters and digits of its text and LONGER more runs away."""

FAR = 20
"""An answer of so many times the characters of its text, and of 100 more, runs away whatever is in it: to look closer
at some megabytes takes seconds, in which no other answer is dealt with."""

SHORTEST, SHORT_FROM = 0.2, 40
"""An answer of less than this share of its text, from so many letters on, isn't the whole of it."""

REPEATED, REPEATED_FROM = 5.0, 600
"""An answer of so many bytes that compresses so many times better than its text repeats itself."""

LOOP, PERIOD = 300, 50
"""An answer whose last LOOP characters are one stretch of at most PERIOD, over and over, repeats itself too."""

DOUBLED, DOUBLED_WEIGHT = 20, 1.2
"""An answer is said twice if both halves are the same, of so many characters, and all of it has so many times the
letters and digits of its text: "He works. She works." may become one sentence twice."""

ANNOUNCED = 0.5
"""What follows an announcement has at least this share of the letters and digits of the text."""

SENTENCE_WORDS, SPEECH_WORDS = 6, 9
"""The language of an answer is looked at where its text has so many words, or itself so many."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LETTER = re.compile(r"\w")

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
_DATA = re.compile(r"\s*[\[{]\s*[\"']")
_BRACKETED = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_PLAIN = re.compile(r"\W*[^\W\d_]{4,}\W*")
_LANGUAGE = Language(min_score=0.5, second_opinion=True, min_letters=20)


def objection(text: str, answer: str, source: str, target: str, prompted: bool) -> str | None:
    """Return why an answer can't be the translation of a text, or None.

    Args:
      text, answer: with placeholders in canonical form.
      source, target: the languages.
      prompted: whether a model was told what to do, and may have done something else.

    Reasons: `control_character`, `echo`, `runaway`; where prompted also `refusal`, `chatter`, `too_short`,
    `wrong_language`.
    """
    if not set(_CONTROL.findall(answer)) <= set(_CONTROL.findall(text)):
        return "control_character"
    if is_echo(text, answer, source, target, prompted):
        return "echo"
    if _runs_away(text, answer):
        return "runaway"
    if not prompted:
        return None
    if _refuses(text, answer, source, target):
        return "refusal"
    if _chats(text, answer, source, target) or _is_wrapped(text, answer):
        return "chatter"
    least = SHORTEST * _weight(text) if _weight(text) >= SHORT_FROM else min(1, _weight(text))
    if _weight(answer) < least:
        return "too_short"
    if _is_in_other_letters(text, answer, source, target) or _is_foreign(text, answer, source, target):
        return "wrong_language"
    return None


def is_far_too_long(text: str, answer: str) -> bool:
    """Return whether nothing need be known of an answer but its length to say that it runs away."""
    return len(answer) > FAR * (len(text) + 100)


def is_echo(text: str, answer: str, source: str, target: str, prompted: bool) -> bool:
    """Return whether an answer is its text again, though the languages differ: one of more than ECHO_WORDS words.

    Where a model was told what to do, PHRASE_WORDS are enough if the text doesn't look like a name or a title; and an
    answer that has all of such a text in it is an echo, too, unless a term stands there in brackets.
    """
    if language(source) == language(target):
        return False
    said, repeated = " ".join(text.casefold().split()), " ".join(answer.casefold().split())
    number = sum(_WORD.search(word) is not None for word in PLACEHOLDER.sub(" ", text).split())
    if said == repeated:
        return number > ECHO_WORDS or (prompted and number >= PHRASE_WORDS and not _may_be_a_name(text))
    if not prompted or number < PHRASE_WORDS or _may_be_a_name(text):
        return False
    return said in (repeated if number > ECHO_WORDS else _BRACKETED.sub(" ", repeated))


def _may_be_a_name(text: str) -> bool:
    """Say whether a text could be kept in any language: few words, none of more than three small letters alone."""
    spoken = [word for word in PLACEHOLDER.sub(" ", text).split() if _WORD.search(word)]
    return len(spoken) <= ECHO_WORDS and not any(word.islower() and _PLAIN.fullmatch(word) for word in spoken)


def _is_in_other_letters(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer has no letter of its language's scripts, and isn't a name that may stay in its text's.

    Where the target is Chinese in characters of one kind, one in those of the other is in other letters too.
    """
    mine, theirs, said = scripts(target), scripts(source), PLACEHOLDER.sub(" ", answer)
    if other_chinese(said, mine):
        return True
    if not mine or has_letter_of(said, mine) or (theirs and not has_letter_of(PLACEHOLDER.sub(" ", text), theirs)):
        return False
    kept = _may_be_a_name(said) and (not theirs or has_letter_of(said, theirs))
    return bool(_WORD.search(said)) and not kept


def _chats(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer announces a translation or comments on it, which its text doesn't."""
    into_english, spoken_of = language(target) == "en", _translating(source).search(text)
    announces = len(_COLON.findall(answer)) > len(_COLON.findall(text))
    if _CHATTER.match(answer) and sum((announces, not into_english, not spoken_of)) > 1:
        return True
    announced = _announcement(target).match(answer) if announces and not spoken_of else None
    if announced and _weight(answer[announced.end() :]) >= ANNOUNCED * _weight(text):
        return True
    if _remark().search(answer) and not re.search(r"[(\[\uff08\u3010\u3014\uff3b]", text):
        return True
    if into_english:
        return False
    if announces and _NOTE.match(answer) and not re.search(r"(?i)\bnote", text):
        return True
    opened = _OPENING.match(answer)
    return opened is not None and re.sub(r"^\W+|\W+$", "", opened[0].casefold()) not in text.casefold()


def _is_wrapped(text: str, answer: str) -> bool:
    """Say whether an answer has tags, entities or the quotation marks of data that its text hasn't.

    Those of the text are placeholders.
    """
    markup = _MARKUP.search(answer) and not re.search("[<&\u2039\u00ab\u3008\u300a]", text)
    return bool(markup or (_DATA.match(answer) and not re.match(r"\W*[\[{]", text)))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("transforms.translate").joinpath("objections.toml").read_text("utf-8"))


@cache
def _translating(source: str) -> "re.Pattern[str]":
    """Return what speaks of translating, in English and in a language."""
    stem = _table()["translation"].get(language(source))
    return re.compile(f"translat|{stem}" if stem else "translat", re.IGNORECASE)


@cache
def _announcement(target: str) -> "re.Pattern[str]":
    """Return what announces a translation: a word for it in its language, or the language's name in English."""
    names = "|".join(re.escape(language_name(tag, "plain") or tag) for tag in (target, language(target)))
    stem = _table()["translation"].get(language(target))
    word = rf"|[^\n:\uff1a]{{0,60}}(?:{stem})[^\n:\uff1a]{{0,60}}{_COLON.pattern}" if stem else ""
    return re.compile(rf"\W*(?:{names})\W{{0,4}}{_COLON.pattern}{word}", re.IGNORECASE)


@cache
def _remark() -> "re.Pattern[str]":
    """Return what begins a translator's note in brackets."""
    return re.compile(
        rf"[(\uff08\[]\W{{0,4}}(?:{_table()['note']})(?!\w)[^()\uff08\uff09]{{0,30}}[:\uff1a]", re.IGNORECASE
    )


@cache
def _refusal(target: str) -> "re.Pattern[str] | None":
    """Return how refusals begin in a language, or None where the table doesn't say."""
    found = _table()["refusal"].get(language(target))
    return re.compile(rf"\W*(?:{found})", re.IGNORECASE) if found else None


def _refuses(text: str, answer: str, source: str, target: str) -> bool:
    patterns = [_UNTRANSLATED] if language(target) == "en" else [_UNTRANSLATED, _REFUSAL]
    if any(pattern.match(answer) and not pattern.match(text) for pattern in patterns):
        return True
    local = _refusal(target) if language(source) == "en" else None
    return local is not None and local.match(answer) is not None and not _REGRET.search(text)


def _runs_away(text: str, answer: str) -> bool:
    if _weight(answer) > LONGEST * _weight(text) + LONGER:
        return True
    if len(answer) >= LOOP and _loops(answer, LOOP) and not _loops(text, LOOP // 3):
        return True
    if _is_doubled(answer) and not _is_doubled(text) and _weight(answer) > DOUBLED_WEIGHT * _weight(text):
        return True
    data = answer.encode("utf-8", "surrogatepass")
    if len(data) < REPEATED_FROM:
        return False
    before = text.encode("utf-8", "surrogatepass")
    return len(data) / len(zlib.compress(data)) > REPEATED * len(before) / len(zlib.compress(before))


def _loops(text: str, length: int) -> bool:
    """Say whether the end of a text, of so many characters at most, is one stretch over and over."""
    end = text.rstrip()[-length:]
    return any(end[period:] == end[:-period] for period in range(1, min(PERIOD, len(end) // 3) + 1))


def _is_doubled(text: str) -> bool:
    """Say whether a text is one of DOUBLED characters or more twice, with a blank between, or a few marks."""
    plain = " ".join(text.split())
    half = len(plain) // 2
    return any(plain[:size] == plain[-size:] for size in range(max(DOUBLED, half - 2), half + 1))


def _weight(text: str) -> float:
    """Return how many letters and digits the text stands for; one of Chinese, Japanese or Korean counts as three."""
    return len(_LETTER.findall(text)) + 2 * len(_WIDE.findall(text))


def _is_foreign(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether the answer is clearly in another language, where the text clearly is in its own."""
    if language(source) == language(target):
        return False
    bare, said = PLACEHOLDER.sub(" ", text), PLACEHOLDER.sub(" ", answer)
    short = len(_WORD.findall(bare)) < SENTENCE_WORDS
    if (short and len(_WORD.findall(said)) < SPEECH_WORDS) or not _LANGUAGE.objects(said, target):
        return False
    return short or not _LANGUAGE.objects(bare, source)
