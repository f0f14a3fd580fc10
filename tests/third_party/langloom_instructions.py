"""A sink for langloom, in a package of its own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Instructions:
    """Writes the instructions alone, one a line.

    Parameters:
      ending: what the files' names end in.

    Examples whose instruction has several lines are left out.
    """

    ending: str = ".txt"

    def writer(self, file: Any, keys: Collection[str]) -> "Lines":
        return Lines(file)


class Lines:
    """Writes the lines of one shard."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.rows = 0
        self.unexpressed: dict[str, int] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        for text in batch.column("instruction").to_pylist():
            if "\n" in text:
                self.unexpressed["lines"] = self.unexpressed.get("lines", 0) + 1
                continue
            self._file.write(f"{text}\n".encode())
            self.rows += 1

    def close(self) -> None:
        self._file.flush()
