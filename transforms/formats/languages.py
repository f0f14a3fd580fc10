"""English names of languages, as prompts spell them.

`languages.tsv` holds them: the tag in lower case, the ISO 639-3 code that means the same, the name that the PyPI
package iso-639 0.4.5 gives (`languages.get(alpha2=...).name`; QAlign and x-LLM built their prompts with it, so that
Swahili is "Swahili (macrolanguage)" and Greek "Modern Greek (1453-)"), and a plain name ("Swahili", "Greek"). It has
all 184 two-letter codes, some 125 three-letter ones (FLORES, Masakhane), and variants with names of their own in the
plain style ("Traditional Chinese", "Brazilian Portuguese"; CLDR's names).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from transforms.rules.language_codes import language, normalized_tag
from transforms.rules.scripts import own_script, script_name, scripts, unicode_scripts

Style = Literal["iso639", "plain"]
STYLES: tuple[Style, ...] = ("iso639", "plain")


def language_name(tag: str, style: Style = "iso639") -> str | None:
    """Return the English name of a language, or None where the table has none.

    The tag is looked up as RFC 4647 section 3.4 says: whole, then without its last subtag, and so on; case doesn't
    matter, and `_` is read as `-`. So `es-AR` is "Spanish", and `zh-Hant-TW` is "Traditional Chinese" in the plain
    style and "Chinese" in iso-639's, which has no variants. The plain style also tells a script that the language isn't
    always written in: `sr-Latn` is "Serbian in Latin script".
    """
    names = _names()[style]
    subtags = normalized_tag(tag).split("-")
    for end in range(len(subtags), 1, -1):
        if name := names.get("-".join(subtags[:end])):
            return name
    name = names.get(subtags[0]) or names.get(language(tag))
    script = own_script(tag)
    if name and script and style == "plain" and not _always_in(script, subtags[0]):
        return f"{name} in {script_name(script)} script"
    return name


def _always_in(script: str, code: str) -> bool:
    """Say whether a language is written in this script alone, as far as the table knows."""
    return set(unicode_scripts(scripts(code))) <= set(unicode_scripts((script,)))


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
