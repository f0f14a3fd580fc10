"""TMX 1.4b, the exchange format of translation memories (https://www.gala-global.org/tmx-14b)."""

import xml.parsers.expat as expat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from transforms.example import digest
from transforms.read import block as blocks
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File, Paths, SourceError, find_files
from transforms.read.line_index import content_identity
from transforms.read.lines import label
from transforms.read.reader import Reader
from transforms.rules.language_codes import normalized_tag

NATIVE = frozenset(("bpt", "ept", "it", "ph", "ut"))
"""Inline elements that hold a document's own codes and no text."""

OWN = "x-langloom-"
"""How the types of our own properties begin."""


@dataclass(frozen=True)
class Tmx(Reader):
    """Reads translation memories in TMX: an example for each translation unit.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).
      languages: those of input and output. `en` finds `en-US` too, where there is no `en`; of several variants in a
        unit the first counts.

    Raw columns: `input` and `output`, the text of the segments; of inline elements `hi` keeps its text, native codes
    (`bpt`, `ept`, `it`, `ph`, `ut`) are left out. `lang` is `languages`, if the recipe says nothing else.

    Rejects `missing_column` (a unit without one of the languages), `malformed` (an undefined entity) and `too_large` (a
    segment above 16 MiB). A file that isn't well-formed, or declares entities, is an error.
    """

    path: Paths
    languages: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        if len(self.languages) != 2 or not all(self.languages):
            raise ValueError("needs input's and output's language: {path: FILE, languages: [en, pt]}")

    def lang(self) -> str | tuple[str, str]:
        return self.languages

    def blocks(self) -> list[Block]:
        return [self._block(file) for file in find_files(self.path) if file.size]

    def _block(self, file: File) -> Block:
        # Parsed here already: a broken file can't be told by rejects, and shouldn't stop a run halfway.
        identity = digest(content_identity(file), "tmx").hex()
        return Block((file.path,), identity, ((0, _length(identity, file)),), (0,), file.size, file.label)

    def read(self, block: Block) -> Iterator[Rows]:
        for found in units(block.paths[0], block.name):
            rows = [unit.row(self.languages) for unit in found]
            yield Rows(rows, [unit.line for unit in found], f"{label(block)}:%d")

    def count(self, block: Block, enough: int) -> int:
        return block.spans[0][1]


class TranslationUnit:
    """A translation unit.

    Attributes:
      line: the line on which it begins.
      source: its source language, as it or the file's header says; may be empty, or `*all*`.
      segments: (language, text) of each, in their order.
      properties: what its `prop` elements hold, by type: those whose types begin with `OWN`.
      wrong: reason and detail of what is wrong with it, if anything is.
    """

    def __init__(self, line: int, source: str) -> None:
        self.line = line
        self.source = source
        self.segments: list[tuple[str, str]] = []
        self.properties: dict[str, str] = {}
        self.wrong: tuple[str, str] | None = None

    def row(self, languages: tuple[str, str]) -> Row | Bad:
        """Return the pair of texts in these languages."""
        if self.wrong:
            return self._bad(*self.wrong)
        row = {}
        for name, wanted in zip(("input", "output"), languages, strict=True):
            text = self.find(wanted)
            if text is None:
                there = ", ".join(lang for lang, _ in self.segments) or "no language"
                return self._bad("missing_column", f"no segment in {wanted} for {name}; the unit has {there}")
            row[name] = text
        return row

    def find(self, wanted: str) -> str | None:
        """Return the first text in a language; if there is none, in one of its variants (`en` finds `en-US`)."""
        wanted = normalized_tag(wanted)
        for exact in (True, False):
            for lang, text in self.segments:
                if normalized_tag(lang) == wanted or (not exact and normalized_tag(lang).startswith(f"{wanted}-")):
                    return text
        return None

    def _bad(self, reason: str, detail: str) -> Bad:
        raw = "\n".join(f"{lang}\t{text}" for lang, text in self.segments)
        return Bad(reason, detail, raw.encode("utf-8", "replace"))


class _Handler:
    """Takes expat's events, and collects units."""

    def __init__(self, name: str) -> None:
        self.units: list[TranslationUnit] = []
        self.root = ""
        self._name = name
        self._source = ""
        self._property = ""
        self._unit: TranslationUnit | None = None
        self._lang = ""
        self._text: list[str] | None = None
        self._size = self._codes = 0
        self.parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        if tag == "tu":
            self._unit = TranslationUnit(self.parser.CurrentLineNumber, attributes.get("srclang") or self._source)
        elif tag == "header":
            self._source = attributes.get("srclang", "")
        elif tag == "prop" and self._unit and attributes.get("type", "").startswith(OWN):
            self._property = attributes["type"]
            self._unit.properties[self._property] = ""
        elif tag == "tuv":
            self._lang = attributes.get("xml:lang") or attributes.get("lang") or ""
        elif tag == "seg" and self._unit:
            self._text, self._size, self._codes = [], 0, 0
        elif tag in NATIVE:
            self._codes += 1

    def _end(self, tag: str) -> None:
        if tag == "tu" and self._unit:
            self.units.append(self._unit)
            self._unit = None
        elif tag == "seg" and self._unit and self._text is not None:
            self._unit.segments.append((self._lang, "".join(self._text)))
            self._text = None
        elif tag == "prop":
            self._property = ""
        elif tag in NATIVE:
            self._codes -= 1

    def _characters(self, text: str) -> None:
        if self._property and self._unit:
            self._told(self._unit, text)
        if self._text is None or self._codes:
            return
        self._size += len(text)
        if self._size <= blocks.MAX_ROW_BYTES:
            self._text.append(text)
        elif self._unit:
            limit = blocks.MAX_ROW_BYTES >> 20
            self._unit.wrong = ("too_large", f"a segment in {self._lang} above the limit of {limit} MiB")

    def _told(self, unit: TranslationUnit, text: str) -> None:
        if len(unit.properties[self._property]) + len(text) <= blocks.MAX_ROW_BYTES:
            unit.properties[self._property] += text
        else:
            unit.wrong = ("too_large", f"a property {self._property} above the limit")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if self._unit and not is_parameter:
            self._unit.wrong = ("malformed", f"the entity &{name}; isn't defined")

    def _entity(self, name: str, *_: object) -> None:
        # Entities that hold entities can grow to any size, and TMX needs none.
        raise SourceError(f"{self._name}: it declares the entity {name!r}, which isn't allowed")


def units(path: str, name: str) -> Iterator[list[TranslationUnit]]:
    """Yield the units of a file, some at a time; SourceError where it isn't TMX, or declares entities."""
    handler = _Handler(name)
    with opened(path, name) as file:
        try:
            while data := file.read(CHUNK >> 3):
                handler.parser.Parse(data, False)
                if handler.units:
                    yield handler.units
                    handler.units = []
            handler.parser.Parse(b"", True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise SourceError(f"{name}:{error.lineno}: not well-formed XML: {what}") from error
        except (LookupError, ValueError) as error:  # what expat's Python side says of encodings
            raise SourceError(f"{name}: its encoding can't be read: {error}") from error
    if handler.root != "tmx":
        raise SourceError(f"{name} isn't TMX: its root element is <{handler.root}>")
    if handler.units:
        yield handler.units


@lru_cache(maxsize=65536)
def _length(identity: str, file: File) -> int:
    return sum(len(found) for found in units(file.path, file.label))
