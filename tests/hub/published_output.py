"""Makes output folders to publish: what a run writes, without running it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sinks.card import card
from transforms.example import SCHEMA, make_batch

SPLITS = {"train": 3, "validation": 1}
"""Shards of each split."""

DATASETS = ("stage1", "stage2", "x_llama")

RECIPE = "name: demo\n"


def make_output(
    folder: Path, datasets: Iterable[str] = DATASETS, run: str = "one", license_: str = "mit", rows: int = 5
) -> Path:
    """Write an output folder of 4 shards a dataset, and of rejects; `run` is in every row and in the signature."""
    described = {}
    for dataset in datasets:
        splits = {split: _split(folder, dataset, split, of, run, license_, rows) for split, of in SPLITS.items()}
        described[dataset] = {"ordered": False, "splits": splits, "draws": {}}
    (folder / "rejects").mkdir(parents=True)
    _write(folder / "rejects" / "part-00000-of-00001.parquet", [f"{run} rejected"], license_)
    manifest = {
        "name": "demo",
        "signature": f"name:demo|seed:17|limit:none|recipe:{_hash(run.encode())[:8]}|version:0.1.0",
        "seed": 17,
        "settings": [],
        "complete": True,
        "deferred": 0,
        "versions": {"langloom": "0.1.0"},
        "sources": {"sums": {"kind": "jsonl", "license": license_, "files": ["sums.jsonl"]}},
        "streams": {"all": {"steps": [{"step": "read", "in": 60, "out": 60, "rejected": {}}]}},
        "datasets": described,
        "translation": {},
        "rejects": {"rows": 1, "files": 1},
    }
    save(folder, manifest)
    return folder


def save(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, and the card that says the same."""
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    (folder / "README.md").write_text(card(manifest, RECIPE))


def load(folder: Path) -> dict[str, Any]:
    """Return the manifest."""
    return json.loads((folder / "manifest.json").read_text())


def shards(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every shard by its name."""
    return {path.relative_to(folder).as_posix(): _hash(path.read_bytes()) for path in folder.glob("data/*/*")}


def rows(folder: Path, dataset: str, split: str) -> list[dict[str, Any]]:
    """Return the rows of a split in the order of its shards."""
    return [row for file in sorted(folder.glob(f"data/{dataset}/{split}-*")) for row in pq.read_table(file).to_pylist()]


def _split(folder: Path, dataset: str, split: str, of: int, run: str, license_: str, rows: int) -> dict[str, Any]:
    files = []
    (folder / "data" / dataset).mkdir(parents=True, exist_ok=True)
    for number in range(of):
        path = folder / "data" / dataset / f"{split}-{number:05d}-of-{of:05d}.parquet"
        _write(path, [f"{run} {dataset} {split} {number} {row}" for row in range(rows)], license_)
        data = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        files.append({"path": name, "sha256": _hash(data), "rows": rows, "bytes": len(data)})
    facets = {"languages": ["en", "pt"], "licenses": {license_: rows * of}, "tasks": {}, "sources": {}}
    return {"rows": rows * of, "files": files, "bytes": 1000 * of, **facets}


def _write(path: Path, texts: list[str], license_: str) -> None:
    columns = {
        "id": [_hash(text.encode())[:16] for text in texts],
        "instruction": texts,
        "output": [text.upper() for text in texts],
        "license": [license_] * len(texts),
        "history": [[{"user": text, "assistant": "olá"}] for text in texts],
        "scores": [[{"name": "lid", "value": 0.5}]] * len(texts),
        "meta": ["{}"] * len(texts),
    }
    pq.write_table(pa.Table.from_batches([make_batch(len(texts), columns)], SCHEMA), path, store_schema=False)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
