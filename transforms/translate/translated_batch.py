"""Translated examples, and those that can't be, as they are being made of a batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from transforms.example import CONTENT, SCHEMA, add_scores, replace_columns
from transforms.steps import Count, Outcome, reject
from transforms.translate.answers import Found

SOURCE = pa.struct(
    [
        *((name, SCHEMA.field(name).type) for name in CONTENT),
        ("input_lang", pa.string()),
        ("output_lang", pa.string()),
        ("fields", pa.list_(pa.string())),
    ]
)
"""What an example was before translation, and which of its fields held text that was translated: `_source`."""


class TranslatedBatch:
    """Examples and rejects being made of a batch, and how many are passed on as they came, by reason."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self._parents: list[int] = []
        self._columns: dict[str, list[Any]] = {name: [] for name in ("id", "input_lang", "output_lang", "origin")}
        self._columns |= {name: [] for name in (*CONTENT, "_source")}
        self._digits: list[float | None] = []
        self._rejects: list[tuple[int, str, str]] = []
        self.passed = Counter[str]()

    def keep(self, at: int, row: Mapping[str, Any]) -> None:
        """Keep the example that came."""
        self._add(at, row, None, None)

    def reject(self, at: int, reason: str, detail: str) -> None:
        """Reject the example in one language."""
        self._rejects.append((at, reason, detail))

    def add(
        self,
        at: int,
        row: Mapping[str, Any],
        changed: Mapping[str, Any],
        spoken: Sequence[str],
        used: Sequence[Found],
    ) -> None:
        """Add the example in another language.

        Args:
          at: the row that it is made of.
          row: that row, with the id of what is made of it.
          changed: the translated fields and the languages; none where the example was in that language already.
          spoken: those of the fields that held something to translate, not code or formulas alone.
          used: the answers that they are made of.
        """
        new = {**row, **changed}
        if used:
            new["origin"] = "+".join(sorted({answer.origin for answer in used}))
        before = {name: row[name] for name in (*CONTENT, "input_lang", "output_lang")}
        lacks = any(not answer.digits for answer in used)
        self._add(at, new, {**before, "fields": list(spoken)} if changed else None, 0.0 if lacks else None)

    def _add(self, at: int, row: Mapping[str, Any], source: Mapping[str, Any] | None, digits: float | None) -> None:
        self._parents.append(at)
        for name, values in self._columns.items():
            values.append(source if name == "_source" else row[name])
        self._digits.append(digits)

    def outcome(self, stream: str, step: str) -> Outcome:
        """Return what was made."""
        parents = pa.array(self._parents, pa.int64())
        columns = {
            name: pa.array(values, SOURCE if name == "_source" else SCHEMA.field(name).type)
            for name, values in self._columns.items()
        }
        batch = add_scores(replace_columns(self._batch.take(parents), columns), {"digits": self._digits})
        count = Count(step, self._batch.num_rows, batch.num_rows, passed=self.passed)
        if not self._rejects:
            return Outcome(batch, None, count)
        rows, reasons, details = zip(*self._rejects, strict=True)
        count.rejected.update(reasons)
        gone = self._batch.take(pa.array(rows, pa.int64()))
        return Outcome(batch, reject(gone, stream, step, reasons, details), count)
