"""The graph that is sent to a cluster: small, without secrets, and without paths that the recipe doesn't name."""

import os
import re
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.build import Job, build
from pipeline.recipe import load
from pipeline.run import find_blocks

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
KEY = "sk-Vt8mQz3LxW5nRk1P"
MOST_BYTES = 5_000_000

ASKING = """
sources: {{tasks: {{jsonl: tasks.jsonl, lang: en}}}}
engines: {{model: {{openai: {{model: m, base_url: "http://localhost:1/v1", api_key: "{key}"}}}}}}
streams: {{greek: {{from: tasks, steps: [{{translate: {{to: [el], engine: model}}}}]}}}}
datasets: {{all: {{mix: concatenate}}}}
output: out
"""


def graph(recipe: Path, settings: dict[str, str], work: str = "gs://bucket/work") -> bytes:
    """Return a recipe's graph as it is submitted; blocks are of the real sources."""
    loaded = load(str(recipe), settings, os.environ, "gs://bucket/out")
    blocks: dict[str, Any] = dict(find_blocks(loaded, None))
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    build(loaded, Job(work, "gs://bucket/memory", f"{work}/result.json", blocks, 16, 1, 1), pipeline)
    proto = pipeline.to_runner_api()
    return bytes(proto.SerializeToString())


@pytest.mark.parametrize("kind", ["env", "file"])
def test_no_key_is_in_it(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_KEY", KEY)
    (tmp_path / "key.txt").write_text(KEY)
    (tmp_path / "tasks.jsonl").write_text('{"instruction": "Say hello.", "output": "Hello."}\n')
    named = {"env": "env:GRAPH_KEY", "file": f"file:{tmp_path}/key.txt"}[kind]
    (tmp_path / "recipe.yaml").write_text(ASKING.format(key=named))
    sent = graph(tmp_path / "recipe.yaml", {})
    assert len(sent) > 10_000
    for at in range(len(KEY) - 5):
        assert KEY[at : at + 6].encode() not in sent


def test_no_path_of_this_machine_is_in_it_but_the_recipes(tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text('{"instruction": "Say hello.", "output": "Hello."}\n')
    (tmp_path / "recipe.yaml").write_text(ASKING.format(key="env:GRAPH_KEY"))
    sent = graph(tmp_path / "recipe.yaml", {})
    root = str(CONFIGS.parent).encode()
    found = set(re.findall(rb"/[\w.-]+(?:/[\w.-]+)+", sent))
    assert root not in sent, sorted(path for path in found if path.startswith(root))
    assert not [path for path in found if path.startswith((b"/home", b"/root", b"/usr"))]


def test_the_largest_recipe_is_small(shared: Path) -> None:
    sizes = {}
    for recipe in ("qalign", "x_llama", "mathoctopus_parallel"):
        sizes[recipe] = len(graph(CONFIGS / f"{recipe}.yaml", {"data": str(shared)}))
    assert max(sizes.values()) < MOST_BYTES, sizes
