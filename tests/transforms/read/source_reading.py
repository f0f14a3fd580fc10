"""What the tests of sources share: a source read whole, in blocks, on the launcher and then on a worker."""

import json
import pickle
from dataclasses import dataclass, field
from typing import Any

from transforms import example
from transforms.example import SCHEMA
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
