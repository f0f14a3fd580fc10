"""The translation memory: every translation ever paid for, by the hash of what was asked.

```
PATH/journal/WRITER.jsonl          what writers append (see `journal.py`)
PATH/shards/PREFIX-HASH.parquet    what has been folded: entries whose keys begin with PREFIX, sorted by key
PATH/damaged/HASH.jsonl            lines of folded journals that are no entries, for a person to look at
```

Shards are immutable and named by their content. A fold merges journals and the shards of a prefix into new shards, puts
these in place (temporary name, then rename; one PUT on object stores), and only then removes what it merged. A shard
that would outgrow its size is written as up to sixteen, of one more hexadecimal digit. So every entry is in at least
one file at any moment; two folds at once at worst leave an entry in two, which the next fold mends; and no lock is
needed but the kernel's on local journals, which outlives no process.

A reader lists the journals first and the shards after them, since entries only ever move that way: what vanished from
the journals is in the shards listed later, and when a shard vanishes, the shards are listed again.
"""

import heapq
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pyarrow as pa
from apache_beam.io.filesystems import FileSystems

from transforms.example import digest
from transforms.files import exists, is_local, list_files, open_stored, read_bytes, write_bytes
from transforms.many_files import map_files, remove_all
from transforms.translate import shards
from transforms.translate.entries import Entry, best, from_lines, to_table
from transforms.translate.journal import FOLDER, Journal, has_ended
from transforms.translate.journal_cache import copies_of, fetch
from transforms.translate.shards import Vanished
from transforms.translate.sorting import Sorter

SHARD_ENTRIES = 100_000
FOLD_ENTRIES = 100_000
"""A shard holds at most so many entries, and a fold takes so many from journals at a time."""

SHARDS = 4
"""So many shards of a store are in memory at once, as files of some 10 MB and as what is made of them."""

_TRIES = 100

T = TypeVar("T")


@dataclass(frozen=True)
class MemoryStats:
    """What a memory holds.

    Attributes:
      entries: how many translations have been folded, by (origin, source language, target language).
      journaled: how many lines wait in journals.
      shards, journals: the number of files.
      size: bytes in all files of both.
      damaged: how many lines of journals are no entries, of those that wait and of those that were folded.
    """

    entries: dict[tuple[str, str, str], int]
    journaled: int
    shards: int
    journals: int
    size: int
    damaged: int


@dataclass(frozen=True)
class Memory:
    """A translation memory in a folder on any Beam file system. It holds no entries itself and may be made anywhere."""

    path: str
    shard_entries: int = SHARD_ENTRIES

    @property
    def _shards(self) -> str:
        return str(FileSystems.join(self.path, "shards"))

    @property
    def _journals(self) -> str:
        return str(FileSystems.join(self.path, FOLDER))

    @property
    def damaged(self) -> str:
        """The folder of what a fold couldn't take."""
        return str(FileSystems.join(self.path, "damaged"))

    def exists(self) -> bool:
        """Say whether the folder is a memory: it has journals or shards, or at least, locally, the folders of them."""
        folders = (self._journals, self._shards)
        if is_local(self.path):
            return any(Path(folder).is_dir() for folder in folders)
        return any(list_files(folder, "*") for folder in folders)

    def journal(self) -> Journal:
        """Return a new journal to write to."""
        return Journal(self.path)

    def journals(self) -> list[str]:
        """Return the paths of the journals that there are."""
        return [path for path, _ in list_files(self._journals, "*.jsonl")]

    def lookup(self, keys: Collection[bytes], journals: Sequence[str] | None = None) -> dict[bytes, Entry]:
        """Return what is held under these keys, one entry for each; only these, and a few files, are ever in memory.

        What others journal meanwhile is found, too, unless the `journals` to look in are given.
        """
        if not keys:
            return {}
        ordered = sorted(set(keys))
        journaled = best(self._journaled(self.journals() if journals is None else journals, ordered))

        def read(path: str) -> list[Entry]:
            inside = _with_prefix(ordered, shards.prefix_of(path))
            return shards.read_entries(path, inside) if inside else []

        def look() -> dict[bytes, Entry]:
            folded = chain.from_iterable(map_files(read, self._shard_paths(), SHARDS))
            return best(chain(journaled.values(), folded))

        return self._undisturbed(look)

    def fold(self) -> int:
        """Move the entries of journals whose writers have ended into the shards; return how many lines that were."""
        paths = self.journals()
        if is_local(self.path):
            paths = [path for path in paths if has_ended(path)]
            for name in ("shards", "batches", "damaged"):
                shards.remove_unfinished(f"{self.path}/{name}")
        damaged: list[bytes] = []
        total = self._take(self._journaled(paths, damaged=damaged))
        kept = set(self._damaged_lines()) if damaged else ()  # by a fold that was killed, some of them perhaps
        if data := b"".join(line for line in damaged if line not in kept):
            write_bytes(FileSystems.join(self.damaged, f"{digest(data).hex()}.jsonl"), data)
        remove_all(paths)
        return total

    def damaged_lines(self) -> int:
        """Return how many lines of folded journals were no entries, and are kept in `damaged`."""
        return sum(1 for _ in self._damaged_lines())

    def _damaged_lines(self) -> Iterator[bytes]:
        for path, _ in list_files(self.damaged, "*.jsonl"):
            yield from BytesIO(read_bytes(path))

    def compact(self) -> int:
        """Fold, and merge what interrupted or simultaneous folds left in several files; return the lines folded."""
        total = self.fold()
        prefixes = Counter(map(shards.prefix_of, self._shard_paths()))
        for prefix, number in sorted(prefixes.items()):
            if number > 1 or any(other != prefix and other.startswith(prefix) for other in prefixes):
                self._merge(to_table([]), prefix)
        return total

    def stats(self) -> MemoryStats:
        """Count what is held; reads three columns of the shards."""
        journals = list_files(self._journals, "*.jsonl")
        lines: list[bytes] = []
        journaled = sum(1 for _ in self._journaled([path for path, _ in journals], damaged=lines))
        damaged = len(lines) + self.damaged_lines()

        def count() -> MemoryStats:
            files = list_files(self._shards, "*.parquet")
            counted = map_files(shards.count_entries, [path for path, _ in files], SHARDS)
            counts = sum(counted, Counter[tuple[str, str, str]]())
            size = sum(number for _, number in [*files, *journals])
            return MemoryStats(dict(sorted(counts.items())), journaled, len(files), len(journals), size, damaged)

        return self._undisturbed(count)

    def entries(self) -> Iterator[Entry]:
        """Yield what is held in order of keys, one entry for each; a small part of the memory is held at any moment.

        What journals hold at the beginning is sorted on the local disk first.
        """
        with TemporaryDirectory(prefix="langloom-") as folder:
            scratch = Memory(folder)
            scratch._take(self._journaled(self.journals()))
            last, tries = b"", 0
            while tries < _TRIES:
                try:
                    for entry in self._ordered(scratch, last):
                        last, tries = entry.key, 0
                        yield entry
                    return
                except Vanished:  # what was in it is in others, and keys up to the last one are done with
                    tries += 1
        raise self._gave_up()

    def _undisturbed(self, look: Callable[[], T]) -> T:
        """Return what a look at the shards gives, which lists them; it is taken again where one vanishes meanwhile."""
        for _ in range(_TRIES):
            with suppress(Vanished):
                return look()
        raise self._gave_up()

    def _gave_up(self) -> RuntimeError:
        return RuntimeError(f"{self.path}: shards vanished while they were read, {_TRIES} times over")

    def _shard_paths(self) -> list[str]:
        return [path for path, _ in list_files(self._shards, "*.parquet")]

    def _ordered(self, other: "Memory", after: bytes) -> Iterator[Entry]:
        """Yield the entries of the shards of two memories whose keys come after this one."""
        for group in shards.overlapping([*self._shard_paths(), *other._shard_paths()]):
            merged = heapq.merge(*(shards.stream(path, after) for path in group), key=lambda entry: entry.key)
            for _, same in groupby(merged, key=lambda entry: entry.key):
                first, *others = same  # mostly the only one: what counts needs no looking for
                yield min([first, *others], key=lambda entry: entry.order) if others else first

    def _journaled(
        self, paths: Sequence[str], keys: Collection[bytes] | None = None, damaged: list[bytes] | None = None
    ) -> Iterator[Entry]:
        """Yield what these journals hold, all or what has one of the keys; nothing of one that is folded meanwhile."""
        if is_local(self.path):
            yield from from_lines(chain.from_iterable(map(_lines, paths)), keys, damaged)
            return
        held = map_files(fetch, paths) if keys is None else copies_of(self._journals, os.getpid()).read(paths)
        yield from from_lines(chain.from_iterable(map(BytesIO, held)), keys, damaged)

    def _take(self, entries: Iterable[Entry]) -> int:
        """Merge entries into the shards, so many at a time, in order of keys; return how many they were."""
        sorter = Sorter(self.path, FOLD_ENTRIES)
        for table in sorter.tables(entries):
            self._merge(table)
        return sorter.total

    def _merge(self, fresh: pa.Table, prefix: str = "") -> None:
        def merge() -> None:
            present: dict[str, list[str]] = {}
            for path in self._shard_paths():
                present.setdefault(shards.prefix_of(path), []).append(path)
            self._merge_prefix(prefix, fresh, present)

        self._undisturbed(merge)

    def _merge_prefix(self, prefix: str, fresh: pa.Table, present: dict[str, list[str]]) -> None:
        """Merge entries into the shards of a prefix, or of longer ones where the prefix has been divided."""
        old = own = present.get(prefix, [])
        table = shards.settled([fresh, *map(shards.read_table, own)])
        divided = any(other != prefix and other.startswith(prefix) for other in present)
        if divided or table.num_rows > self.shard_entries:
            for longer, rows in shards.divide(table, len(prefix) + 1):
                self._merge_prefix(longer, rows, present)
        elif table.num_rows:
            written = shards.write(self._shards, prefix, table, own)
            old = [path for path in own if path != written]
        remove_all(old)


def _lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a journal, one by one; none if it has been folded meanwhile."""
    try:
        with open_stored(path) as file:
            yield from iter(file.readline, b"")
    except OSError:
        if exists(path):
            raise


def _with_prefix(ordered: list[bytes], prefix: str) -> list[bytes]:
    low = bytes.fromhex(prefix.ljust(32, "0"))
    high = bytes.fromhex(prefix.ljust(32, "f"))
    end = bisect_left(ordered, high)
    return ordered[bisect_left(ordered, low) : end + (ordered[end : end + 1] == [high])]
