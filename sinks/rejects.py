"""Rejects: every rejected example with its stream, step, reason and detail, in an order of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.example import from_ipc, id_words, to_ipc
from transforms.files import NewFile, open_arrow, read_range, written
from transforms.keys import Range, by_value, write_contents
from transforms.parts import Part
from transforms.steps import REJECTED

_TEXTS = [field.name for field in REJECTED if field.type == pa.string()]


class WriteRejects(beam.PTransform):
    """Writes what the parts' rejects hold as `files` Parquet files in the work folder; yields
    `("rejects", {path, rows})`.

    An example goes to the file that its id names, and stands there by (stream, step, reason, id, detail, its texts), so
    that the files don't depend on how the sources were cut.
    """

    def __init__(self, work: str, files: int) -> None:
        super().__init__()
        self._work, self._files = work, files

    def expand(self, pcoll: Any) -> Any:
        return (
            pcoll
            | "Group" >> beam.FlatMap(group_rejects, self._work, self._files)
            | "ByFile" >> beam.GroupByKey()
            | "Write" >> beam.Map(write_rejects, f"{self._work}/output-rejects", self._files)
        )


Sent = tuple[str, Range]
"""A part's name, and where those of its rejects are that go to one file."""


def group_rejects(part: Part, work: str, files: int) -> Iterator[tuple[int, Sent]]:
    """Write a part's rejects once more, grouped by the file that they go to; yield for each where they are."""
    if not part.rejects:
        return
    file = open_arrow(part.rejects)
    batches = [file.get_batch(at) for at in range(file.num_record_batches)]
    (batch,) = pa.Table.from_batches(batches).cast(REJECTED).combine_chunks().to_batches()
    numbers = id_words(batch.column("id"))[0] % np.uint64(files)
    rows = by_value(np.arange(batch.num_rows), numbers)
    contents = {number: to_ipc(batch.take(pa.array(mine))) for number, mine in rows}
    for number, where in write_contents(work, contents):
        yield number, (part.name, where)


def write_rejects(group: tuple[int, Iterable[Sent]], folder: str, files: int) -> tuple[str, dict[str, Any]]:
    """Write the rejects that go to one file; those of a part that is named twice, once."""
    number, sent = group
    table = pa.Table.from_batches([from_ipc(read_range(*where)) for _, where in sorted(set(sent))])
    keys = [(name, "ascending") for name in dict.fromkeys(("stream", "step", "reason", "id", "detail", *_TEXTS))]
    with written(NewFile(f"{folder}/part-{number:05d}-of-{files:05d}.parquet")) as new:
        pq.write_table(table.sort_by(keys), new.file, compression="zstd", row_group_size=65536)
    return "rejects", {"path": new.path, "rows": table.num_rows}
