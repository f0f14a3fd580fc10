"""Reads output folders, by other means than langloom's own."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of an output folder."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def hashes(folder: Path, *below: str) -> dict[str, str]:
    """Return the SHA-256 of every file under data/ and rejects/ (or under the named folders)."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in below or ("data", "rejects")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def rows(folder: Path, dataset: str, split: str) -> list[dict[str, Any]]:
    """Return the rows of a split in the order of its shards' names; none where it isn't written."""
    files = sorted((folder / "data" / dataset).glob(f"{split}-*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def splits(folder: Path, dataset: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every split that the manifest names."""
    return {split: rows(folder, dataset, split) for split in manifest(folder)["datasets"][dataset]["splits"]}


def rejects(folder: Path) -> list[dict[str, Any]]:
    """Return all rejected rows."""
    return [row for file in sorted((folder / "rejects").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def steps(folder: Path, stream: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what the manifest says of a stream's steps, by the step's name."""
    return {step["step"]: step for step in manifest(folder)["streams"][stream]["steps"]}
