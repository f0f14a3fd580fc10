import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.model import Recipe
from pipeline.output.manifest import manifest
from pipeline.output.result import described_draws, described_part, described_shard, write_result
from pipeline.recipe import load
from sinks.shards import Shard
from transforms.order.draw import Draws, SplitDraw
from transforms.parts import Part
from transforms.steps import Count

TEXT = """
name: demo
seed: 17
sources:
  a: {jsonl: a.jsonl, lang: en, task: question}
  b: {jsonl: b.jsonl, lang: en, task: question}
streams:
  s:
    from: a
    steps:
      - keep: {length: {max_chars: 3}}
      - normalize: {}
      - keep: {digits: {}}
  t: {from: b}
datasets:
  d: {mix: {t: 1, s: 3}, split: {test: 0.1}}
output: out
"""

FACETS = {"license": {"mit": 2}, "task": {"question": 2}, "source": {"a": 2}}


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    path = tmp_path / "recipe.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return load(str(path), {}, {})


def shard(split: str, number: int, unexpressed: dict[str, int], **languages: dict[str, int]) -> Shard:
    name = f"w/shards/d-{split}{number}"
    files = tuple(
        {"path": f"{name}.{kind}", "sha256": f"{kind}{number}", "rows": 2, "bytes": 70} for kind in ("parquet", "jsonl")
    )
    facets = {**FACETS, "input_lang": {"en": 2}, "output_lang": {"": 1}, **languages}
    return Shard("d", split, number, 2, 2, files, facets, unexpressed, size=100)


def result(path: Path, **more: Any) -> dict[str, Any]:
    counts = [
        (Count("read", 5, 4, {"malformed": 1}), Count("keep", 4, 3, {"length": 1}), Count("normalize", 3, 3)),
        (Count("read", 3, 3), Count("keep", 3, 1, {"length:x": 2}), Count("normalize", 1, 1)),
    ]
    parts = [Part(str(at), f"w/parts/s-0-a-{at}.arrow", "", "s", "a>s", 1, each) for at, each in enumerate(counts)]
    parts.append(Part("9", "w/parts/s-1-9.arrow", "", "s", "a>s", 3, (Count("keep-2", 4, 3, {"digits": 1}),)))
    parts.append(Part("8", "w/parts/t-0-b-8.arrow", "", "t", "b>t", 3, (Count("read", 7, 7),)))
    draws = Draws(
        {
            "test": SplitDraw(0, (0, 0), (0, 0), None, {}, None),
            "train": SplitDraw(9, (7, 3), (2, 7), None, {}, None),
        }
    )
    usage = {"asked": 2, "usd": 0.5}
    described = [
        ("rejects", {"path": "w/output-rejects/part-0", "rows": 5}),
        ("translation", {"gpt": {"pt": usage}}),
        ("translation", {"gpt": {"pt": usage, "es": usage}}),
        described_draws(draws, "d"),
        *map(described_part, parts),
        described_shard(shard("train", 1, {"no_output": 2}, input_lang={"de": 1, "en": 1})),
        described_shard(shard("train", 0, {"no_output": 1})),
        described_shard(shard("train", 2, {}, input_lang={"en": 3})),
        *more.get("described", ()),
    ]
    write_result(str(path / "1.json"), described)
    write_result(str(path / "2.json"), described[::-1])
    assert (path / "1.json").read_bytes() == (path / "2.json").read_bytes()
    found: dict[str, Any] = json.loads((path / "1.json").read_bytes())
    return found


def make(recipe: Recipe, found: dict[str, Any]) -> dict[str, Any]:
    files = {file["path"]: f"data/{file['path'][9:]}" for each in found["shards"] for file in each["files"]}
    made = manifest(recipe, "sig", found, files, {"a": {"kind": "jsonl"}})
    assert json.loads(json.dumps(made)) == made
    return made


def test_the_funnel_adds_up(recipe: Recipe, tmp_path: Path) -> None:
    streams = make(recipe, result(tmp_path))["streams"]
    assert streams["s"] == {
        "from": ["a"],
        "steps": [
            {"step": "read", "in": 8, "out": 7, "rejected": {"malformed": 1}},
            {"step": "keep", "in": 7, "out": 4, "rejected": {"length": 1, "length:x": 2}},
            {"step": "normalize", "in": 4, "out": 4, "rejected": {}},
            {"step": "keep-2", "in": 4, "out": 3, "rejected": {"digits": 1}},
        ],
    }
    assert streams["t"] == {"from": ["b"], "steps": [{"step": "read", "in": 7, "out": 7, "rejected": {}}]}


def test_datasets_hold_files_in_order_draws_and_facets(recipe: Recipe, tmp_path: Path) -> None:
    dataset = make(recipe, result(tmp_path))["datasets"]["d"]
    assert not dataset["ordered"]
    train = dataset["splits"]["train"]
    assert train["rows"] == 9
    assert train["bytes"] == 300
    assert [(file["path"], file["sha256"], file["rows"], file["bytes"]) for file in train["files"]] == [
        (f"data/d-train{number}.{kind}", f"{kind}{number}", 2, 70)
        for number in (0, 1, 2)
        for kind in ("parquet", "jsonl")
    ]
    assert train["languages"] == ["de", "en"]
    assert train["licenses"] == {"mit": 6}
    assert train["unexpressed"] == {"no_output": 3}
    test = dataset["splits"]["test"]
    assert (test["rows"], test["bytes"], test["files"]) == (0, 0, [])
    assert "unexpressed" not in test
    assert dataset["draws"] == {
        "t": {"available": 7, "drawn": 2, "epochs": 0.2857, "unused": 5},
        "s": {"available": 3, "drawn": 7, "epochs": 2.3333, "unused": 0},
    }


def test_what_holds_for_the_whole_run(recipe: Recipe, tmp_path: Path) -> None:
    made = make(recipe, result(tmp_path))
    assert (made["name"], made["signature"], made["seed"]) == ("demo", "sig", 17)
    assert (made["complete"], made["deferred"]) == (True, 0)
    assert made["rejects"] == {"rows": 5, "files": 1}
    assert made["translation"] == {
        "gpt": {"es": {"asked": 2, "usd": 0.5}, "pt": {"asked": 4, "usd": 1.0}},
    }


def test_deferred_examples_make_it_incomplete(recipe: Recipe, tmp_path: Path) -> None:
    late = Count("read", 4, 0, {"deferred:budget": 3, "deferred:unreachable": 1})
    part = described_part(Part("7", "w/parts/t-0-b-7.arrow", "", "t", "b>t", 0, (late,)))
    made = make(recipe, result(tmp_path, described=[part]))
    assert (made["complete"], made["deferred"]) == (False, 4)


def test_what_could_not_be_drawn_is_told() -> None:
    _, told = described_draws(Draws(error="too few"), "d")
    assert (told["dataset"], told["error"], told["splits"]) == ("d", "too few", {})
