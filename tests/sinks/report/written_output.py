"""Output folders as a run leaves them, for tests of the report."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.sinks.manifests import manifest
from transforms.example import SCHEMA, make_batch
from transforms.steps import REJECTED, reject

Row = dict[str, Any]


def example(at: int, **columns: Any) -> Row:
    defaults = {"id": f"{at:032x}", "group": f"{at:032x}", "source": "a", "task": "instruction", "license": "mit"}
    return {**defaults, "input_lang": "en", "output_lang": "en", "instruction": f"Do {at}", "output": "Done", **columns}


def write_shards(folder: Path, dataset: str, shards: Sequence[Sequence[Row]], row_group: int = 1000) -> dict[str, Any]:
    """Write a dataset's train split, and return its entry of the manifest."""
    files = []
    for number, rows in enumerate(shards):
        path = f"data/{dataset}/train-{number:05d}-of-{len(shards):05d}.parquet"
        names = dict.fromkeys(name for row in rows for name in row)
        empty: Row = {"history": [], "scores": [], "meta": "{}"}
        columns = {name: [row.get(name, empty.get(name, "")) for row in rows] for name in names}
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_batches([make_batch(len(rows), columns)], SCHEMA)
        pq.write_table(table, folder / path, row_group_size=row_group)
        files.append({"path": path, "rows": len(rows), "bytes": (folder / path).stat().st_size, "sha256": "0" * 64})
    rows_in_all = sum(map(len, shards))
    facets = {"languages": ["en"], "licenses": {"mit": rows_in_all}, "sources": {"a": rows_in_all}}
    split = {"rows": rows_in_all, "files": files, "bytes": 100 * rows_in_all, **facets}
    draws = {"questions": {"available": rows_in_all, "drawn": rows_in_all, "epochs": 1.0, "unused": 0}}
    return {"ordered": False, "splits": {"train": split}, "draws": draws}


def write_rejects(folder: Path, name: str, rejects: Sequence[tuple[str, str, str, Row]], row_group: int = 1000) -> None:
    """Write a file of rejects: (stream, step, reason, columns)."""
    (folder / "rejects").mkdir(exist_ok=True)
    batches = []
    for stream, step, reason, row in rejects:
        batch = make_batch(1, {name: [value] for name, value in row.items() if name != "detail"})
        batches.append(reject(batch, stream, step, [reason], [row.get("detail", "")]))
    table = pa.Table.from_batches(batches, REJECTED)
    pq.write_table(table, folder / "rejects" / name, row_group_size=row_group)


def write_manifest(folder: Path, **changes: Any) -> dict[str, Any]:
    made = manifest(**{"settings": [], "rejects": {"rows": 0, "files": 0}, **changes})
    for described in made["streams"].values():
        described.setdefault("from", ["a"])
    for languages in made["translation"].values():
        for numbers in languages.values():
            numbers.setdefault("usd", 0.0)
    (folder / "manifest.json").write_text(json.dumps(made))
    return made
