"""Languages that are none: ISO 639-1 has no such code. Countries' codes are taken for languages' most of all."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import Path
from pipeline.language.document import Document
from pipeline.model import Stream
from transforms.formats.languages import language_name
from transforms.rules.language_codes import plain

MISTAKEN = {
    "at": "de", "cn": "zh", "cz": "cs", "dk": "da", "gb": "en", "gr": "el", "ir": "fa", "jp": "ja", "mx": "es",
    "ns": "nso", "ph": "fil", "pk": "ur", "sp": "es", "tj": "tg", "ua": "uk", "us": "en", "vn": "vi",
}  # fmt: skip
"""Codes of countries, and the like (FLORES-101's `ns`), that are no codes of languages: what was most likely meant."""

DEPRECATED = frozenset({"sh"})
"""Codes that have no successor of the same meaning, and stay valid."""


def warn_of_tags(document: Document, sources: Mapping[str, Any], streams: Mapping[str, Stream]) -> None:
    """Warn of codes of two letters that no language has: all rows would be in another language, and be rejected."""
    for path, tag in _tags(sources, streams):
        code = plain(tag).partition("-")[0]
        if len(code) == 2 and code not in DEPRECATED and language_name(tag) is None:
            hint = f"; did you mean {MISTAKEN[code]!r}?" if code in MISTAKEN else ""
            document.warn(path, f"{tag!r} is no language: ISO 639-1 has no {code!r}{hint}")


def _tags(sources: Mapping[str, Any], streams: Mapping[str, Stream]) -> Iterator[tuple[Path, str]]:
    for name, source in sources.items():
        for tag in dict.fromkeys([source.lang] if isinstance(source.lang, str) else source.lang):
            if tag:
                yield ("sources", name, "lang"), tag
    for stream in streams.values():
        for step in stream.steps:
            if step.registered == "translate":
                yield from (((*step.path, "to"), tag) for tag in step.step.to)
