"""`langloom tm`: what a translation memory holds, what goes out of it, and what comes in."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.errors import ExchangeError
from pipeline.output.remarks import about_damaged_lines
from transforms.files import is_local
from transforms.rules.language_codes import TAG, TAG_SHAPE, normalized_tag
from transforms.translate.entries import HUMAN, Entry
from transforms.translate.exchange.edited import corrected, differing
from transforms.translate.exchange.reading import READERS, LeftOut, Malformed, read_entries, read_people, read_tmx
from transforms.translate.exchange.writing import WRITERS, export
from transforms.translate.memory import Memory

TMX = "tmx"

CHUNK = 50_000
"""Entries that are looked up and journaled at once."""


def stats(path: str) -> dict[str, Any]:
    """Return what a memory holds, as plain data."""
    found = _opened(path).stats()
    entries = [
        {"origin": origin, "source": source, "target": target, "entries": number}
        for (origin, source, target), number in found.entries.items()
    ]
    numbers = {"journaled": found.journaled, "shards": found.shards, "journals": found.journals, "bytes": found.size}
    return {"entries": entries, **numbers, "damaged": found.damaged}


def show_stats(path: str, console: Console) -> None:
    """Print what a memory holds."""
    found = stats(path)
    table = Table(box=None, pad_edge=False)
    for name in ("origin", "source", "target"):
        table.add_column(name)
    table.add_column("entries", justify="right")
    for row in found["entries"]:
        table.add_row(row["origin"], row["source"], row["target"], f"{row['entries']:,}")
    console.print(table)
    waiting = f"{found['journaled']:,} lines in {found['journals']} journals"
    console.print(f"{waiting}, {found['shards']} shards, {found['bytes']:,} bytes")
    for line in about_damaged_lines(found["damaged"], Memory(path).damaged):
        console.print(line, soft_wrap=True)


def compact(path: str, console: Console) -> None:
    """Fold journals and merge shards."""
    memory = _opened(path)
    console.print(f"{memory.compact():,} lines of journals folded")
    for line in about_damaged_lines(memory.damaged_lines(), memory.damaged):
        console.print(line, soft_wrap=True)


def export_entries(path: str, file: str, form: str | None, chosen: dict[str, str | None], console: Console) -> None:
    """Export entries, all or those of an origin, a source or a target language."""
    if is_local(file) and Path(file).is_dir():
        raise ExchangeError(f"{file} is a folder; name a file in it")
    wanted = {name: value for name, value in chosen.items() if value}
    entries = (
        entry
        for entry in _opened(path).entries()
        if all(getattr(entry, name) == value for name, value in wanted.items())
    )
    written, left_out = export(entries, file, _form(file, form, sorted(WRITERS)))
    console.print(f"{written:,} entries written to {file}")
    if not written and wanted:
        console.print(f"none is of {', '.join(wanted.values())}: `langloom tm stats {path}` tells what there is")
    if left_out:
        console.print(f"{left_out:,} entries left out: they hold characters that XML has not")


def import_entries(
    path: str,
    files: Sequence[str],
    form: str | None,
    languages: Sequence[str] | None,
    edited: bool,
    console: Console,
) -> None:
    """Import entries that were exported, or what people translated: TMX, or two aligned files.

    With `edited`, engines' entries that the memory holds with another translation are taken as people's corrections, so
    that there must be a memory; else one is begun where there is none.
    """
    _check_languages(languages or ())
    memory, left_out = _opened(path) if edited else Memory(path), LeftOut()
    entries = _entries(files, form, languages, left_out)
    memory.fold()  # languages are counted in shards alone
    known = {(source, target) for _, source, target in memory.stats().entries}
    try:
        taken = _journaled(entries, memory, edited)
    except Malformed as error:
        raise ExchangeError(str(error)) from None
    finally:
        memory.fold()
    console.print(f"{taken.pairs.total():,} segments remembered in {path}")
    damage = about_damaged_lines(memory.damaged_lines(), memory.damaged)
    for line in chain(_told_of_edits(taken, edited), _told_of_languages(taken.pairs, known), damage):
        console.print(line, soft_wrap=True)
    for (what, reason), count in sorted(left_out.items()):
        console.print(f"{count:,} {what} left out: {reason}; the first: {left_out.first[what, reason]}", soft_wrap=True)


@dataclass
class _Taken:
    """What an import took in: its segments by pair of languages, people's, and those that differ from the memory's."""

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: int = 0
    differ: int = 0


def _journaled(entries: Iterator[Entry], memory: Memory, edited: bool) -> _Taken:
    """Put entries into a journal of the memory; where they were `edited`, those that differ from it as people's."""
    taken, journals = _Taken(), memory.journals()
    with memory.journal() as journal:
        while some := list(islice(entries, CHUNK)):
            changed = differing(some, memory, journals)
            taken.people += sum(entry.origin == HUMAN for entry in some)
            if edited:
                for at in changed:
                    some[at] = corrected(some[at])
            journal.append(some)
            taken.pairs.update((entry.source, entry.target) for entry in some)
            taken.differ += len(changed)
    return taken


def _told_of_edits(taken: _Taken, edited: bool) -> Iterator[str]:
    people, differ = taken.people, taken.differ
    if edited and people:
        yield f"{people:,} of them came as people's, changed or not; so does what lost the properties of its export"
    if differ and edited:
        yield f"{differ:,} of them were changed since they were exported: they are people's now, and count"
        yield "a data set that is complete is made again with them by `langloom run RECIPE --force`"
    elif edited:
        yield "no engine's entry differs from what the memory holds for it: nothing was taken for a correction"
    elif differ:
        yield f"{differ:,} of them differ from what it held, and may not count: --edited takes them as people's"


def _told_of_languages(pairs: Mapping[tuple[str, str], int], known: Set[tuple[str, str]]) -> Iterator[str]:
    """Yield which entries are between variants of languages that the memory holds: editors make `en-US` of `en`."""
    for pair, number in sorted(pairs.items()):
        near = min((other for other in known if list(map(_general, other)) == list(map(_general, pair))), default=None)
        if near and pair not in known:
            told, wanted = " to ".join(pair), " to ".join(near)
            yield f"{number:,} of them are from {told}: runs from {wanted} don't find them"
            yield f"`--lang {' '.join(near)}` takes TMX as such"


def _general(tag: str) -> str:
    return normalized_tag(tag).partition("-")[0]


def _entries(
    files: Sequence[str], form: str | None, languages: Sequence[str] | None, left_out: LeftOut
) -> Iterator[Entry]:
    if languages and not all((form or _ending(file)) == TMX for file in files):
        if len(files) != 2:
            raise ExchangeError(f"--lang goes with TMX or two aligned files, got {len(files)} of another format")
        return read_people(files[0], files[1], languages, left_out)
    forms = [_form(file, form, sorted([TMX, *READERS])) for file in files]
    return chain.from_iterable(
        read_tmx(file, languages, left_out) if kind == TMX else read_entries(file, kind, left_out)
        for file, kind in zip(files, forms, strict=True)
    )


def _check_languages(languages: Sequence[str]) -> None:
    for language in languages:
        if not TAG.fullmatch(language):
            raise ExchangeError(f"--lang {language!r}: {TAG_SHAPE}")
    if languages and len(set(map(normalized_tag, languages))) == 1:
        raise ExchangeError(f"--lang names {languages[0]} twice; it takes the source's language and the target's")


def _opened(path: str) -> Memory:
    memory = Memory(path)
    if not memory.exists():
        raise ExchangeError(f"{path} is no translation memory: it holds neither journals nor shards")
    return memory


def _form(file: str, form: str | None, known: Sequence[str]) -> str:
    found = form or _ending(file)
    if found not in known:
        raise ExchangeError(f"{file}: the format {found!r} isn't one of {', '.join(known)}; say --format")
    return found


def _ending(file: str) -> str:
    return file.removesuffix(".gz").rpartition(".")[2].lower()
