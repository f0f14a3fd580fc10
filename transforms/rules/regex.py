"""A rule on patterns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.rules.fields import LAST_TURN, check_fields, content_text
from transforms.steps import Verdict


@dataclass(frozen=True)
class Regex:
    r"""Keeps examples in whose fields all patterns to match are found, and none that is forbidden.

    Patterns are RE2's (https://github.com/google/re2/wiki/Syntax), which takes time linear in the text whatever the
    pattern: no look-around and no back-references; `\d` and `\w` are ASCII, `\pL` is any letter; `(?i)` ignores case,
    `(?s)` lets `.` match line ends, `(?m)` lets `^` and `$` match at them. A pattern may be found anywhere in a field.

    Parameters:
      fields: the content columns to search (`history`: the text of its turns); by default `instruction`, `input` and
        `output`.
      match: patterns each of which must be found in at least one of the fields.
      forbid: patterns that may be found in none of them.

    Reads the content columns. Rejects with `regex:missing` (detail: the pattern), `regex:found` (detail: the field and
    the pattern).
    """

    fields: tuple[str, ...] = LAST_TURN
    match: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if not self.fields:
            raise ValueError("fields: name at least one content column")
        if not self.match and not self.forbid:
            raise ValueError("regex needs patterns to match, to forbid, or both")
        for pattern in (*self.match, *self.forbid):
            try:
                _found(pa.array([""]), pattern)
            except pa.ArrowInvalid as error:
                raise ValueError(
                    f"pattern {pattern!r}: {str(error).removeprefix('Invalid regular expression: ')}"
                ) from None

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        found: dict[int, tuple[str, str]] = {}
        texts = [(name, content_text(batch, name)) for name in self.fields]
        # From the last to the first, so that what comes first in the recipe is what is reported.
        for pattern in reversed(self.forbid):
            for name, text in reversed(texts):
                for row in np.flatnonzero(_found(text, pattern)):
                    found[int(row)] = "regex:found", f"{name}: {pattern}"
        for pattern in reversed(self.match):
            for row in np.flatnonzero(~np.logical_or.reduce([_found(text, pattern) for _, text in texts])):
                found[int(row)] = "regex:missing", pattern
        return Verdict.of(batch.num_rows, found)


def _found(text: Any, pattern: str) -> Any:
    return pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False)
