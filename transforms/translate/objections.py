"""What speaks against an answer that holds all its placeholders: it may not be a translation at all.

Language models refuse, chat, answer what they should translate, follow orders that stand in the data, repeat themselves
until they are cut, or reply in the language that they were asked to translate from. Each is recognised by a rule that
a faithful translation hardly ever meets, and that isn't applied where the original looks like that itself.
"""

import re
import zlib

from transforms.rules.language import Language
from transforms.rules.language_codes import language
from transforms.rules.scripts import has_letter_of, other_chinese, scripts
from transforms.translate.segments import PLACEHOLDER
from transforms.translate.spans import UNSPACED

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

SENTENCE_WORDS, SPEECH_WORDS = 6, 9
"""The language of an answer is looked at where its text has so many words, or itself so many."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_WIDE = re.compile(f"[{UNSPACED}\uac00-\ud7af]")
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
    if _refuses(text, answer, target):
        return "refusal"
    if _chats(text, answer, target):
        return "chatter"
    if _weight(text) >= SHORT_FROM and _weight(answer) < SHORTEST * _weight(text):
        return "too_short"
    if _is_in_other_letters(text, answer, source, target) or _is_foreign(text, answer, source, target):
        return "wrong_language"
    return None


def is_far_too_long(text: str, answer: str) -> bool:
    """Return whether nothing need be known of an answer but its length to say that it runs away."""
    return len(answer) > FAR * (len(text) + 100)


def is_echo(text: str, answer: str, source: str, target: str, prompted: bool) -> bool:
    """Return whether an answer is its text again, though the languages differ: one of more than ECHO_WORDS words.

    Where a model was told what to do, PHRASE_WORDS are enough if the text doesn't look like a name or a title.
    """
    if language(source) == language(target) or text.casefold().split() != answer.casefold().split():
        return False
    number = len(_WORD.findall(PLACEHOLDER.sub(" ", text)))
    return number > ECHO_WORDS or (prompted and number >= PHRASE_WORDS and not _may_be_a_name(text))


def _may_be_a_name(text: str) -> bool:
    """Say whether a text could be kept in any language: few words, each with a capital (or a digit) in it."""
    words = PLACEHOLDER.sub(" ", text).split()
    spoken = [word for word in words if _WORD.search(word)]
    return len(spoken) <= ECHO_WORDS and all(not word.islower() or len(word) <= 3 for word in spoken)


def _is_in_other_letters(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether an answer has no letter of its language's scripts, and isn't a name that may stay in another.

    Where the target is Chinese in characters of one kind, one in those of the other is in other letters too.
    """
    mine, theirs, said = scripts(target), scripts(source), PLACEHOLDER.sub(" ", answer)
    if other_chinese(said, mine):
        return True
    if not mine or has_letter_of(said, mine) or (theirs and not has_letter_of(PLACEHOLDER.sub(" ", text), theirs)):
        return False
    return not _may_be_a_name(said)


def _chats(text: str, answer: str, target: str) -> bool:
    """Say whether an answer announces a translation, which its text doesn't speak of."""
    if not _CHATTER.match(answer):
        return False
    spoken_of = "[:\uff1a]" if language(target) == "en" else "(?i:translat)"
    return not re.search(spoken_of, text)


def _refuses(text: str, answer: str, target: str) -> bool:
    patterns = [_UNTRANSLATED] if language(target) == "en" else [_UNTRANSLATED, _REFUSAL]
    return any(pattern.match(answer) and not pattern.match(text) for pattern in patterns)


def _runs_away(text: str, answer: str) -> bool:
    if _weight(answer) > LONGEST * _weight(text) + LONGER:
        return True
    if len(answer) >= LOOP and _loops(answer, LOOP) and not _loops(text, LOOP // 3):
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


def _weight(text: str) -> float:
    """Return how many letters and digits the text stands for; a character of an unspaced script counts as three."""
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
