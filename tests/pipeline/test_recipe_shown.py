"""How a recipe is shown: its graph, for people and as JSON."""

import json

import pytest
from bad_recipe import GOOD
from small_recipe import Load, changed

from pipeline.check import as_json, describe

pytestmark = pytest.mark.usefixtures("parts")


def test_graph(loaded: Load) -> None:
    assert describe(loaded(GOOD)).split("\n") == [
        "demo  seed 17",
        "├── sources",
        "│   ├── pairs  jsonl: data/pairs.jsonl, lang: [es, en], task: question, "
        "columns: {input: question, output: answer}",
        "│   └── plain  csv: {files: [a.csv, b.csv]}, lang: en",
        "├── engines",
        "│   ├── gpt  openai: {model: gpt, api_key: env:KEY, price: {input: 0.25, output: 2}}",
        "│   └── local  firefox: en-pt",
        "├── streams",
        "│   ├── es  from pairs",
        "│   │   ├── normalize",
        "│   │   ├── keep  length min_chars: 2, max_chars: 90; digits",
        "│   │   └── format  qalign.question",
        "│   └── pt  from plain",
        "│       ├── translate  to: [pt], fields: [instruction], engine: [local, gpt]",
        "│       └── keep  length_ratio 3",
        "├── datasets",
        "│   ├── one",
        "│   │   ├── mix  es 75%, pt 25%",
        "│   │   ├── exhausted  error, at most 1 epoch",
        "│   │   ├── split  train 0.9, validation 0.1",
        "│   │   └── write  parquet, 500000000 bytes a shard; jsonl (alpaca)",
        "│   └── two",
        "│       ├── order  1000 in all",
        "│       ├── until 0.3  es 100%",
        "│       ├── until 1.0  pt 100%, linear ramp",
        "│       ├── exhausted  error, at most 1 epoch",
        "│       └── write  parquet, 500000000 bytes a shard",
        "├── output  runs/demo",
        "└── memory  runs/langloom-memory",
    ]


def test_graph_as_json(loaded: Load) -> None:
    graph = json.loads(json.dumps(as_json(loaded(GOOD))))
    assert graph["streams"]["pt"]["from"] == ["plain"]
    assert graph["streams"]["pt"]["steps"][1] == {"step": "keep", "kind": "keep", "parameters": {"length_ratio": 3}}
    assert graph["datasets"]["one"] == {
        "draws": ["es", "pt"],
        "mix": {"es": 3, "pt": 1},
        "split": {"validation": 0.1},
        "write": {"jsonl": {"format": "alpaca"}},
    }


def test_what_a_recipe_says_is_never_a_control_character(loaded: Load) -> None:
    text = changed("a.jsonl", '"a\\e[31m\\u202e.jsonl"')
    assert "\\u001b[31m\\u202e.jsonl" in describe(loaded(text))
