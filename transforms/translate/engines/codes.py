"""What engines call a language: codes of NLLB-200, M2M-100, OPUS-MT and Apertium, in the table `codes.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from transforms.rules.language_codes import language, normalized_tag

EngineKind = Literal["nllb", "m2m100", "opus", "apertium"]

_SCRIPT = re.compile(r"[a-z]{4}")


@cache
def codes(engine_kind: EngineKind, tag: str) -> tuple[str, ...]:
    """Return all that a kind of engine may call a language, the best first; nothing where it doesn't know it.

    The tag (BCP-47; case doesn't matter, `_` is read as `-`) is looked up whole, then its language and script, then its
    language alone: `pt-BR` is `por_Latn` to NLLB, as `pt` is, but `por_BR` to Apertium. Where this finds nothing, the
    language is looked up by the shortest code for it (`deu` as `de`, `cmn` as `zh`). A code that names another script
    than the tag isn't taken: `sr-Latn` isn't `srp_Cyrl`.
    """
    table = _table()
    script = _script(tag)
    for key in _keys(tag):
        found = table.get(key, {}).get(engine_kind)
        if found is not None:
            return tuple(one for one in found.split() if key.endswith(f"-{script}") or not _other_script(one, script))
    return ()


def _keys(tag: str) -> Iterator[str]:
    """Yield what a tag is looked up as."""
    whole = normalized_tag(tag)
    script = _script(tag)
    first = whole.partition("-")[0]
    for name in dict.fromkeys((first, language(tag))):
        yield name + whole.removeprefix(first)
        if script:
            yield f"{name}-{script}"
        yield name


def _script(tag: str) -> str:
    """Return a tag's script in lower case, or "": its second subtag, or the third after an extended language."""
    subtags = normalized_tag(tag).split("-")[1:3]
    return next((subtag for subtag in subtags if _SCRIPT.fullmatch(subtag)), "")


def _other_script(found: str, script: str) -> bool:
    named = found.partition("_")[2].lower()
    return bool(script and _SCRIPT.fullmatch(named)) and named != script


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    text = files("transforms.translate.engines").joinpath("codes.toml").read_text("utf-8")
    table: Mapping[str, Mapping[str, str]] = tomllib.loads(text)["languages"]
    return table
