"""What the memory takes in: entries that it gave out, and what people translated as TMX or aligned lines."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations, zip_longest
from typing import Any

import orjson
import pyarrow.parquet as pq

from transforms.read.compressed import opened
from transforms.read.files import SourceError
from transforms.read.lines import BOM
from transforms.read.tmx import OWN, TranslationUnit, units
from transforms.rules.language_codes import normalized_tag
from transforms.translate.entries import FIELDS, SCHEMA, Entry, from_row, from_table
from transforms.translate.exchange.pairs import Unmatched, entries_of

NEEDED = (
    f"an entry, as `langloom tm export` writes it, has the texts {', '.join(FIELDS[:-1])}, and {FIELDS[-1]}, which is "
    "true or false; what people translated elsewhere comes as TMX, or as two aligned files with --lang"
)


class LeftOut(Counter[tuple[str, str]]):
    """How much is left out, by what it is (`units`, `pairs`, `entries`) and why.

    Attributes:
      first: where the first of each is, and what more there is to say of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[tuple[str, str], str] = {}

    def add(self, what: str, reason: str, where: str) -> None:
        """Count one."""
        self[what, reason] += 1
        self.first.setdefault((what, reason), where)


class Malformed(ValueError):  # noqa: N818 - it names what a file is; the command reports it
    """A file that can't be taken in. The message names it and the line."""


def read_entries(path: str, form: str, left_out: LeftOut) -> Iterator[Entry]:
    """Yield the entries of a file that `export` wrote; Malformed where it is something else, or cut off.

    Those that lost a placeholder since, in an editor, are left out: they would fail their examples in every run.
    """
    try:
        with opened(path) as file:
            for number, entry in enumerate(READERS[form](path, file), 1):
                if entry.flaw:
                    left_out.add("entries", "damaged", f"{path}:{number}: {entry.flaw}")
                else:
                    yield entry
    except SourceError as error:
        raise Malformed(str(error)) from None


def read_tmx(path: str, languages: Sequence[str] | None, left_out: LeftOut) -> Iterator[Entry]:
    """Yield the entries of a TMX file (`.gz` too); Malformed where it isn't TMX, or declares entities.

    Units that `export` wrote, which their properties tell, come back as they were, or are left out where they aren't
    faithful any more. All others are people's translations: in each ordered pair of a unit's languages, or in
    `languages` (source, target) alone, of which `en` finds `en-US` too, where there is no `en`. Of several texts in a
    language the first counts.
    """
    try:
        for some in units(path, path):
            for unit in some:
                yield from _entries_of_unit(unit, languages, left_out, f"{path}:{unit.line}")
    except SourceError as error:
        raise Malformed(str(error)) from None


def read_people(source: str, target: str, languages: Sequence[str], left_out: LeftOut) -> Iterator[Entry]:
    """Yield the entries of two files (`.gz` too) whose lines people translated.

    Raises Malformed where one can't be read to its end, or has more lines.
    """
    one, other = languages
    try:
        for number, (text, translation) in enumerate(_paired(source, target), 1):
            yield from _human(text, translation, one, other, left_out, f"line {number}")
    except SourceError as error:
        raise Malformed(str(error)) from None


def _lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a file, without a mark of byte order at its beginning."""
    with opened(path) as file:
        if first := file.readline():
            yield first.removeprefix(BOM)
            yield from iter(file.readline, b"")


def _paired(source: str, target: str) -> Iterator[tuple[str, str]]:
    for number, pair in enumerate(zip_longest(_lines(source), _lines(target)), 1):
        if None in pair:
            raise Malformed(f"{source} and {target} have different numbers of lines: one ends before line {number}")
        try:
            one, other = (line.decode("utf-8").rstrip("\r\n") for line in pair)
        except UnicodeDecodeError:
            raise Malformed(f"{source} or {target}:{number}: not UTF-8") from None
        yield one, other


def _human(text: str, translation: str, source: str, target: str, left_out: LeftOut, where: str) -> list[Entry]:
    try:
        return entries_of(text, translation, source, target)
    except Unmatched as error:
        left_out.add("pairs", str(error), where)
        return []


def _entries_of_unit(
    unit: TranslationUnit, languages: Sequence[str] | None, left_out: LeftOut, where: str
) -> Iterator[Entry]:
    if unit.wrong:
        left_out.add("units", unit.wrong[0], f"{where}: {unit.wrong[1]}")
    elif unit.properties:
        yield from _exported(unit, languages, left_out, where)
    elif pairs := _pairs(unit, languages):
        for (source, text), (target, translation) in pairs:
            yield from _human(text, translation, source, target, left_out, where)
    else:
        left_out.add("units", _missing(languages), where)


def _exported(unit: TranslationUnit, languages: Sequence[str] | None, left_out: LeftOut, where: str) -> Iterator[Entry]:
    """Yield the entry of a unit that `export` wrote, if it is still one.

    Its languages are `languages` where these are given: editors make `en-US` of `en`.
    """
    told = {kind.removeprefix(OWN): value for kind, value in unit.properties.items()}
    try:
        (source, text), (target, translation) = sorted(
            unit.segments, key=lambda segment: normalized_tag(segment[0]) != normalized_tag(unit.source)
        )
        entry = Entry(source, target, text, translation, told["origin"], told["signature"], _DIGITS[told["digits"]])
    except (KeyError, ValueError):
        left_out.add("units", "damaged", f"{where}: not two texts with the properties of an entry")
        return
    if languages and (unit.find(languages[0]), unit.find(languages[1])) != (text, translation):
        left_out.add("units", _missing(languages), where)
    elif entry.flaw:
        left_out.add("units", "damaged", f"{where}: {entry.flaw}")
    else:
        yield replace(entry, source=languages[0], target=languages[1]) if languages else entry


def _pairs(unit: TranslationUnit, languages: Sequence[str] | None) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return the pairs of (language, text) that are wanted of a unit."""
    if languages:
        found = [(tag, text) for tag in languages if (text := unit.find(tag)) and text.strip()]
        return [(found[0], found[1])] if len(found) == 2 else []
    texts: dict[str, str] = {}
    for tag, text in unit.segments:
        if tag and text.strip():
            texts.setdefault(_spelt(tag), text)
    return list(permutations(texts.items(), 2))


def _spelt(tag: str) -> str:
    """Return a language's tag in the letters that RFC 5646 (2.1.1) recommends: `zh-Hans`, `pt-BR`."""
    first, *rest = normalized_tag(tag).split("-")
    return "-".join([first, *({2: str.upper, 4: str.title}.get(len(part), str)(part) for part in rest)])


def _missing(languages: Sequence[str] | None) -> str:
    return f"not in both {' and '.join(languages)}" if languages else "not in two languages"


def _json_lines(path: str, file: Any) -> Iterator[Entry]:
    for number, line in enumerate(iter(file.readline, b""), 1):
        try:
            yield from_row(orjson.loads(line.removeprefix(BOM)))
        except KeyError as error:
            raise Malformed(f"{path}:{number}: it has no {error.args[0]}; {NEEDED}") from None
        except (ValueError, TypeError) as error:
            raise Malformed(f"{path}:{number}: {error}; {NEEDED}") from None


def _parquet(path: str, file: Any) -> Iterator[Entry]:
    try:
        table = pq.ParquetFile(file)
        for group in range(table.num_row_groups):
            yield from from_table(table.read_row_group(group, SCHEMA.names).cast(SCHEMA))
    except (ValueError, KeyError) as error:  # Arrow's errors are both
        raise Malformed(f"{path}: {error}; {NEEDED}") from None


_DIGITS = {"0": False, "1": True}

READERS: dict[str, Callable[[str, Any], Iterator[Entry]]] = {"jsonl": _json_lines, "parquet": _parquet}
