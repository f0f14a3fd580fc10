"""Of several solutions to a question, those that calculate differently: the selection of rejection sampling."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from transforms.collective import Context
from transforms.dropping import Dropped, PartDrops, check_columns, decide, drops_by_part, hash_words, source_order
from transforms.example import digest, id_words, texts
from transforms.keys import Sent, changes, gather, run_starts

KEY = np.dtype(
    [
        ("item_high", "<u8"),
        ("item_low", "<u8"),
        ("list_high", "<u8"),
        ("list_low", "<u8"),
        ("order", "<u4"),
        ("id_high", "<u8"),
        ("id_low", "<u8"),
        ("row", "<u4"),
    ]
)
"""What travels for each example: 56 bytes."""

CALCULATION = re.compile(r"<<([^<>\n]*)>>")
"""GSM8K's calculator marks: <<48/2=24>>."""

REASONS = ("same_equations", "beyond_most")
"""Why a solution goes: one with the same equations stays, or as many as are wanted do."""


def equations(text: str) -> tuple[str, ...]:
    """Return the equations in a solution's calculator marks, in order, after NFKC and without white space."""
    return tuple("".join(unicodedata.normalize("NFKC", inner).split()) for inner in CALCULATION.findall(text))


@dataclass(frozen=True)
class DistinctEquations:
    """Keeps for each question the solutions whose lists of equations differ, and of these at most so many.

    Equations are those in GSM8K's calculator marks (`<<48/2=24>>`); lists are equal where the same equations stand in
    the same order, white space aside. Of solutions with equal lists the one with the smallest (place of its source in
    the recipe, id) stays, and of those the smallest stay where there are more than `most`: an id is a hash, so that it
    is as good as by lot. Put a rule on the answer (`final_answer`) before it.

    Parameters:
      most: how many solutions of a question stay at most; by default all that differ.
      by: the columns that make a question: those of one group in one language.

    Reads `output` and the columns of `by`. Rejects with `same_equations` (detail: the id of the one that stays),
    `beyond_most` (detail: the id of the last that stays) and `no_equations` (a solution without a mark).

    After RFT (arXiv 2308.01825), whose selection MathOctopus' xRFT takes over: correct samples with distinct lists of
    equations. Which of equal ones stays, and the bound, are ours.
    """

    most: int | None = None
    by: tuple[str, ...] = ("group", "output_lang")
    shorthand: ClassVar[str] = "most"

    def __post_init__(self) -> None:
        if self.most is not None and self.most < 1:
            raise ValueError(f"most is {self.most}; at least one solution of a question stays")
        check_columns(self.by, "that make a question, such as group")

    def decide(self, parts: Any, context: Context) -> Any:
        """Return (part, which rows go) for each part."""
        found = partial(keys, by=self.by, order=dict(context.order))
        return decide(parts, context, found, "item_high", partial(surplus, most=self.most), REASONS, DroppedSolutions)


class DroppedSolutions(Dropped):
    """Which solutions of a part go; those without an equation do in any case."""

    def refused(self, batch: pa.RecordBatch) -> list[str | None]:
        """Return for each row `no_equations`, or None where there are some."""
        return [None if equations(text) else "no_equations" for text in texts(batch, "output")]


def keys(batch: pa.RecordBatch, by: tuple[str, ...], order: Mapping[str, int]) -> Any:
    """Return the keys of a batch's solutions with equations."""
    lists = [equations(text) for text in texts(batch, "output")]
    rows = np.flatnonzero([bool(each) for each in lists])
    table = np.empty(len(rows), KEY)
    high, low = hash_words(list(map(digest, *(texts(batch, name) for name in by))))
    table["item_high"], table["item_low"] = high[rows], low[rows]
    table["list_high"], table["list_low"] = hash_words([digest(*lists[row]) for row in rows])
    high, low = id_words(batch.column("id"))
    table["id_high"], table["id_low"] = high[rows], low[rows]
    table["order"] = source_order(batch, order)[rows]
    table["row"] = rows
    return table


def surplus(group: Iterable[Sent], most: int | None) -> Iterator[PartDrops]:
    """Yield, for each part with any, the rows that go, why, and the ids of what stays, for all items of a bucket."""
    gathered = gather(group, KEY)
    table = gathered.table
    best = ("id_low", "id_high", "order")
    sorting = gathered.sorting(*best, "list_low", "list_high", "item_low", "item_high")
    fresh = changes(table, sorting, ("item_high", "item_low", "list_high", "list_low"))
    stays = sorting[run_starts(fresh)]
    gone, kept = sorting[~fresh], stays[~fresh]
    why = np.zeros(len(gone), np.uint8)
    if most is not None:
        single = np.zeros(len(table), bool)
        single[sorting[fresh]] = True
        ranked = gathered.sorting(*best, "item_low", "item_high")
        ranked = ranked[single[ranked]]
        begins = run_starts(changes(table, ranked, ("item_high", "item_low")))
        over = np.arange(len(ranked)) - begins >= most
        gone = np.concatenate([gone, ranked[over]])
        kept = np.concatenate([kept, ranked[begins[over] + most - 1]])
        why = np.concatenate([why, np.ones(int(over.sum()), np.uint8)])
    yield from drops_by_part(gathered, gone, kept, why)
