"""Languages that are none: ISO 639 has no such code. Countries' codes are taken for languages' most of all."""

from collections.abc import Iterator

from pipeline.language.document import Document
from pipeline.model import Recipe
from transforms.formats.languages import language_name
from transforms.key_path import KeyPath
from transforms.rules.language_codes import normalized_tag

MISTAKEN = {
    "at": "de", "cn": "zh", "cz": "cs", "dk": "da", "gb": "en", "gr": "el", "ir": "fa", "jp": "ja", "mx": "es",
    "ns": "nso", "ph": "fil", "pk": "ur", "sp": "es", "tj": "tg", "ua": "uk", "us": "en", "vn": "vi",
    "jap": "ja", "zhs": "zh-Hans", "zht": "zh-Hant",
}  # fmt: skip
"""Codes of countries, and the like, that are no codes of languages: what was most likely meant.

`ns` is FLORES-101's; those of three letters are OPUS' (its `zhtw` and `zhtrad` aren't even the shape of a tag).
"""

DEPRECATED = frozenset({"sh"})
"""Codes that have no successor of the same meaning, and stay valid."""


def warn_of_tags(document: Document, recipe: Recipe) -> None:
    """Warn of codes that no language has, two letters or known mistakes: all rows would be rejected as in another."""
    for path, tag in _tags(recipe):
        code = normalized_tag(tag).partition("-")[0]
        suspect = code in MISTAKEN or (len(code) == 2 and code not in DEPRECATED)
        if suspect and language_name(tag) is None:
            hint = f"; did you mean {MISTAKEN[code]!r}?" if code in MISTAKEN else ""
            standard = "ISO 639-1" if len(code) == 2 else "ISO 639"
            document.warn(path, f"{tag!r} is no language: {standard} has no {code!r}{hint}")


def _tags(recipe: Recipe) -> Iterator[tuple[KeyPath, str]]:
    for name, source in recipe.sources.items():
        for tag in dict.fromkeys([source.lang] if isinstance(source.lang, str) else source.lang):
            if tag:
                yield ("sources", name, "lang"), tag
    for stream in recipe.streams.values():
        for step in stream.steps:
            if step.registered == "translate":
                yield from (((*step.path, "to"), tag) for tag in step.step.to)
