"""Manifests as a run writes them, for tests of the card, and what the card says at its head."""

from typing import Any

import yaml

RECIPE = 'name: demo\nsources: {a: {jsonl: "x.jsonl"}}\n'


def split(rows: int, languages: list[str] | None = None, licenses: dict[str, int] | None = None) -> dict[str, Any]:
    files = [{"path": f"data/x/train-00000-of-00001.{kind}", "bytes": 40 * rows} for kind in ("parquet", "jsonl")]
    facets = {"languages": languages or ["en", "pt"], "licenses": licenses or {"mit": rows}, "sources": {"a": rows}}
    return {"rows": rows, "files": files[: 2 * (rows > 0)], "bytes": 100 * rows, "tasks": {}, **facets}


def dataset(**splits: dict[str, Any]) -> dict[str, Any]:
    return {"ordered": False, "splits": splits, "draws": {}}


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "name": "demo",
        "signature": "langloom|recipe:abc|seed:17",
        "seed": 17,
        "settings": [],
        "complete": True,
        "deferred": 0,
        "versions": {"langloom": "0.1.0", "pyarrow": "25.0.1"},
        "datasets": {
            "stage1": {
                "ordered": False,
                "splits": {"train": split(3), "validation": split(1), "test": split(0)},
                "draws": {"questions": {"available": 1500, "drawn": 1204, "epochs": 1, "unused": 296}},
            },
            "stage2": {"ordered": True, "splits": {"train": split(2)}, "draws": {}},
        },
        "streams": {
            "questions": {"steps": [{"step": "keep", "in": 1700, "out": 1500, "rejected": {"copy": 150, "digits": 50}}]}
        },
        "translation": {"local": {"pt": {"segments": 10, "unique": 8, "from_memory": 3, "asked": 5, "failed": 0}}},
        "sources": {"a": {"kind": "jsonl", "license": "mit", "files": []}},
    } | changes


def head(text: str) -> dict[str, Any]:
    data = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(data, dict)
    return data


def only(**changes: Any) -> dict[str, Any]:
    return manifest(datasets={"d": dataset(train=split(10, **changes))})
