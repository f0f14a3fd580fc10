"""What each engine calls a language. The table is `codes.toml`."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from transforms.translate.engines import UnsupportedPair

Naming = Literal["nllb", "m2m100", "apertium", "opus", "firefox"]
"""Whose codes: `por_Latn`, `pt`, `por`, `pt` and `pt` are Portuguese."""


@dataclass(frozen=True, slots=True)
class Language:
    """A line of the table.

    Attributes:
      tag: the language, and its script where that isn't the usual one (BCP-47).
      script: what it is written in (ISO 15924).
      nllb, m2m100, iso639_3: its codes; empty where it has none.
      also: further tags for it.
    """

    tag: str
    script: str
    nllb: str = ""
    m2m100: str = ""
    iso639_3: str = ""
    also: str = ""

    @property
    def subtag(self) -> str:
        """The language's own subtag, two letters where it has so short a one; OPUS and Firefox name models by it."""
        return self.tag.partition("-")[0]

    def code(self, naming: Naming) -> str:
        """Return the code, or an empty string where there is none."""
        match naming:
            case "nllb":
                return self.nllb
            case "m2m100":
                return self.m2m100
            case "apertium":
                return self.iso639_3
            case _:
                return self.subtag


def code(naming: Naming, tag: str) -> str:
    """Return what an engine calls a language (see `find` for the tags that are understood).

    Raises:
      UnsupportedPair: it has no code for it. The message names the nearest ones.
    """
    language = find(tag)
    if language and (found := language.code(naming)):
        return found
    raise UnsupportedPair(f"{naming} has no code for the language {tag}; {_nearest(naming, tag)}")


def tag_of(naming: Naming, code: str) -> str | None:
    """Return the tag of the language that an engine calls so, or None: the inverse of `code`."""
    return _by_code(naming).get(code)


def find(tag: str) -> Language | None:
    """Return the table's line for a tag, or None.

    The tag is BCP-47, with `_` for `-` if need be, in any case; `deu` and `deu_Latn` are `de`. As RFC 4647 section 3.4
    says, it is looked up whole, then without its last subtag, and so on: `pt-BR` is `pt`. But a script is never dropped:
    `sr-Latn` isn't `sr`, which is Cyrillic, and `zh-TW` is `zh-Hant`.
    """
    subtags = _subtags(tag)
    script = next((part for part in subtags[1:] if len(part) == 4 and part.isalpha()), "")
    if not script:
        script = next((script for region, script in _scripts().items() if _begins(subtags, region)), "")
    for end in range(len(subtags), 0, -1):
        language = _by_tag().get("-".join(subtags[:end]).lower())
        if language:
            return language if script in ("", language.script) else None
    return None


def names(language: Language) -> tuple[str, ...]:
    """Return every code of a language without its script, the commonest first: `ms`, `msa`, `zsm`, `zlm`."""
    found = [language.subtag, language.iso639_3, *(part for part in language.also.split() if part.isalpha())]
    return tuple(dict.fromkeys(name for name in found if name))


def _subtags(tag: str) -> list[str]:
    subtags = tag.replace("_", "-").split("-")
    if len(subtags) > 1 and len(subtags[1]) == 3 and subtags[1].isalpha() and len(subtags[0]) < 4:
        del subtags[0]  # RFC 5646, 4.5: an extended language subtag stands for itself, zh-yue is yue
    return [subtags[0].lower(), *(part.title() if len(part) == 4 else part.upper() for part in subtags[1:])]


def _begins(subtags: list[str], region: str) -> bool:
    return subtags[:2] == region.split("-")


def _nearest(naming: Naming, tag: str) -> str:
    able = {language.tag: language.code(naming) for language in table() if language.code(naming)}
    main = _subtags(tag)[0]
    base = _by_tag().get(main)
    near = [one for one in able if one.partition("-")[0] == (base.subtag if base else main)]
    near += difflib.get_close_matches(tag.lower(), [one for one in able if one not in near], n=3 - len(near[:3]))
    named = ", ".join(f"{one} ({able[one]})" for one in near)
    return f"the nearest are {named}" if named else f"it has {len(able)} others"


@cache
def table() -> tuple[Language, ...]:
    """Return all lines."""
    languages: Mapping[str, Mapping[str, str]] = _read()["languages"]
    return tuple(Language(tag, **row) for tag, row in languages.items())


@cache
def _scripts() -> Mapping[str, str]:
    scripts: Mapping[str, str] = _read()["scripts"]
    return scripts


@cache
def _by_tag() -> Mapping[str, Language]:
    return {name.lower(): language for language in table() for name in _tags(language)}


def _tags(language: Language) -> Iterator[str]:
    yield from (language.tag, f"{language.subtag}-{language.script}", *language.also.split())
    if language.iso639_3:
        yield from (language.iso639_3, f"{language.iso639_3}-{language.script}")
    if language.nllb:
        yield language.nllb.replace("_", "-")


@cache
def _by_code(naming: Naming) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in table():
        found.setdefault(language.code(naming), language.tag)
    found.pop("", None)
    return found


@cache
def _read() -> Mapping[str, Mapping[str, Mapping[str, str]]]:  # [scripts] is flat
    return tomllib.loads(files("transforms.translate.engines").joinpath("codes.toml").read_text("utf-8"))
