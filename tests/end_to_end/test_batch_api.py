"""A provider's Batch API through the whole command: a batch, one that isn't ready in time, a run that is killed."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.running import LANGLOOM, environment, langloom
from tests.fakes.endpoint import Endpoint

KEY = "sk-Batch7vK2xW9pLz4"
ENDPOINT = {"key": KEY, "batch_seconds": 0.2}

RECIPE = """
name: batched
sources:
  tasks: {{jsonl: tasks.jsonl, lang: en}}
engines:
  model:
    openai_batch: {{model: mock, base_url: "{url}", poll: 0.1, wait: {wait}, api_key: "env:BATCH_KEY",
                   price: {{input: 1.0, output: 2.0}}}}
streams:
  greek: {{from: tasks, steps: [translate: {{to: [el], engine: model}}]}}
datasets:
  all: {{mix: concatenate}}
output: out
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"instruction": f"Say why task {at} matters", "output": f"It matters {at} times"} for at in range(40)]
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def run(folder: Path, endpoint: Endpoint, wait: float = 60) -> subprocess.CompletedProcess:
    (folder / "recipe.yaml").write_text(RECIPE.format(url=endpoint.url, wait=wait))
    return langloom("run", "recipe.yaml", cwd=folder, env={"BATCH_KEY": KEY})


def manifest(folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((folder / "out" / "manifest.json").read_text())
    return made


def test_a_run_by_batches(folder: Path, endpoint: Endpoint) -> None:
    ran = run(folder, endpoint)
    assert ran.returncode == 0, ran.stderr
    numbers = manifest(folder)["translation"]["model"]["el"]
    assert (numbers["unique"], numbers["failed"]) == (80, 0)
    assert numbers["usd"] > 0
    assert endpoint.stats()["good"] == 80
    for path in folder.rglob("*"):
        assert path.is_dir() or KEY[-8:].encode() not in path.read_bytes()


def test_what_isnt_ready_in_time_is_left_for_later(folder: Path, endpoint: Endpoint) -> None:
    endpoint.configure(batch_seconds=4)
    assert run(folder, endpoint, wait=0.5).returncode == 3
    assert manifest(folder)["deferred"] == 40
    assert run(folder, endpoint).returncode == 0
    assert manifest(folder)["complete"] is True
    assert endpoint.stats()["good"] == 80
    assert endpoint.stats()["paid_twice"] == 0


def test_a_killed_run_finds_its_batch_again(folder: Path, endpoint: Endpoint) -> None:
    endpoint.configure(batch_seconds=3)
    (folder / "recipe.yaml").write_text(RECIPE.format(url=endpoint.url, wait=60))
    process = subprocess.Popen(
        [str(LANGLOOM), "run", "recipe.yaml"], cwd=folder, env=environment({"BATCH_KEY": KEY}),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(folder.rglob("*.batch.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert run(folder, endpoint).returncode == 0
    assert endpoint.stats()["paid_twice"] == 0
    assert endpoint.stats()["good"] == 80
