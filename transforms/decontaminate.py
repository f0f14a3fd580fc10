"""The step `decontaminate`: no example says what an item of a benchmark says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from threading import Lock
from typing import ClassVar, NamedTuple, Self

import numpy as np
import pyarrow as pa

from transforms.benchmark_items import items
from transforms.example import CONTENT, digest
from transforms.files import is_local
from transforms.read.files import Paths, SourceError, find_files, resolve
from transforms.read.line_index import content_identity
from transforms.rules.fields import check_fields, content_text
from transforms.steps import Verdict
from transforms.word_hashes import grams, hashes, whole, words

SHORTEST = 5
"""Items of fewer words ("All of the above") aren't looked for: to say the same by chance is no leak."""

_READING = Lock()
"""Threads that begin at the same moment wait for the one that reads a benchmark."""


@dataclass(frozen=True)
class Decontaminate:
    """Rejects examples that say what an item of a benchmark says, so that what is measured with it isn't remembered.

    An example is rejected where one of its fields has so many words in a row as an item has them, too, or is an item of
    fewer words, but five at least. Words are compared in lower case, after Unicode's NFKC, without punctuation; of
    scripts that are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) each character is a word.

    Parameters:
      against: the benchmark's files, or globs, on any file system that workers reach, decompressed as their names say.
        Items are the texts of `.jsonl`, `.json`, `.parquet`, `.arrow`, the cells of `.csv` and `.tsv`, and the lines of
        any other file.
      columns: of files that name their columns those that hold items, such as the questions; by default all.
      words: how many words in a row. Fewer find more, and more that is no leak.
      fields: the content columns that are looked at.

    Rejects with `contaminated` (detail: "output: the words that both have").

    After T. B. Brown et al., Language Models are Few-Shot Learners (arXiv 2005.14165, appendix C): 13 words in a row,
    in lower case and without punctuation. There what overlaps is cut out of long documents; that an example goes whole,
    that items of fewer words count, and characters as words, is ours.
    """

    against: Paths
    columns: tuple[str, ...] = ()
    words: int = 13
    fields: tuple[str, ...] = CONTENT
    shorthand: ClassVar[str] = "against"

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if not self.against or not self.fields:
            raise ValueError("name the benchmark's files (against), and one content column at least (fields)")
        if self.words < SHORTEST:
            raise ValueError(f"words is {self.words}; it must be {SHORTEST} or more")

    def resolved(self, base: str) -> Self:
        """Return the step with relative paths taken from a folder; ValueError where one here names nothing."""
        against = resolve(base, self.against)
        try:
            find_files(tuple(filter(is_local, [against] if isinstance(against, str) else against)))
        except SourceError as error:
            raise ValueError(str(error)) from None
        return replace(self, against=against)

    def content(self) -> str:
        """Return a hash of the files' bytes."""
        return digest(*(content_identity(file) for file in find_files(self.against))).hex()

    def refuse(self, batch: pa.RecordBatch) -> Verdict:
        with _READING:
            known = _known(self.against, self.columns, self.words)
        found: dict[int, tuple[str, str]] = {}
        for name in self.fields:
            for row, text in enumerate(content_text(batch, name).to_pylist()):
                if row not in found and text and (said := known.found_in(text)):
                    found[row] = "contaminated", f"{name}: {said[:200]}"
        return Verdict.of(batch.num_rows, found)

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch


class _Known(NamedTuple):
    """Hashes of what items say: of each run of so many words, and of shorter items as a whole; sorted."""

    words: int
    runs: np.ndarray
    short: np.ndarray

    def found_in(self, text: str) -> str:
        """Return the words of a text that an item has, too; empty for none."""
        said = words(text)
        if len(said) < self.words:
            return " ".join(said) if len(said) >= SHORTEST and _among(whole(hashes(said)), self.short).any() else ""
        hits = np.flatnonzero(_among(grams(hashes(said), self.words), self.runs))
        return " ".join(said[hits[0] : hits[0] + self.words]) if len(hits) else ""


@lru_cache(maxsize=4)
def _known(against: Paths, columns: tuple[str, ...], number: int) -> _Known:
    """Return what the items say; a process reads them once."""
    runs, short = [np.zeros(0, np.uint64)], [np.zeros(0, np.uint64)]
    for said in _items(against, columns):
        found = hashes(said)
        if len(said) >= number:
            runs.append(grams(found, number))
        elif len(said) >= SHORTEST:
            short.append(whole(found))
    return _Known(number, np.unique(np.concatenate(runs)), np.unique(np.concatenate(short)))


def _items(against: Paths, columns: tuple[str, ...]) -> Iterator[list[str]]:
    for file in find_files(against):
        yield from map(words, items(file, columns))


def _among(wanted: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Say of each number whether it is among the held ones, which are sorted."""
    if not len(held):
        return np.zeros(len(wanted), bool)
    places = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
    found: np.ndarray = held[places] == wanted
    return found
