"""Makes parallel examples out of translated ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import TEXT, language_column, make_batch

CARRIED = ("id", "group", "source", "origin", "license", "meta")

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]

Direction = Literal["to_source", "from_source"]
DIRECTIONS: tuple[Direction, ...] = ("to_source", "from_source")


@dataclass(frozen=True)
class Pair:
    """Makes parallel examples from translated ones: the text in one language, and in the other.

    Parameters:
      fields: which of the translated fields give an example each: system, instruction, input, output.
      directions: `to_source` has the translation as `input` and the text before translation as `output` (QAlign's
        question alignment: back into English); `from_source` is the reverse (x-LLaMA: into the new language).
      task: the task of the new examples; by default `question` for the field instruction put back into its source
        language, `translation` for others.

    Reads `_source` (what `translate` left) and the fields; writes `input`, `output`, `input_lang`, `output_lang` and
    `task`, and empties `system`, `history`, `instruction`, `template` and `scores`. `group`, `source`, `origin`,
    `license` and `meta` are the parent's, ids are derived from its id; `_source` is dropped.

    A field that is empty on either side, or that wasn't translated, gives no example. An example that gives none is
    rejected as `no_expansion`.
    """

    fields: tuple[str, ...] = ("instruction",)
    directions: tuple[Direction, ...] = ("to_source",)
    task: str = ""

    shorthand: ClassVar[str] = "fields"

    def __post_init__(self) -> None:
        for what, values, allowed in (("fields", self.fields, TEXT), ("directions", self.directions, DIRECTIONS)):
            if not values or len(set(values)) < len(values) or not set(values) <= set(allowed):
                raise ValueError(f"{what} {list(values)}: must be some of {', '.join(allowed)}, each once")

    def expand(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Sequence[int], Sequence[str]]:
        if "_source" not in batch.schema.names:
            return make_batch(0, {}), [], []
        wanted = [(field, direction) for field in self.fields for direction in self.directions]
        made = [self._pairs(batch, field, direction) for field, direction in wanted]
        names = [f"{field}:{direction}" for field, direction in wanted]
        parents = np.concatenate([rows for _, rows in made])
        which = np.repeat(np.arange(len(made)), [len(rows) for _, rows in made])
        order = np.lexsort((which, parents))
        pairs = pa.concat_batches([part for part, _ in made]).take(pa.array(order))
        return pairs, parents[order].tolist(), [names[at] for at in which[order]]

    def _pairs(self, batch: pa.RecordBatch, field: str, direction: Direction) -> tuple[pa.RecordBatch, Rows]:
        """Return one example for each row in which the field was translated, and the numbers of those rows."""
        rows = _translated(batch, field)
        some = batch.take(pa.array(rows, pa.int64()))
        language = language_column(field)
        before = some.column("_source")
        sides = [
            (some.column(field), some.column(language)),
            (pc.struct_field(before, field), pc.struct_field(before, language)),
        ]
        if direction == "from_source":
            sides.reverse()
        (text, spoken), (answer, answered) = sides
        columns = {name: some.column(name) for name in CARRIED}
        columns |= {"input": text, "output": answer, "input_lang": spoken, "output_lang": answered}
        asks = field == "instruction" and direction == "to_source"
        task = self.task or ("question" if asks else "translation")
        return make_batch(len(rows), {**columns, "task": task}), rows


def _translated(batch: pa.RecordBatch, field: str) -> Rows:
    """Return the numbers of the rows in which this field was translated and isn't empty on either side."""
    before = batch.column("_source")
    texts = zip(batch.column(field).to_pylist(), pc.struct_field(before, field).to_pylist(), strict=True)
    fields = pc.struct_field(before, "fields").to_pylist()
    told = [at for at, (now, then) in enumerate(texts) if field in (fields[at] or ()) and now.strip() and then.strip()]
    return np.array(told, np.int64)
