"""Keys in motion: what parts sent to one bucket, as one table; and the bucket that a hash falls in."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Gathered:
    """The keys of one bucket.

    Attributes:
      names: the parts that sent keys, in an order that doesn't depend on arrival.
      table: their keys, one below the other (a structured array with a field `row`).
      part: for each key, the index of its part in `names`.
      lineage: for each key, a number that orders it by its part's lineage.
    """

    names: list[str]
    table: Any
    part: Any
    lineage: Any

    def sorting(self, *columns: str) -> Any:
        """Return the order by these columns, the last one first; equal keys stand by lineage, part and row."""
        return np.lexsort([self.table["row"], self.part, self.lineage, *(self.table[name] for name in columns)])


def gather(values: Iterable[tuple[str, str, bytes]], kind: Any) -> Gathered:
    """Return what parts sent: each (part's name, lineage, keys as bytes of the structured type `kind`)."""
    members = sorted(values)
    tables = [np.frombuffer(data, kind) for _, _, data in members]
    sizes = [len(table) for table in tables]
    lineages = sorted({lineage for _, lineage, _ in members})
    part = np.repeat(np.arange(len(members)), sizes)
    lineage = np.repeat([lineages.index(lineage) for _, lineage, _ in members], sizes)
    return Gathered([name for name, _, _ in members], np.concatenate(tables), part, lineage)


def bucket_of(hashes: Any, buckets: int) -> Any:
    """Return the bucket of each 64-bit hash (an array): buckets are equal ranges of hashes."""
    return ((hashes >> np.uint64(32)) * np.uint64(buckets) >> np.uint64(32)).astype(np.int64)
