"""Rules on length: of a field, and of one side of a pair against the other."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.rules.fields import LAST_TURN, check_fields, content_text
from transforms.sides import pairs
from transforms.steps import Verdict


@dataclass(frozen=True)
class Length:
    """Keeps examples whose fields are neither too short nor too long, in characters (Unicode code points).

    Each field is measured by itself. Fields that are named are measured also where they are empty; by default those of
    `instruction`, `input` and `output` are that aren't empty, and an example with none of them has length 0.

    Parameters:
      fields: the content columns to measure (`history`: the text of its turns).
      min_chars, max_chars: the least and the greatest length that is kept; at least one is needed.

    Reads the content columns. Rejects with `length:short`, `length:long`; detail: "output: 3".
    """

    fields: tuple[str, ...] = ()
    min_chars: int = 0
    max_chars: int | None = None

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if self.min_chars < 0:
            raise ValueError(f"min_chars: {self.min_chars} is negative")
        if self.min_chars == 0 and self.max_chars is None:
            raise ValueError("length needs min_chars, max_chars or both")
        if self.max_chars is not None and self.max_chars < max(self.min_chars, 1):
            raise ValueError(f"max_chars: {self.max_chars} is less than min_chars ({self.min_chars}) or 1")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        found: dict[int, tuple[str, str]] = {}
        names = self.fields or LAST_TURN
        lengths = [pc.utf8_length(content_text(batch, name)).to_numpy() for name in names]
        silent = np.logical_and.reduce([length == 0 for length in lengths])
        for name, length in reversed(list(zip(names, lengths, strict=True))):
            measured = True if self.fields else (length > 0) | silent
            for variant, objects in (("short", length < self.min_chars), ("long", length > (self.max_chars or np.inf))):
                for row in np.flatnonzero(objects & measured):
                    found[int(row)] = f"length:{variant}", f"{name}: {length[row]}"
        return Verdict.of(batch.num_rows, found)


@dataclass(frozen=True)
class LengthRatio:
    """Keeps pairs neither side of which is much longer than the other.

    The longer side's number of characters (Unicode code points) over the shorter one's. A side that is empty while the
    other isn't is infinitely shorter, and always rejected.

    Parameters:
      max: the greatest ratio that is kept, at least 1.

    Reads both sides of a pair: the translated fields before and after, else `input` and `output`.
    Rejects with `length_ratio` (detail: "4.1", or "infinite"; for a translated field "output: 4.1"), `not_a_pair`.
    """

    max: float
    shorthand: ClassVar[str] = "max"
    on_pairs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.max >= 1:
            raise ValueError(f"max: {self.max} is less than 1, and no pair has a ratio below 1")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        both = pairs(batch)
        before, after = (pc.utf8_length(side).to_numpy().astype(float) for side in (both.before, both.after))
        with np.errstate(divide="ignore"):
            ratios = np.maximum(before, after) / np.minimum(before, after)
        objects = (ratios > self.max) | np.isinf(ratios)
        found = {int(pair): _ratio(float(ratios[pair])) for pair in np.flatnonzero(objects)}
        return both.verdict("length_ratio", found)


def _ratio(value: float) -> str:
    return "infinite" if value == float("inf") else f"{value:.1f}"
