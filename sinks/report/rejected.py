"""Some of the rejected examples, for each reason that a step gave."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from sinks.written import opened, reject_files
from transforms.steps import REJECTED


class Reason(NamedTuple):
    """Where and why examples were rejected."""

    stream: str
    step: str
    reason: str


def sample_rejects(folder: str, rejected: Mapping[Reason, int], shown: int) -> dict[Reason, list[dict[str, Any]]]:
    """Return for each reason up to so many of its rejects, in the order of their files.

    Args:
      folder: the output folder.
      rejected: how many rejects each reason has; those that aren't named here aren't looked for.
      shown: how many of them are wanted.
    """
    missing = {reason: min(number, shown) for reason, number in rejected.items() if number and shown}
    found: dict[Reason, list[dict[str, Any]]] = {}
    for path in reject_files(folder):
        if not missing:
            break
        with opened(folder, path, REJECTED) as parquet:
            for group in range(parquet.metadata.num_row_groups):
                told = parquet.read_row_group(group, columns=list(Reason._fields))
                taken = list(_taken(told, missing))
                if taken:
                    rows = parquet.read_row_group(group, columns=REJECTED.names).take(pa.array(taken))
                    for row in rows.to_pylist():
                        found.setdefault(Reason(row["stream"], row["step"], row["reason"]), []).append(row)
    return found


def _taken(told: pa.Table, missing: dict[Reason, int]) -> Iterator[int]:
    """Yield the numbers of the rows that are wanted, and count them off."""
    columns = (told.column(name).to_pylist() for name in Reason._fields)
    for at, values in enumerate(zip(*columns, strict=True)):
        reason = Reason(*values)
        if reason in missing:
            yield at
            missing[reason] -= 1
            if not missing[reason]:
                del missing[reason]
