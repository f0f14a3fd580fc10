"""Codes of languages: when two of them mean the same to a language identifier. The table is `language_codes.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
"""What a language's tag looks like (BCP-47): pt, pt-BR, zh_Hant."""

TAG_SHAPE = "a language is a tag such as pt, pt-BR or zh-Hant (BCP-47)"
"""What is said where one looks otherwise."""


@cache
def _table(name: str) -> Mapping[str, str]:
    table: Mapping[str, str] = tomllib.loads(
        files("transforms.rules").joinpath("language_codes.toml").read_text("utf-8")
    )[name]
    return table


@cache
def _codes() -> Mapping[str, str]:
    return {other: code for code, others in _table("same").items() for other in others.split()}


@cache
def normalized_tag(tag: str) -> str:
    """Return a tag as it is compared: case says nothing in it (RFC 5646, 2.1.1), and `_` is read as `-`."""
    return tag.replace("_", "-").lower()


@cache
def language(tag: str) -> str:
    """Return the language of a tag, without script and region, as the shortest code for it: "pt-BR" is "pt".

    BCP-47 tags, ISO 639-3 and 639-2/B codes are understood ("deu", "ger"), and those with underscores ("deu_Latn").
    A code that the table doesn't hold is its own.
    """
    code = normalized_tag(tag).partition("-")[0]
    return _codes().get(code, code)


@cache
def label_language(label: str) -> str:
    """Return the language of an identifier's label, whose codes may be Wikipedia's: "als" is Alemannic, "gsw"."""
    return _table("wikipedia").get(label) or language(label)


@cache
def counts_as(code: str) -> frozenset[str]:
    """Return the languages that text in this one may be identified as: itself, and those it is confused with."""
    return frozenset((code, *_table("counts").get(code, "").split()))
