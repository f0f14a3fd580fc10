"""Scripts: in which letters a language is written."""

import re
import unicodedata
from functools import cache

from transforms.rules.language_codes import plain
from transforms.translate.engines.codes import code

_SCRIPT = re.compile(r"[A-Z][a-z]{3}")

# What the Unicode names of a script's letters begin with, by its code in ISO 15924.
_NAMES = {
    "Arab": ("ARABIC",), "Armn": ("ARMENIAN",), "Beng": ("BENGALI",), "Cyrl": ("CYRILLIC",), "Deva": ("DEVANAGARI",),
    "Ethi": ("ETHIOPIC",), "Geor": ("GEORGIAN",), "Grek": ("GREEK",), "Gujr": ("GUJARATI",), "Guru": ("GURMUKHI",),
    "Hang": ("HANGUL", "CJK"), "Hans": ("CJK",), "Hant": ("CJK",), "Hebr": ("HEBREW",),
    "Jpan": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"), "Khmr": ("KHMER",), "Knda": ("KANNADA",),
    "Laoo": ("LAO",), "Mlym": ("MALAYALAM",), "Mymr": ("MYANMAR",), "Orya": ("ORIYA",), "Sinh": ("SINHALA",),
    "Taml": ("TAMIL",), "Telu": ("TELUGU",), "Thai": ("THAI",), "Tibt": ("TIBETAN",),
}  # fmt: skip


@cache
def script_of(tag: str) -> str | None:
    """Return the script (ISO 15924) in which a language is written: the tag's own, else the one that NLLB-200 has."""
    for subtag in plain(tag).split("-")[1:]:
        if len(subtag) == 4 and subtag.isalpha():
            return subtag.title()
    found = _SCRIPT.search(code("nllb", tag) or "")
    return found.group() if found else None


def has_letter_of(text: str, script: str) -> bool | None:
    """Say whether a text has a letter of a script; None for scripts that aren't told apart here, such as Latin."""
    names = _NAMES.get(script)
    if names is None:
        return None
    return any(_script_name(character) in names for character in set(text) if not character.isascii())


@cache
def _script_name(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
