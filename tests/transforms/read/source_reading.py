"""What the tests of sources share: rows, and a source read whole, in blocks, on the launcher and then on a worker."""

import json
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from transforms import example
from transforms.example import SCHEMA
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source
from transforms.steps import REJECTED


@dataclass
class Result:
    """Examples and rejects as dicts, and the sizes of the batches."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    blocks: int = 0

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    def reasons(self) -> list[str]:
        return [row["reason"] for row in self.rejects]

    def details(self) -> list[str]:
        return [row["detail"] for row in self.rejects]

    def raw(self) -> list[str]:
        return [json.loads(row["meta"])["raw"] for row in self.rejects]


def read(reader: Any, limit: int | None = None, **fields: Any) -> Result:
    """Read all of a source as a run does, with what a run relies on checked along the way."""
    source = Source(fields.pop("name", "s"), 0, reader, **fields)
    blocks = source.blocks(limit)
    assert blocks == source.blocks(limit)
    assert len({block.identity for block in blocks}) == len(blocks)
    result = Result(blocks=len(blocks))
    for block in pickle.loads(pickle.dumps(blocks)):
        for batch, rejects in source.read(block, "stream"):
            assert batch.schema == SCHEMA
            batch.validate(full=True)
            assert batch.num_rows <= example.MAX_ROWS
            assert not any(column.null_count for column in batch.columns)
            result.rows += batch.to_pylist()
            result.sizes.append(batch.num_rows)
            if rejects is not None:
                assert rejects.schema == REJECTED
                rejects.validate(full=True)
                result.rejects += rejects.to_pylist()
    assert all(row["stream"] == "stream" and row["step"] == "read" for row in result.rejects)
    return result


def write_rows(folder: Path, *values: Any, name: str = "a.jsonl") -> JsonLines:
    """Write JSON lines, and return what reads them."""
    path = folder / name
    path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    return JsonLines(str(path))


def read_one(folder: Path, row: Any, **fields: Any) -> dict[str, Any]:
    """Return the example that a row becomes."""
    result = read(write_rows(folder, row), **fields)
    assert result.rejects == []
    return result.rows[0]
