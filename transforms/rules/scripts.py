"""Scripts: in which letters a language is written, and a text is. The table is `scripts.toml`."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from transforms.rules.language_codes import language, normalized_tag

_LETTER = re.compile(r"\w")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")


@cache
def _table(name: str) -> Mapping[str, str]:
    text = files("transforms.rules").joinpath("scripts.toml").read_text("utf-8")
    table: Mapping[str, str] = tomllib.loads(text)[name]
    return table


@cache
def _codes(name: str) -> Mapping[str, tuple[str, ...]]:
    return {tag: tuple(scripts.split()) for scripts, tags in _table(name).items() for tag in tags.split()}


def own_script(tag: str) -> str | None:
    """Return the script that a tag names, by its ISO 15924 code: "sr-Latn" is in Latn, "sr" doesn't say."""
    for subtag in normalized_tag(tag).split("-")[1:]:
        if subtag.title() in _table("names"):
            return subtag.title()
    return None


@cache
def scripts(tag: str) -> tuple[str, ...]:
    """Return the scripts that a language tag's text is in, by ISO 15924 codes; none where the table has none.

    A script in the tag itself goes first, then the region's: "zh-Hans-TW" is in Hans, "zh-TW" in Hant, "sr" in Cyrl or
    Latn.
    """
    if script := own_script(tag):
        return (script,)
    code, _, region = normalized_tag(tag).partition("-")
    return _codes("regions").get(f"{language(code)}-{region}") or _codes("written").get(language(code), ())


def unicode_scripts(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scripts of Unicode whose letters these are: Japanese is written in Han, Hiragana and Katakana."""
    return tuple(name for code in codes for name in _table("names")[code].split())


def script_name(code: str) -> str:
    """Return the English name of a script: Cyrillic, Traditional Chinese."""
    return _table("called").get(code) or _table("names")[code].replace("_", " ")


def has_letter_of(text: str, codes: tuple[str, ...]) -> bool:
    """Say whether a text has a letter of any of these scripts."""
    names = tuple("CJK" if name == "Han" else name.partition("_")[0].upper() for name in unicode_scripts(codes))
    return any(_letter(character).startswith(names) for character in set(text))


def in_han_alone(text: str) -> bool:
    """Say whether at least half of a text's letters are Chinese characters, and none is kana or Hangul.

    So it is Chinese: no Japanese or Korean text of some length is without.
    """
    names = [name for name in map(_letter, text) if name]
    if any(name.startswith(("HIRAGANA", "KATAKANA", "HALFWIDTH", "HANGUL")) for name in names):
        return False
    return 0 < len(names) <= 2 * sum(name.startswith("CJK") for name in names)


@cache
def _letter(character: str) -> str:
    """Return the name of a letter, which begins with its script's, and "" for any other character."""
    return unicodedata.name(character, "") if character.isalpha() else ""


def chinese(text: str) -> str | None:
    """Say in which characters Chinese is written: Hans (simplified), Hant (traditional), or None where none tells.

    Those that GB 2312 has and Big5 lacks are simplified, those that Big5 has and GB 2312 lacks traditional, all others
    common to both; the more win, since either may quote the other. The method is ours.
    """
    characters = [character for character in text if "\u4e00" <= character <= "\u9fff"]
    simplified = sum(_only(character) == "Hans" for character in characters)
    traditional = sum(_only(character) == "Hant" for character in characters)
    if simplified == traditional:
        return None
    return "Hans" if simplified > traditional else "Hant"


def other_chinese(text: str, codes: tuple[str, ...]) -> str | None:
    """Return the characters that Chinese is in (Hans, Hant) where these scripts are the others alone, or None."""
    if codes not in (("Hans",), ("Hant",)):
        return None
    found = chinese(text)
    return None if found in codes else found


@cache
def _only(character: str) -> str | None:
    """Return the way of writing Chinese that alone has a character, or None."""
    simplified, traditional = (_has(encoding, character) for encoding in ("gb2312", "big5"))
    if simplified == traditional:
        return None
    return "Hans" if simplified else "Hant"


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def weight(text: str) -> int:
    """Return how many letters and digits the text stands for; one of Chinese, Japanese or Korean counts as three."""
    return len(_LETTER.findall(text)) + 2 * len(_WIDE.findall(text))
