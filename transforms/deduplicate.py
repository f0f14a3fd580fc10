"""Exact deduplication across a stream: keys travel, rows stay where they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from transforms.collective import Context
from transforms.dropping import PartDrops, check_columns, decide, drops_by_part, hash_words, source_order
from transforms.example import digest, id_words, texts
from transforms.keys import Sent, changes, gather, run_starts

KEY = np.dtype(
    [
        ("key_high", "<u8"),
        ("key_low", "<u8"),
        ("order", "<u4"),
        ("id_high", "<u8"),
        ("id_low", "<u8"),
        ("row", "<u4"),
    ]
)
"""What travels for each example: 40 bytes."""


@dataclass(frozen=True)
class Deduplicate:
    """Keeps one of the examples that are equal in the named columns.

    The one with the smallest (place of its source in the recipe, id) stays. Equality is of the exact text: put
    `normalize` before it to fold forms.

    Parameters:
      by: the columns to compare, of strings.

    Reads the columns of `by`. Rejects with `duplicate` (detail: the id of the example that stays).
    """

    by: tuple[str, ...] = ("instruction", "input", "output")
    shorthand: ClassVar[str] = "by"

    def __post_init__(self) -> None:
        check_columns(self.by, "whose equality makes examples duplicates")

    def decide(self, parts: Any, context: Context) -> Any:
        """Return (part, which rows go) for each part."""
        found = partial(keys, by=self.by, order=dict(context.order))
        return decide(parts, context, found, "key_high", duplicates, ("duplicate",))


def keys(batch: pa.RecordBatch, by: tuple[str, ...], order: Mapping[str, int]) -> Any:
    """Return the keys of a batch."""
    table = np.empty(batch.num_rows, KEY)
    table["key_high"], table["key_low"] = hash_words(list(map(digest, *(texts(batch, name) for name in by))))
    table["id_high"], table["id_low"] = id_words(batch.column("id"))
    table["order"] = source_order(batch, order)
    table["row"] = np.arange(batch.num_rows)
    return table


def duplicates(group: Iterable[Sent]) -> Iterator[PartDrops]:
    """Yield, for each part with any, the rows that repeat a key whose first example stands elsewhere, and its id.

    Equal rows (of one id and one lineage) are ordered by where they stand: which of them stays makes no difference.
    """
    gathered = gather(group, KEY)
    sorting = gathered.sorting("id_low", "id_high", "order", "key_low", "key_high")
    fresh = changes(gathered.table, sorting, ("key_high", "key_low"))
    stays = sorting[run_starts(fresh)]
    yield from drops_by_part(gathered, sorting[~fresh], stays[~fresh], 0)
