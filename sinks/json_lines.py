"""JSON lines beside the Parquet shards, arranged for a trainer."""

import gzip
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from sinks.hashing import Hashing
from transforms.files import NewFile
from transforms.formats.arrange import Form, arrange, json_lines


@dataclass(frozen=True)
class JsonLinesOptions:
    """How JSON lines are arranged and compressed."""

    format: Form = "alpaca"
    compression: Literal["gz", "zst"] | None = None

    @property
    def ending(self) -> str:
        """Return what the files' names end in."""
        return f".jsonl.{self.compression}" if self.compression else ".jsonl"


class JsonLinesFile:
    """A file of JSON lines being written.

    `unexpressed` counts, by reason, the examples that the form has no place for; they are in the Parquet shard.
    """

    def __init__(self, path: str, options: JsonLinesOptions, keys: Collection[str]) -> None:
        self._new = NewFile(path + options.ending)
        self._hashing = Hashing(self._new.file)
        self._form, self._keys = options.format, keys
        self._out = _compressed(self._hashing, options.compression)
        self._rows = 0
        self.unexpressed: dict[str, int] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch, a few thousand rows at a time."""
        for start in range(0, batch.num_rows, 4096):
            arranged = arrange(batch.slice(start, 4096), self._form, keys=self._keys)
            self._out.write(json_lines(arranged.rows))
            self._rows += len(arranged.rows)
            for reason, rows in arranged.unexpressed.items():
                self.unexpressed[reason] = self.unexpressed.get(reason, 0) + len(rows)

    def commit(self) -> dict[str, Any]:
        """Let the file appear; return its entry."""
        self._out.close()
        self._new.commit()
        return {"format": "jsonl", "path": self._new.path, "rows": self._rows, **self._hashing.described()}

    def abandon(self) -> None:
        """Leave nothing."""
        with suppress(OSError):  # a full disk, perhaps; a compressor that is left open complains when it is collected
            self._out.close()
        self._new.abandon()


def _compressed(file: Any, compression: str | None) -> Any:
    if compression == "gz":
        return gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0)
    if compression == "zst":
        import zstandard

        return zstandard.ZstdCompressor(level=10).stream_writer(file, closefd=False)
    return file
