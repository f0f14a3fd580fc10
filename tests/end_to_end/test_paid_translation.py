"""Translation that costs: kills, budgets, faults and keys, through the whole command and a faulty endpoint."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.running import LANGLOOM, environment, langloom, program
from tests.fakes import faults
from tests.fakes.endpoint import Endpoint

KEY = "sk-Qm7vK2xW9pLz4TtR"
ENDPOINT = {"latency": 0.05, "retry_after": 0.05, "hang": 3, "key": KEY}

RECIPE = """
name: paid
sources:
  tasks: {{jsonl: tasks.jsonl, lang: en}}
engines:
  model:
    openai: {{model: mock, base_url: "{url}", concurrency: {concurrency}, timeout: 2, max_tries: {tries},
             price: {{input: 1.0, output: 2.0}}, api_key: "env:PAID_KEY"}}
streams:
  greek:
    from: tasks
    steps:
      - translate: {{to: [el], engine: model{budget}}}
datasets:
  all: {{mix: concatenate}}
output: out
"""

ELSEWHERE = {"drop_before", "drop_within", "truncated_json"}
"""Faults as of an address where no endpoint is."""

Start = Callable[..., subprocess.CompletedProcess[str]]

PLACES = ["garden", "river", "window", "candle", "bridge", "market", "winter"]
PLACES += ["castle", "silver", "forest", "letter", "spring", "travel", "mirror"]


def prepare(folder: Path, endpoint: Endpoint, budget: str = "", tasks: int = 300, **settings: Any) -> None:
    rows = [
        {
            "instruction": f"Tell a story about the {PLACES[at % 14]} and the {PLACES[at // 14 % 14]} in {at} words",
            "output": f"There was a {PLACES[at % 13]} beside the old {PLACES[at // 13 % 13]}, as {at} people know.",
        }
        for at in range(tasks)
    ]
    Path(folder, "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = {"concurrency": 32, "tries": 5, **settings}
    Path(folder, "recipe.yaml").write_text(RECIPE.format(url=endpoint.url, budget=budget, **given))
    endpoint.restart()


def run(folder: Path, *words: str, key: str = KEY) -> subprocess.CompletedProcess:
    return langloom("run", "recipe.yaml", *words, cwd=folder, env={"PAID_KEY": key})


def manifest(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(folder, "out", "manifest.json").read_text())
    return data


def shards(folder: Path) -> list[str]:
    files = manifest(folder)["datasets"]["all"]["splits"]["train"]["files"]
    return [file["sha256"] for file in files]


def test_three_kills_cost_no_more_than_what_was_in_flight(tmp_path: Path, endpoint: Endpoint) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    prepare(whole, endpoint)
    assert run(whole).returncode == 0
    distinct = endpoint.stats()["requests"]
    assert distinct == 600
    assert run(whole, "--force").returncode == 0
    assert endpoint.stats()["requests"] == distinct  # a second run asks nothing at all
    prepare(killed, endpoint)
    endpoint.configure(latency=0.15)
    for kill in range(1, 4):
        process = subprocess.Popen(
            [str(LANGLOOM), "run", "recipe.yaml"], cwd=killed, env=environment({"PAID_KEY": KEY}),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while endpoint.stats()["requests"] < 130 * kill and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert endpoint.stats()["requests"] < distinct
    assert run(killed).returncode == 0
    assert endpoint.stats()["requests"] <= distinct + 3 * 32
    assert shards(killed) == shards(whole)


def test_a_budget_stops_the_run_and_a_larger_one_goes_on(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, budget=", budget: {requests: 301}")
    ran = run(tmp_path)
    assert ran.returncode == 3, ran.stderr
    assert "examples are left for later" in ran.stderr
    first = manifest(tmp_path)
    assert first["complete"] is False
    assert first["deferred"] == 150  # 301 requests make 150 whole examples of 2 segments, and half of one
    assert first["datasets"]["all"]["splits"]["train"]["rows"] == 150
    assert first["translation"]["model"]["el"]["deferred"] == 299
    assert endpoint.stats()["requests"] == 301
    prepare(tmp_path, endpoint, budget=", budget: {usd: 5}", concurrency=8)
    assert run(tmp_path).returncode == 0
    assert endpoint.stats()["requests"] == 299
    last = manifest(tmp_path)
    assert (last["complete"], last["deferred"], last["signature"]) == (True, 0, first["signature"])
    numbers = last["translation"]["model"]["el"]
    assert (numbers["from_memory"], numbers["asked"], numbers["unique"]) == (301, 299, 600)
    assert numbers["usd"] == pytest.approx((numbers["input_tokens"] + 2 * numbers["output_tokens"]) / 1e6, rel=1e-3)


def test_faults_of_all_kinds_leave_no_example_half_translated(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint)
    endpoint.configure(faults={"mix": 0.2})
    ran = run(tmp_path)
    assert ran.returncode == 0, ran.stderr
    made = manifest(tmp_path)
    assert made["datasets"]["all"]["splits"]["train"]["rows"] + made["rejects"]["rows"] == 300
    assert endpoint.stats()["requests"] <= 1.35 * 600
    import pyarrow.parquet as pq

    for path in Path(tmp_path, "out", "data").rglob("*.parquet"):
        for row in pq.read_table(path).to_pylist():
            text = row["instruction"] + row["output"]
            assert not any("a" <= letter.lower() <= "z" for letter in text)


def test_rejects_say_what_was_answered(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=4)
    endpoint.configure(faults={"refusal": 1.0})
    assert run(tmp_path).returncode == 0
    import pyarrow.parquet as pq

    rejects = [row for path in Path(tmp_path, "out/rejects").iterdir() for row in pq.read_table(path).to_pylist()]
    assert [row["reason"] for row in rejects] == ["refusal"] * 4
    for row in rejects:
        asked, answered = row["detail"].split(" -> ")
        assert asked == f"el: instruction: {row['instruction']}"
        assert answered in faults.REFUSALS


def test_a_budget_in_dollars_needs_a_price(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, budget=", budget: {usd: 5}")
    recipe = Path(tmp_path, "recipe.yaml")
    recipe.write_text(recipe.read_text().replace("price: {input: 1.0, output: 2.0}, ", ""))
    ran = langloom("check", "recipe.yaml", cwd=tmp_path)
    assert ran.returncode == 2
    assert "needs the price of the engine 'model'" in ran.stderr


@pytest.mark.parametrize(
    ("start", "settings", "status"),
    [
        (program, {"key": "another"}, 1),
        (program, {"script": ["unauthorized"] * 9}, 1),
        (program, {"faults": {"http_400": 1.0}}, 1),
        (program, {"faults": {"refusal": 1.0}}, 0),
        (langloom, {"faults": {"http_500": 1.0}}, 3),
        (langloom, {"faults": {"http_503": 1.0}}, 3),
        (langloom, {"faults": {"http_429": 1.0}}, 3),
        (langloom, {"faults": {"insufficient_quota": 1.0}}, 3),
        (langloom, {"faults": {"drop_before": 1.0}}, 3),
        (langloom, {"faults": {"drop_within": 1.0}}, 3),
        (langloom, {"faults": {"truncated_json": 1.0}}, 3),
        (langloom, {"faults": {"html": 1.0}}, 3),
    ],
)
def test_no_part_of_a_key_is_anywhere(
    tmp_path: Path, endpoint: Endpoint, start: Start, settings: dict[str, Any], status: int
) -> None:
    prepare(tmp_path, endpoint, tasks=4, concurrency=2, tries=1)
    endpoint.configure(**settings)
    ran = start("run", "recipe.yaml", cwd=tmp_path, env={"PAID_KEY": KEY})
    assert ran.returncode == status, ran.stderr
    assert "Traceback" not in ran.stderr
    assert ("requests got no answer (" in ran.stderr) is (status == 3)
    assert ("is its base_url right?" in ran.stderr) is (set(settings.get("faults", ())) <= ELSEWHERE and status == 3)
    said = [("stdout", ran.stdout.encode()), ("stderr", ran.stderr.encode())]
    files = [(str(path), path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()]
    for name, data in said + files:
        for at in range(len(KEY) - 5):
            assert KEY[at : at + 6].encode() not in data, name


def test_a_key_that_isnt_set_is_named(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=2)
    ran = run(tmp_path, key="")
    assert ran.returncode == 1
    assert "env:PAID_KEY" in ran.stderr
    assert "Traceback" not in ran.stderr
