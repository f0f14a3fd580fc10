"""Parts: files of batches in the work folder, and the small elements that stand for them in the graph.

A part is an Arrow IPC file whose last batch is empty and carries the counts of the steps that made it: a part is
complete, with its numbers, or it isn't there. Its name is the hash of what it was made from (the block or the part
before, the decision of a collective step, the steps), so that a run which finds a part of that name uses it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.example import SCHEMA
from transforms.files import NewFile, is_whole_arrow, open_arrow, written
from transforms.steps import Count

COUNTS = b"langloom.counts"

PART_BYTES = 64 << 20
"""A part and its rejects hold about this much; a block that gives more (a large compressed file) becomes several."""

Piece = tuple[Sequence[pa.RecordBatch], Sequence[pa.RecordBatch], Sequence[Count]]
"""What one batch became: batches, rejects, and a count for each step."""


@dataclass(frozen=True)
class Part:
    """A file of batches in the work folder.

    Attributes:
      name: hash of what the part was made from, 32 hexadecimal digits.
      path: the file of its examples.
      rejects: the file of what was rejected in making it, or empty.
      stream: the stream whose steps made it.
      lineage: the source and the streams that its rows came through; rows of one id and one lineage are equal.
      rows: examples in it.
      counts: one for each step that made it.
    """

    name: str
    path: str
    rejects: str
    stream: str
    lineage: str
    rows: int
    counts: tuple[Count, ...]

    @property
    def label(self) -> str:
        """Return what its file's name begins with."""
        return self.path.rpartition("/")[2].rpartition("-")[0]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; `_` columns of the steps before are still there."""
        file = open_arrow(self.path)
        for at in range(file.num_record_batches - 1):
            yield file.get_batch(at)


class ArrowFile:
    """An Arrow IPC file that is made when its first batch is written, and appears when committed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.rows = 0
        self.schema: pa.Schema | None = None
        self._new: NewFile | None = None
        self._writer: Any = None

    def write(self, batch: pa.RecordBatch, note: dict[bytes, bytes] | None = None) -> None:
        """Append a batch; all have the schema of the first."""
        if self._new is None:
            self._new = NewFile(self.path)
            self.schema = batch.schema
            self._writer = pa.ipc.new_file(self._new.file, batch.schema)
        self._writer.write_batch(batch, custom_metadata=note)
        self.rows += batch.num_rows

    def commit(self) -> None:
        """Let the file appear, if anything was written; where that fails, leave nothing."""
        if self._new is not None:
            try:
                self._writer.close()
            except BaseException:
                self.abandon()
                raise
            self._new.commit()

    def abandon(self) -> None:
        """Leave nothing."""
        if self._new is not None:
            self._new.abandon()


class Pieces:
    """An iterator of pieces that is taken a part's worth at a time."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = iter(pieces)
        self._following = next(self._pieces, None)

    @property
    def over(self) -> bool:
        """Say whether all have been taken."""
        return self._following is None

    def take(self) -> Iterator[Piece]:
        """Yield pieces up to PART_BYTES of batches, kept and rejected."""
        size = 0
        while self._following is not None and size < PART_BYTES:
            piece, self._following = self._following, next(self._pieces, None)
            size += sum(batch.nbytes for batch in (*piece[0], *piece[1]))
            yield piece


def make_parts(
    folder: str, stream: str, label: str, name: str, lineage: str, steps: Sequence[str], pieces: Iterable[Piece]
) -> Iterator[Part]:
    """Yield the parts that hold what the pieces hold: those of this name in the work folder, if they are complete.

    Otherwise the pieces are gone through, and each part is written with what is rejected beside it.
    """
    if found := find_parts(folder, stream, label, name):
        yield from found
        return
    rest, number = Pieces(pieces), 0
    while not number or not rest.over:
        yield _write_part(folder, stream, label, _numbered(name, number), lineage, steps, rest)
        number += 1


def read_note(path: str) -> dict[str, Any]:
    """Return the lineage, rows, rejects and counts that a part carries.

    Raises OSError, pa.ArrowInvalid, KeyError, TypeError or ValueError where there is no complete part.
    """
    file = open_arrow(path)
    last = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    note: dict[str, Any] = json.loads(last.custom_metadata[COUNTS])
    return note


def find_parts(folder: str, stream: str, label: str, name: str) -> list[Part]:
    """Return the parts that were made under this name; none where one is missing or cut short."""
    parts: list[Part] = []
    while True:
        number = _numbered(name, len(parts))
        path, rejects = _paths(folder, label, number)
        try:
            note = read_note(path)
        except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
            return []  # not there, or cut short by a crash
        if note["rejects"] and not is_whole_arrow(rejects):
            return []
        counts = tuple(Count.from_json(count) for count in note["counts"])
        rejects = rejects if note["rejects"] else ""
        parts.append(Part(number, path, rejects, stream, note["lineage"], note["rows"], counts))
        if note["last"]:
            return parts


def _write_part(
    folder: str, stream: str, label: str, name: str, lineage: str, steps: Sequence[str], rest: Pieces
) -> Part:
    path, rejects_path = _paths(folder, label, name)
    counts = {step: Count(step) for step in steps}
    # The rejects appear first, so that where the part is, they are too.
    with written(ArrowFile(path)) as examples, written(ArrowFile(rejects_path)) as rejects:
        for batches, refused, numbers in rest.take():
            for count in numbers:
                counts[count.step].add(count)
            for batch in batches:
                examples.write(batch)
            for batch in refused:
                rejects.write(batch)
        rows = examples.rows
        note = {"lineage": lineage, "rows": rows, "rejects": rejects.rows, "last": rest.over}
        note["counts"] = [count.to_json() for count in counts.values()]
        empty = pa.RecordBatch.from_pylist([], schema=examples.schema or SCHEMA)
        examples.write(empty, {COUNTS: json.dumps(note).encode()})
    return Part(name, path, rejects_path if rejects.rows else "", stream, lineage, rows, tuple(counts.values()))


def _numbered(name: str, number: int) -> str:
    return f"{name}.{number}" if number else name


def _paths(folder: str, label: str, name: str) -> tuple[str, str]:
    return f"{folder}/parts/{label}-{name}.arrow", f"{folder}/rejects/{label}-{name}.arrow"
