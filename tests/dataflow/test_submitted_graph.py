"""Every shipped recipe as it is sent to Dataflow, job and graph: small, without secrets and without paths from here."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline import run as runs
from pipeline.cli import main
from pipeline.model import Recipe
from tests.dataflow.submitting import ROOT, Cloud, at
from tests.pipeline.opened_graph import opened, parts_of, paths_of_this_machine
from transforms.read.block import Block

RECIPES = sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
BLOCKS = 40
"""Blocks of each source: some 300 MB."""

MOST_BYTES = 5_000_000
SECRETS = {"HF_TOKEN": "hf_QzVnXkTpRwLs", "OPENAI_API_KEY": "sk-WvJdPqNzXrTk", "AWS_SECRET_ACCESS_KEY": "BtGmQxZwKpVr"}
"""Variables of the launcher that hold secrets."""

WITH_SECRETS = """
vars: {page_token: "hidden-VnMqWzXkTp"}
sources: {tasks: {jsonl: tasks.jsonl, lang: en}}
engines: {model: {openai: {model: m, base_url: "http://localhost:1/v1", api_key: "env:OPENAI_API_KEY"}}}
streams: {greek: {from: tasks, steps: [{translate: {to: [el], engine: model}}]}}
datasets: {all: {mix: concatenate}}
"""


def some_blocks(recipe: Recipe, limit: int | None, console: Console) -> Mapping[str, Sequence[Block]]:
    """Return blocks of files that nobody looks into: a graph names them."""
    return {
        name: [
            Block((at("data", name),), f"{name}{number}", ((number << 23, number + 1 << 23),), (-1,), 1 << 23, name)
            for number in range(BLOCKS)
        ]
        for name in dict.fromkeys(recipe.read_sources())
    }


@pytest.fixture
def launcher(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Make this process a launcher with secrets, and return them: by variable, and the key of the service account."""
    for name, value in {**SECRETS, **cloud.service.environment}.items():
        monkeypatch.setenv(name, value)
    account = json.loads(cloud.service.credentials.read_text())
    monkeypatch.setattr(runs, "find_blocks", some_blocks)
    monkeypatch.chdir(tmp_path)
    shutil.copy(cloud.package, tmp_path)
    return {**SECRETS, "account": "".join(account["private_key"].splitlines()[1:-1])}


def sent(cloud: Cloud, recipe: str, *settings: str) -> tuple[bytes, bytes]:
    """Return the job, as JSON, and the graph that the command sends for a recipe in the bucket."""
    template = at("templates", recipe)
    words = cloud.words(f"--extra_package={cloud.package.name}", f"--template_location={template}", package=False)
    assert main(["run", at("configs", f"{recipe}.yaml"), "--output", at("searched", recipe), *settings, *words]) == 0
    job: dict[str, Any] = json.loads(cloud.storage.read(template))
    url = job["environment"]["sdkPipelineOptions"]["options"]["pipelineUrl"]
    return json.dumps(job).encode(), cloud.storage.read(url)


@pytest.mark.parametrize("recipe", RECIPES)
def test_what_is_sent(recipe: str, cloud: Cloud, launcher: dict[str, str]) -> None:
    job, graph = sent(cloud, recipe)
    print(f"{recipe}: graph {len(graph):,} bytes, job {len(job):,} bytes")  # noqa: T201 - `pytest -rP` shows it
    assert len(job) + len(graph) < MOST_BYTES
    held = opened(graph) + job
    assert f"{recipe}".encode() in held
    assert not paths_of_this_machine(held)
    for name, secret in launcher.items():
        assert not parts_of(secret, held, 8), name


def test_named_keys_and_hidden_variables_stay_here(cloud: Cloud, launcher: dict[str, str]) -> None:
    cloud.storage.write(at("configs", "with_secrets.yaml"), WITH_SECRETS.encode())
    job, graph = sent(cloud, "with_secrets", "--set", "page_token=hidden-BtRwZqKvNx")
    held = opened(graph) + job
    assert b"env:OPENAI_API_KEY" in held
    for secret in (*launcher.values(), "hidden-VnMqWzXkTp", "hidden-BtRwZqKvNx"):
        assert not parts_of(secret, held, 10), secret
