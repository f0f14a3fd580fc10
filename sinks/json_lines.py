"""JSON lines beside the Parquet shards, arranged for a trainer."""

import gzip
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import pyarrow as pa

from transforms.formats.arrange import Form, arrange, json_lines


@dataclass(frozen=True)
class JsonLines:
    """Writes JSON lines beside the Parquet shards, arranged for a trainer.

    Parameters:
      format: how a line is arranged: `alpaca`, `messages`, `sharegpt`, `prompt_completion`, `prompt_chosen`, `text` or
        `parrot`.
      compression: `gz` or `zst`.

    Examples that the form has no place for are left out, and counted as `unexpressed` in the manifest. Plain text has a
    place in `alpaca` and `text` alone; a system prompt or history in `alpaca`, `messages` and `sharegpt`. Where the
    first 10 MB hold no history and later rows do, as in a schedule, `datasets` reads alpaca's only by given `features`.
    """

    format: Form = "alpaca"
    compression: Literal["gz", "zst"] | None = None

    shorthand: ClassVar[str] = "format"

    @property
    def ending(self) -> str:
        """Return what the files' names end in."""
        return f".jsonl.{self.compression}" if self.compression else ".jsonl"

    def writer(self, file: Any, keys: Collection[str]) -> "JsonLinesWriter":
        """Return what writes a shard's lines to a file; see `Sink`."""
        return JsonLinesWriter(_compressed(file, self.compression), self.format, keys)


class JsonLinesWriter:
    """Writes lines; see `Writer`."""

    def __init__(self, out: Any, form: Form, keys: Collection[str]) -> None:
        self._out, self._form, self._keys = out, form, keys
        self.rows = 0
        self.unexpressed: dict[str, int] = {}

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        arranged = arrange(batch, self._form, keys=self._keys)
        self._out.write(json_lines(arranged.rows))
        self.rows += len(arranged.rows)
        for reason, rows in arranged.unexpressed.items():
            self.unexpressed[reason] = self.unexpressed.get(reason, 0) + len(rows)

    def close(self) -> None:
        """Write what the compressor holds."""
        self._out.close()


def _compressed(file: Any, compression: str | None) -> Any:
    if compression == "gz":
        return gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0)
    if compression == "zst":
        import zstandard

        return zstandard.ZstdCompressor(level=10).stream_writer(file, closefd=False)
    return file
