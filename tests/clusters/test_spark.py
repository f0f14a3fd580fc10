"""Recipes on Spark, a real master and worker: the same bytes as here, and a killed worker costs nothing twice.

`make test-spark` starts the cluster, and names the file of its options in LANGLOOM_SPARK.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.outputs import hashes
from tests.end_to_end.running import LANGLOOM, environment, langloom
from tests.end_to_end.test_paid_translation import KEY, manifest, prepare, shards
from tests.fakes.endpoint import Endpoint

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
OPTIONS = os.environ.get("LANGLOOM_SPARK", "")
WORKERS = "--experiments=use_loopback_process_worker=True"
"""Makes the launcher's workers processes of their own, which can be killed."""

pytestmark = [
    pytest.mark.skipif(not OPTIONS, reason="needs Spark: make test-spark"),
]


def spark() -> list[str]:
    return ["--", *Path(OPTIONS).read_text().split()]


def elsewhere(key: str = KEY) -> dict[str, str]:
    """Return the environment of a launcher; Beam starts worker processes by the name `python`."""
    return environment({"PAID_KEY": key, "PATH": f"{LANGLOOM.parent}:{os.environ['PATH']}"})


def run(*words: object, cwd: Path, key: str = KEY) -> subprocess.CompletedProcess[str]:
    """Run `langloom`, which takes longer here."""
    command = [str(LANGLOOM), *map(str, words)]
    env = elsewhere(key)
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=900)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        pytest.param("quickstart", (), id="quickstart"),
        pytest.param("qalign", ("--limit", "2000"), id="qalign"),
        pytest.param("x_llama", ("--limit", "12"), id="x_llama"),
    ],
)
def test_the_same_bytes_as_here(recipe: str, words: tuple[str, ...], shared: Path, tmp_path: Path) -> None:
    found = {}
    for place, beam in (("here", []), ("there", spark())):
        folder = tmp_path / place
        folder.mkdir()
        data = () if recipe == "quickstart" else ("--set", f"data={shared}")
        ran = run("run", CONFIGS / f"{recipe}.yaml", *data, *words, "--output", folder / "out", *beam, cwd=folder)
        assert ran.returncode == 0, ran.stderr
        assert not (folder / "out.work").exists()
        found[place] = hashes(folder / "out")
    assert found["there"] == found["here"]
    assert any(name.startswith("data/") for name in found["here"])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(latency=0.05, retry_after=0.05, hang=3, key=KEY) as one:
        yield one


def workers_of(pid: int) -> list[int]:
    """Return the worker processes that a launcher started."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "sdk_worker" in line]


def test_a_killed_worker_costs_no_more_than_what_was_in_flight(tmp_path: Path, endpoint: Endpoint) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    prepare(whole, endpoint, concurrency=8)
    assert run("run", "recipe.yaml", cwd=whole).returncode == 0
    distinct = endpoint.stats()["requests"]
    prepare(killed, endpoint, concurrency=8)
    endpoint.configure(latency=0.2)
    command = [str(LANGLOOM), "run", "recipe.yaml", *spark(), WORKERS]
    with subprocess.Popen(command, cwd=killed, env=elsewhere(), stderr=subprocess.PIPE) as launcher:
        deadline = time.monotonic() + 300
        while endpoint.stats()["requests"] < distinct // 3 and time.monotonic() < deadline:
            assert launcher.poll() is None, launcher.stderr and launcher.stderr.read()
            time.sleep(0.05)
        victims = workers_of(launcher.pid)
        assert victims
        for worker in victims:
            os.kill(worker, signal.SIGKILL)
        _, said = launcher.communicate(timeout=600)
    assert launcher.returncode in (0, 1), said.decode()
    if launcher.returncode == 1:
        assert not (killed / "out").exists()
        assert b"error: " in said
        assert run("run", "recipe.yaml", *spark(), WORKERS, cwd=killed).returncode == 0
    assert manifest(killed)["complete"]
    assert shards(killed) == shards(whole)
    assert endpoint.stats()["requests"] <= distinct + 8


def test_what_fails_there_is_told_in_a_sentence(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=2)
    ran = run("run", "recipe.yaml", *spark(), cwd=tmp_path, key="")
    assert ran.returncode == 1
    assert "error: the API key env:PAID_KEY isn't there" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "out.work/job.log" in ran.stderr
    assert not (tmp_path / "out").exists()


def options_without(name: str, *further: str) -> list[Any]:
    return [word for word in spark() if not word.startswith(f"--{name}=")] + list(further)


def test_a_cluster_that_isnt_there_is_status_1(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=2)
    words = options_without("job_endpoint", "--job_endpoint=127.0.0.1:9", "--job_server_timeout=5")
    ran = langloom("run", "recipe.yaml", *words, cwd=tmp_path, env={"PAID_KEY": KEY})
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "127.0.0.1:9" in ran.stderr
