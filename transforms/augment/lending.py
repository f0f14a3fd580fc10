"""Lending: how rows of several parts come together to be merged.

A part lends the rows that are merged into another part's: it writes them once more, grouped by the part that they go
to. That part reads one slice of each part that lends to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.augment.joining import joined
from transforms.example import digest
from transforms.files import is_whole_arrow, open_arrow, written
from transforms.parts import ArrowFile, Part
from transforms.steps import Outcome, sift

LOAN = np.dtype([("row", "<u4"), ("head", "<u4"), ("place", "<u4"), ("merged", "V16")])
"""What travels back: a row, the row of another part that it is merged into, its place there, and the new id."""

Loans = tuple[str, bytes]
"""The name of the part that rows go to, and their LOAN."""


def lend(group: tuple[str, dict[str, Any]], work: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Write the rows that a part lends, a batch for each part that they go to.

    Yields that part's name and (file's name, file, batch, loans), and for the part itself ("", part, its rows that
    go, the ids that they go into).
    """
    (part,) = group[1]["part"]
    loans = {name: np.zeros(0, LOAN) for name, _ in group[1]["loans"]}
    for name, data in sorted(group[1]["loans"]):
        loans[name] = np.concatenate([loans[name], np.frombuffer(data, LOAN)])
    for name, table in loans.items():
        loans[name] = table[np.argsort(table["row"])]
    whole = np.concatenate([np.zeros(0, LOAN), *loans.values()])
    whole = whole[np.argsort(whole["row"])]
    yield part.name, ("", part, whole["row"].tobytes(), whole["merged"].tobytes())
    if not loans:
        return
    name = digest(part.name, *(data for name in sorted(loans) for data in (name, loans[name].tobytes()))).hex()
    path = f"{work}/lent/{part.label}-{name}.arrow"
    if not is_whole_arrow(path):
        _write(path, part, [loans[to]["row"] for to in sorted(loans)])
    for at, to in enumerate(sorted(loans)):
        yield to, (name, path, at, loans[to].tobytes())


def _write(path: str, part: Part, slices: list[Any]) -> None:
    table = pa.Table.from_batches(list(part.batches()))
    with written(ArrowFile(path)) as lent:
        for rows in slices:
            (batch,) = table.take(pa.array(rows)).combine_chunks().to_batches()
            lent.write(batch)


@dataclass(frozen=True)
class Merged:
    """What is merged in a part.

    Attributes:
      joint: what stands between their texts.
      stream, step: where it stands.
      rows: the part's rows that go into others (u4).
      ids: the ids of what they go into, 16 bytes each.
      slices: what other parts (or this one) lend it: (file's name, file, batch, LOAN of each row).
    """

    joint: str
    stream: str
    step: str
    rows: bytes
    ids: bytes
    slices: tuple[tuple[str, str, int, bytes], ...]

    def signature(self) -> bytes:
        """Return a hash of what is merged."""
        lent = [data for name, _, at, loans in self.slices for data in (name, str(at), loans)]
        return digest(self.stream, self.step, self.joint, self.rows, self.ids, *lent)

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Join what belongs together, and reject what went into others."""
        gone = np.frombuffer(self.rows, "<u4")
        start, end = np.searchsorted(gone, [first, first + batch.num_rows])
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        for at in range(start, end):
            reasons[gone[at] - first], details[gone[at] - first] = "merged", self.ids[16 * at : 16 * at + 16].hex()
        return sift(self._joined(batch, first), self.stream, self.step, reasons, details)

    @cached_property
    def _lent(self) -> tuple[Any, Any]:
        """The loans, sorted by where they go, and the rows that are lent, in the same order."""
        loans = np.concatenate([np.zeros(0, LOAN), *(np.frombuffer(data, LOAN) for *_, data in self.slices)])
        order = np.lexsort([loans["place"], loans["head"]])
        batches = [open_arrow(path).get_batch(at) for _, path, at, _ in self.slices]
        return loans[order], pa.Table.from_batches(batches).take(pa.array(order)) if batches else None

    def _joined(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        """Return the batch with what is lent to its rows joined to them."""
        loans, table = self._lent
        start, end = np.searchsorted(loans["head"], [first, first + batch.num_rows])
        if start == end:
            return batch
        lent = table.slice(start, end - start).to_pylist()
        parents: dict[int, list[dict[str, Any]]] = {}
        for head, row in zip((loans["head"][start:end] - first).tolist(), lent, strict=True):
            parents.setdefault(head, []).append(row)
        heads, made = list(parents), []
        for head, row in zip(heads, batch.take(pa.array(heads)).to_pylist(), strict=True):
            rows = [row, *parents[head]]
            made.append(joined(rows, self.joint))
        both = pa.Table.from_batches([batch, pa.RecordBatch.from_pylist(made, schema=batch.schema)])
        places = np.arange(batch.num_rows)
        places[heads] = batch.num_rows + np.arange(len(heads))
        (whole,) = both.take(pa.array(places)).combine_chunks().to_batches()
        return whole
