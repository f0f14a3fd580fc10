"""English names of languages, as prompts spell them.

`languages.tsv` holds them: the tag in lower case, the ISO 639-3 code that means the same, the name that the PyPI
package iso-639 0.4.5 gives (`languages.get(alpha2=...).name`; QAlign and x-LLM built their prompts with it, so that
Swahili is "Swahili (macrolanguage)" and Greek "Modern Greek (1453-)"), and a plain name ("Swahili", "Greek"). It has
all 184 two-letter codes, some 75 three-letter ones (FLORES, Masakhane), and three tags for which the plain name says
more than the language alone ("Traditional Chinese").
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from transforms.rules.language_codes import plain

Style = Literal["iso639", "plain"]
STYLES: tuple[Style, ...] = ("iso639", "plain")


def language_name(tag: str, style: Style = "iso639") -> str | None:
    """Return the English name of a language, or None where the table has none.

    The tag is looked up as RFC 4647 section 3.4 says: whole, then without its last subtag, and so on; case doesn't
    matter, and `_` is read as `-`. So `pt-PT` is "Portuguese", and `zh-Hant-TW` is "Traditional Chinese" in the plain
    style and "Chinese" in iso-639's, which has no scripts.
    """
    names = _names()[style]
    subtags = plain(tag).split("-")
    for end in range(len(subtags), 0, -1):
        if name := names.get("-".join(subtags[:end])):
            return name
    return None


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    lines = files("transforms.formats").joinpath("languages.tsv").read_text("utf-8").splitlines()
    names: dict[str, dict[str, str]] = {style: {} for style in STYLES}
    for line in lines[1:]:
        code, longer, *row = line.split("\t")
        for style, name in zip(STYLES, row, strict=True):
            for tag in (code, longer):
                if tag and name:
                    names[style][tag] = name
    return names
