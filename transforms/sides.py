"""The two sides of a pair: what rules on pairs compare."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import CONTENT, TURN_LANGUAGES
from transforms.rules.fields import history_text
from transforms.rules.language_codes import normalized_tag
from transforms.steps import Verdict

PAIR_TASKS = ("translation", "question")
"""The tasks whose `input` and `output` say the same in two languages."""


@dataclass(frozen=True)
class Pairs:
    """The pairs of a batch, one below the other: a row has one, or as many as it has translated fields.

    Attributes:
      size: the number of rows of the batch.
      rows: for each pair, its row in the batch.
      fields: for each pair, the name of the translated field; "" where it is `input` and `output` of one example.
      before, after: the texts (string arrays): the original, and its translation. They are never both empty.
      strangers: the rows that aren't pairs, and for each the task that says so.
    """

    size: int
    rows: Any
    fields: list[str]
    before: Any
    after: Any
    strangers: Mapping[int, str]

    def verdict(self, reason: str, found: Mapping[int, str]) -> Verdict:
        """Return the verdict that objects to these pairs (their numbers, and what was found in each).

        A row with several such pairs is described by the first, in the order of the content columns. A row that isn't
        a pair is rejected as `not_a_pair`.
        """
        objections = {row: ("not_a_pair", f"task {task!r}, and not translated") for row, task in self.strangers.items()}
        for pair in sorted(found, reverse=True):
            field = self.fields[pair]
            objections[int(self.rows[pair])] = reason, f"{field}: {found[pair]}" if field else found[pair]
        return Verdict.of(self.size, objections)


def pairs(batch: pa.RecordBatch) -> Pairs:
    """Return the pairs of a batch.

    * Where the batch has a column `_source` that isn't null: each field that it names in `fields`, as it was and as it
      is now. `history` is compared as the text of its turns, of the user's and the assistant's where both are in
      another language now.
    * Else, where `task` is `translation`: `input` and its translation `output`.
    * Else, where `task` is `question`: `output`, the question all renderings of an item share, and `input`, one of
      these renderings (QAlign's stage I puts it into English).
    * Else the row isn't a pair.

    Reads `task`, `input_lang`, `output_lang`, the content columns and `_source`, a nullable struct of the content
    columns and the languages before translation and `fields`, the list of the names of the translated fields.
    """
    task = batch.column("task")
    translated = _translated(batch)
    paired = pc.is_in(task, value_set=pa.array(PAIR_TASKS)).to_numpy(zero_copy_only=False)
    parts = [_own_sides(batch, np.flatnonzero(paired & ~translated))]
    if translated.any():
        parts += _translated_fields(batch, np.flatnonzero(translated))
    strangers = {int(row): task[int(row)].as_py() for row in np.flatnonzero(~paired & ~translated)}
    names = [name for name, _, texts in parts for _ in range(len(texts[0]))]
    rows = np.concatenate([rows for _, rows, _ in parts])
    columns = parts[0][2]
    if len(parts) > 1:
        columns = [pa.concat_arrays(arrays) for arrays in zip(*(texts for _, _, texts in parts), strict=True)]
    before, after = columns
    return Pairs(batch.num_rows, rows, names, before, after, strangers)


def _translated(batch: pa.RecordBatch) -> Any:
    if batch.schema.get_field_index("_source") < 0:
        return np.zeros(batch.num_rows, bool)
    return batch.column("_source").is_valid().to_numpy(zero_copy_only=False)


def _own_sides(batch: pa.RecordBatch, rows: Any) -> tuple[str, Any, list[Any]]:
    if len(rows) < batch.num_rows:
        batch = batch.take(pa.array(rows))
    one, other = batch.column("input"), batch.column("output")
    turned = pc.equal(batch.column("task"), "question")
    return _without_empty("", rows, [pc.if_else(turned, other, one), pc.if_else(turned, one, other)])


def _translated_fields(batch: pa.RecordBatch, rows: Any) -> list[tuple[str, Any, list[Any]]]:
    now, source = batch.take(pa.array(rows)), batch.column("_source").take(pa.array(rows))
    names = pc.struct_field(source, "fields")
    flat, parents = pc.list_flatten(names), pc.list_parent_indices(names)
    parts = []
    for field in CONTENT:
        at = parents.filter(pc.equal(flat, field))
        then, here = source.take(at), now.take(at)
        before, after = pc.struct_field(then, field), here.column(field)
        if field == "history":
            before, after = _moved_turns(before, then, here), _moved_turns(after, then, here)
        parts.append(_without_empty(field, rows[at.to_numpy()], [before, after]))
    return parts


def _moved_turns(histories: Any, then: Any, here: pa.RecordBatch) -> Any:
    """Return the text of each history, without the side whose language is what it was: that wasn't translated."""
    texts = histories.to_pylist()
    for who, side in TURN_LANGUAGES.items():
        languages = zip(pc.struct_field(then, side).to_pylist(), here.column(side).to_pylist(), strict=True)
        for at, (before, after) in enumerate(languages):
            if normalized_tag(before) == normalized_tag(after):
                texts[at] = [{**turn, who: ""} for turn in texts[at]]
    return history_text(texts)


def _without_empty(field: str, rows: Any, columns: list[Any]) -> tuple[str, Any, list[Any]]:
    empty = pc.and_(pc.equal(columns[0], ""), pc.equal(columns[1], ""))
    if not pc.any(empty).as_py():
        return field, rows, columns
    filled = pc.invert(empty)
    return field, rows[filled.to_numpy(zero_copy_only=False)], [column.filter(filled) for column in columns]
