"""Rejects: every rejected example with its stream, step, reason and detail, in an order of their own."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.example import id_words
from transforms.files import NewFile, open_arrow, written
from transforms.steps import REJECTED

_TEXTS = [field.name for field in REJECTED if field.type == pa.string()]


class WriteRejects(beam.PTransform):
    """Writes what the parts' rejects hold as `files` Parquet files in the work folder; yields
    `("rejects", {path, rows})`.

    An example goes to the file that its id names, and stands there by (stream, step, reason, id, detail, its texts), so
    that the files don't depend on how the sources were cut.
    """

    def __init__(self, folder: str, files: int) -> None:
        super().__init__()
        self._folder, self._files = folder, files

    def expand(self, pcoll: Any) -> Any:
        paths = pcoll | "Rejects" >> beam.FlatMap(lambda part: [part.rejects] if part.rejects else [])
        return (
            pcoll.pipeline
            | "Files" >> beam.Create(list(range(self._files)), reshuffle=True)
            | "Write" >> beam.FlatMap(write_rejects, beam.pvalue.AsIter(paths), self._folder, self._files)
        )


def write_rejects(number: int, paths: Iterable[str], folder: str, files: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Write the rejects that fall in this file, if there are any."""
    tables = []
    for path in sorted(set(paths)):
        file = open_arrow(path)
        for at in range(file.num_record_batches):
            batch = file.get_batch(at)
            mine = id_words(batch.column("id"))[0] % np.uint64(files) == number
            tables.append(pa.Table.from_batches([batch.filter(pa.array(mine))]).cast(REJECTED))
    table = pa.concat_tables(tables) if tables else REJECTED.empty_table()
    if not table.num_rows:
        return
    keys = [(name, "ascending") for name in dict.fromkeys(("stream", "step", "reason", "id", "detail", *_TEXTS))]
    with written(NewFile(f"{folder}/part-{number:05d}-of-{files:05d}.parquet")) as new:
        pq.write_table(table.sort_by(keys), new.file, compression="zstd", row_group_size=65536)
    yield "rejects", {"path": new.path, "rows": table.num_rows}
