"""The graph that is sent to a cluster: small, without secrets, and without paths that the recipe doesn't name."""

import os
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from rich.console import Console

import transforms.union
from pipeline.build import Job, build
from pipeline.recipe import load
from pipeline.run import find_blocks
from pipeline.runners.pickling import without_folder
from tests.pipeline.opened_graph import opened, parts_of, paths_of_this_machine

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
    blocks: dict[str, Any] = dict(find_blocks(loaded, None, Console()))
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    build(loaded, Job(work, "gs://bucket/memory", f"{work}/result.json", blocks, 16, 16, 1, 1), pipeline)
    proto = pipeline.to_runner_api()
    return bytes(proto.SerializeToString())


def test_pickles_are_opened(tmp_path: Path) -> None:
    marked = "a text that nobody else writes"
    pipeline = beam.Pipeline(options=PipelineOptions([]))
    _ = pipeline | beam.Create([1]) | beam.Map(lambda element: (element, marked))
    sent = pipeline.to_runner_api().SerializeToString()
    assert marked.encode() not in sent
    assert marked.encode() in opened(sent)


@pytest.mark.parametrize("kind", ["env", "file"])
def test_no_key_is_in_it(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_KEY", KEY)
    (tmp_path / "key.txt").write_text(KEY)
    (tmp_path / "tasks.jsonl").write_text('{"instruction": "Say hello.", "output": "Hello."}\n')
    named = {"env": "env:GRAPH_KEY", "file": f"file:{tmp_path}/key.txt"}[kind]
    (tmp_path / "recipe.yaml").write_text(ASKING.format(key=named))
    sent = graph(tmp_path / "recipe.yaml", {})
    assert len(sent) > 10_000
    assert b"GRAPH_KEY" in opened(sent) or b"key.txt" in opened(sent)
    assert not parts_of(KEY, opened(sent))


def test_no_path_of_this_machine_is_in_it_but_the_recipes(tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text('{"instruction": "Say hello.", "output": "Hello."}\n')
    (tmp_path / "recipe.yaml").write_text(ASKING.format(key="env:GRAPH_KEY"))
    sent = opened(graph(tmp_path / "recipe.yaml", {}))
    assert str(tmp_path).encode() in sent, "the source's file is named"
    assert not paths_of_this_machine(sent)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (transforms.union.__file__, "transforms/union.py"),
        (beam.__file__, "apache_beam/__init__.py"),
        ("/home/me/notes/x.py", "x.py"),
    ],
)
def test_files_are_named_below_where_they_are_imported_from(path: str, shown: str) -> None:
    assert without_folder(path) == shown


def test_the_largest_recipe_is_small(shared: Path) -> None:
    sizes = {}
    for recipe in ("qalign", "x_llama", "mathoctopus_parallel"):
        sizes[recipe] = len(graph(CONFIGS / f"{recipe}.yaml", {"data": str(shared)}))
    assert max(sizes.values()) < MOST_BYTES, sizes
