"""What speaks against an answer that holds all its placeholders: it may not be a translation at all.

Language models refuse, chat, answer what they should translate, follow orders that stand in the data, repeat themselves
until they are cut, leave sentences as they are (`untranslated.py`), or reply in the language that they were asked to
translate from. Each is recognised by a rule that a faithful translation seldom meets, and that isn't applied where the
original looks like that itself. Those on what models say are in `chatter.py`.
"""

import re
import zlib

from transforms.rules.language import Language
from transforms.rules.language_codes import language
from transforms.rules.scripts import has_letter_of, other_chinese, scripts, weight
from transforms.translate.chatter import chats, is_wrapped, refuses
from transforms.translate.segments import PLACEHOLDER
from transforms.translate.untranslated import keeps_sentences

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

CUT, CUT_FROM = 0.6, 80
"""Nor is one that ends in a letter where its text ends as sentences do, of less than this share of it, in characters,
too."""

REPEATED, REPEATED_FROM = 5.0, 600
"""An answer of so many bytes that compresses so many times better than its text repeats itself."""

LOOP, PERIOD = 300, 50
"""An answer whose last LOOP characters are one stretch of at most PERIOD, over and over, repeats itself too."""

DOUBLED, DOUBLED_WEIGHT = 12, 1.2
"""An answer is said twice if both halves are the same, of so many characters, and all of it has so many times the
letters and digits of its text: "He works. She works." may become one sentence twice."""

THRICE, ENDING = 8, 30_000
"""An answer that grew as much repeats itself if it ends in a stretch of so many characters three times. That is
looked for in so many characters at the end alone, as it takes the square of their number."""

SENTENCE_WORDS, SPEECH_WORDS = 6, 9
"""The language of an answer is looked at where its text has so many words, or itself so many."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BRACKETED = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_PLAIN = re.compile(r"\W*[^\W\d_]{4,}\W*")
_STOP = re.compile(r"[.?!\u2026\u3002\uff1f\uff01\u0964\u061f\u06d4][\"'\u201d\u2019\u00bb)\uff09\u300d\u300f]*+\Z")
_PIECE = re.compile(r"[^\W_][^.,;:!?|/\u2026\u3001\u3002\uff0c\uff1b\uff01\uff1f\u0964\u060c\u061f]*+")
_WITHOUT_STOPS = ("th", "lo")
_CAPITAL = re.compile(
    r"(?<![a-z\u00df-\u00ff])[\u00c0-\u00dd](?=[\u2026\u2013\u2014\u2019\u201d\u00ae\u2122\u00bb\u00a0](?:\W|\Z))"
)
_LANGUAGE = Language(min_score=0.5, second_opinion=True, min_letters=20)


def objection(text: str, answer: str, source: str, target: str, prompted: bool) -> str | None:
    """Return why an answer can't be the translation of a text, or None.

    Args:
      text, answer: with placeholders in canonical form.
      source, target: the languages.
      prompted: whether a model was told what to do, and may have done something else.

    Reasons: `control_character`, `encoding`, `echo`, `runaway`; where prompted also `refusal`, `chatter`, `too_short`,
    `wrong_language`.
    """
    if not set(_CONTROL.findall(answer)) <= set(_CONTROL.findall(text)):
        return "control_character"
    if _is_garbled(answer, target) and not _is_garbled(text, source):
        return "encoding"
    if is_echo(text, answer, source, target, prompted):
        return "echo"
    all_of_it, said = weight(text), weight(answer)
    if _runs_away(text, answer, all_of_it, said):
        return "runaway"
    if not prompted:
        return None
    if refuses(text, answer, source, target):
        return "refusal"
    if chats(text, answer, source, target) or is_wrapped(text, answer):
        return "chatter"
    if _is_too_short(text, answer, all_of_it, said, target):
        return "too_short"
    if _is_in_other_letters(text, answer, source, target) or _is_foreign(text, answer, source, target):
        return "wrong_language"
    return "echo" if keeps_sentences(text, answer, source, target) else None


def _is_garbled(text: str, tag: str) -> bool:
    """Say whether a text is UTF-8 that was read as Windows-1252, or as Latin-1 where that has no control characters.

    By chance capitals before a mark are UTF-8, too ("CAFÉ…"), and other letters of no script that the language has.
    """
    text = _CAPITAL.sub("A", text)
    if text.isascii():
        return False
    try:
        meant = text.encode("cp1252").decode()
    except UnicodeError:
        return False
    letters = "".join(character for character in meant if character.isalpha() and not character.isascii())
    return not letters or has_letter_of(letters, scripts(tag))


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


def _is_too_short(text: str, answer: str, all_of_it: int, said: int, target: str) -> bool:
    if said < (SHORTEST * all_of_it if all_of_it >= SHORT_FROM else min(1, all_of_it)):
        return True
    if all_of_it < CUT_FROM or said >= CUT * all_of_it or len(answer) >= CUT * len(text):
        return False
    open_ended = PLACEHOLDER.sub(" ", answer)[-1].isalnum() and _STOP.search(text)
    return bool(open_ended) and language(target) not in _WITHOUT_STOPS


def _runs_away(text: str, answer: str, all_of_it: int, said: int) -> bool:
    if said > LONGEST * all_of_it + LONGER:
        return True
    if len(answer) >= LOOP and _loops(answer, LOOP) and not _loops(text, LOOP // 3):
        return True
    if said > DOUBLED_WEIGHT * all_of_it and _says_again(answer) and not _may_be_said_again(text, answer):
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


def _says_again(text: str) -> bool:
    """Say whether a text is one twice, or ends in one stretch three times, with a blank between, or a few marks."""
    plain = " ".join(text.split())
    half = len(plain) // 2
    twice = any(plain[:size] == plain[-size:] for size in range(max(DOUBLED, half - 2), half + 1))
    return twice or _ends_thrice(plain[-ENDING:])


def _may_be_said_again(text: str, answer: str) -> bool:
    """Say whether a text says something again, if only a word, or has as many pieces between marks as its answer."""
    words = text.casefold().split()
    if len(words) > 1 and len(set(words)) == 1:
        return True
    return _says_again(text) or len(_PIECE.findall(text)) >= max(2, len(_PIECE.findall(answer)))


def _ends_thrice(plain: str) -> bool:
    """Say whether a text ends in one stretch three times, of the first of which two characters may be others."""
    last = plain[-THRICE:]
    at = plain.rfind(last, 0, -1)
    while at >= 0:
        period = len(plain) - THRICE - at
        end = plain[-(3 * period - 2) :]
        if len(end) < 3 * period - 2:
            return False
        if period >= THRICE and end[period:] == end[:-period]:
            return True
        at = plain.rfind(last, 0, at + THRICE - 1)
    return False


def _is_foreign(text: str, answer: str, source: str, target: str) -> bool:
    """Say whether the answer is clearly in another language, where the text clearly is in its own."""
    if language(source) == language(target):
        return False
    bare, said = PLACEHOLDER.sub(" ", text), PLACEHOLDER.sub(" ", answer)
    short = len(_WORD.findall(bare)) < SENTENCE_WORDS
    if (short and len(_WORD.findall(said)) < SPEECH_WORDS) or not _LANGUAGE.objects(said, target):
        return False
    return short or not _LANGUAGE.objects(bare, source)
