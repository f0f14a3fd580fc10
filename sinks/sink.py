"""Sinks: forms in which shards are written a second time, beside Parquet, and the file that one makes of a shard."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from sinks.hashing import Hashing
from transforms.files import NewFile
from transforms.third_parties import naming_third_parties

ENDING = re.compile(r"(?!.*\.py$)(\.[A-Za-z0-9]+)+")
"""What names of files may end in; a data set holds no code."""

MOST_ROWS = 4096
"""A writer is given at most so many rows at a time."""


class Writer(Protocol):
    """Writes the rows of one shard to an open file.

    Attributes:
      rows: how many rows the file has.
      unexpressed: by reason, how many examples the form has no place for; they are in the Parquet shard.
    """

    @property
    def rows(self) -> int: ...

    @property
    def unexpressed(self) -> Mapping[str, int]: ...

    def write(self, batch: pa.RecordBatch) -> None:
        """Append examples, in their order."""
        ...

    def close(self) -> None:
        """Write what is left; whoever opened the file closes it."""
        ...


@runtime_checkable
class Sink(Protocol):
    """A form in which shards are written a second time, beside Parquet. A recipe names it in `write`.

    Sinks are frozen dataclasses whose fields are the form's parameters in a recipe. The same rows must give the same
    bytes.

    Attributes:
      ending: what the files' names end in, such as `.jsonl.gz`; of a dataset's sinks each has its own.
    """

    @property
    def ending(self) -> str: ...

    def writer(self, file: Any, keys: Collection[str]) -> Writer:
        """Return what writes a shard to a binary file, which can't be read or sought in.

        `keys` are those of `history` and `system` that any example of the dataset uses.
        """
        ...


class SinkFile:
    """The file that a sink makes of a shard: it appears when committed; its SHA-256 is taken as it is written."""

    def __init__(self, path: str, sink: Sink, keys: Collection[str]) -> None:
        self._new = NewFile(path + sink.ending)
        self._hashing = Hashing(self._new.file)
        try:
            with naming_third_parties(sink):
                self._writer = sink.writer(self._hashing, keys)
        except BaseException:
            self._new.abandon()
            raise

    @property
    def unexpressed(self) -> Mapping[str, int]:
        """Return by reason how many examples the form has no place for."""
        with naming_third_parties(self._writer):
            return self._writer.unexpressed

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        for start in range(0, batch.num_rows, MOST_ROWS):
            with naming_third_parties(self._writer):
                self._writer.write(batch.slice(start, MOST_ROWS))

    def commit(self) -> dict[str, Any]:
        """Let the file appear; return its entry."""
        with naming_third_parties(self._writer):
            self._writer.close()
            rows = self._writer.rows
        self._new.commit()
        return {"path": self._new.path, "rows": rows, **self._hashing.described()}

    def abandon(self) -> None:
        """Leave nothing."""
        with suppress(Exception):  # a full disk, perhaps, or what failed before; one left open complains when collected
            self._writer.close()
        self._new.abandon()
