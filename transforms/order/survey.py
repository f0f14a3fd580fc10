"""Surveying: how many rows, bytes, tokens and ranks a dataset's streams have, by split; numbers that are added up."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import TEXT, id_words
from transforms.keys import bucket_of
from transforms.order.dataset_order import Order
from transforms.order.rank import rank_hashes, split_hashes, splits
from transforms.parts import Part
from transforms.tokens.part_tokens import part_tokens

NO_RANKS = np.zeros((0, 0), np.int64)
"""A histogram of no epoch."""


@dataclass
class Supply:
    """What one stream has in one split.

    Attributes:
      rows: examples.
      bytes: UTF-8 bytes of their text.
      used: which of `system` and `history` any of them uses: files for trainers have their keys in all rows or in none.
      histogram: by epoch, as far as one may be needed, how many ranks fall in each bucket.
      tokens: tokens of their text, where they are counted.
    """

    rows: int
    bytes: int
    used: frozenset[str]
    histogram: Any
    tokens: int = 0

    def add(self, other: "Supply") -> None:
        """Add another part's numbers."""
        self.rows += other.rows
        self.bytes += other.bytes
        self.used |= other.used
        epochs = min(len(self.histogram), len(other.histogram))  # the whole needs no more than the larger part
        self.histogram = self.histogram[:epochs] + other.histogram[:epochs]
        self.tokens += other.tokens


Survey = dict[tuple[str, int], Supply]
"""The supply of each (split, stream's index)."""


def merge(surveys: Iterable[Survey]) -> Survey:
    """Return the sum of surveys."""
    total: Survey = {}
    for survey in surveys:
        for key, supply in survey.items():
            if key in total:
                total[key].add(supply)
            else:
                total[key] = replace(supply)
    return total


def survey(part: Part, order: Order, stream: int, work: str = "") -> Survey:
    """Count a part's rows, bytes and ranks by split, epoch and bucket; its tokens where the order has a tokenizer."""
    found: list[Survey] = []
    ids: dict[str, list[tuple[Any, Any]]] = {}
    names = order.split_names()
    tokens, first = part_tokens(part, work, order.tokenizer).rows if order.tokenizer else None, 0
    for batch in part.batches():
        side = split_of(order, batch)
        held = np.zeros(batch.num_rows, np.int64) if tokens is None else tokens[first : first + batch.num_rows]
        first += batch.num_rows
        size = text_bytes(batch)
        filled = {
            "system": pc.binary_length(batch.column("system")).to_numpy(zero_copy_only=False),
            "history": pc.list_value_length(batch.column("history")).to_numpy(zero_copy_only=False),
        }
        high, low = id_words(batch.column("id"))
        counts: Survey = {}
        for at in np.unique(side):
            mine = side == at
            counts[names[at], stream] = Supply(
                rows=int(mine.sum()),
                bytes=int(size[mine].sum()),
                used=frozenset(name for name, lengths in filled.items() if lengths[mine].any()),
                histogram=NO_RANKS,
                tokens=int(held[mine].sum()),
            )
            ids.setdefault(names[at], []).append((high[mine], low[mine]))
        found.append(counts)
    whole = merge(found)
    for (name, _), supply in whole.items():
        high, low = map(np.concatenate, zip(*ids[name], strict=True))
        supply.histogram = _histogram(
            order, order.epochs(name, supply.tokens if order.in_tokens else supply.rows), high, low
        )
    return whole


def _histogram(order: Order, epochs: int, high: Any, low: Any) -> Any:
    """Return by epoch how many ranks of these ids (their halves) fall in each bucket."""
    hashes = (rank_hashes(order.seed, order.dataset, epoch, high, low) for epoch in range(epochs))
    return np.stack([np.bincount(bucket_of(each, order.buckets), minlength=order.buckets) for each in hashes])


def text_bytes(batch: pa.RecordBatch) -> Any:
    """Return the UTF-8 bytes of each row's text columns."""
    lengths = (pc.binary_length(batch.column(name)).to_numpy(zero_copy_only=False) for name in TEXT)
    return sum(lengths, start=np.zeros(batch.num_rows, np.int64))


def split_of(order: Order, batch: pa.RecordBatch) -> Any:
    """Return for each row the index of its split, by the hash of its group."""
    shares = [share for _, share in order.splits]
    if not shares:
        return np.zeros(batch.num_rows, np.int64)
    return splits(shares, split_hashes(order.seed, *id_words(batch.column("group"))))
