"""What goes wrong on a real cluster: a killed worker costs nothing twice, and failures are told in a sentence."""

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.clusters.cluster import elsewhere, on_cluster, run
from tests.end_to_end.running import LANGLOOM
from tests.end_to_end.test_paid_translation import KEY, manifest, prepare, shards
from tests.fakes.endpoint import Endpoint

ENDPOINT = {"latency": 0.05, "retry_after": 0.05, "hang": 3, "key": KEY}

WORKERS = "--experiments=use_loopback_process_worker=True"
"""Makes the launcher's workers processes of their own, which can be killed."""


def workers_of(pid: int) -> list[int]:
    """Return the worker processes that a launcher started."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "sdk_worker" in line]


def test_a_killed_worker_costs_no_more_than_what_was_in_flight(tmp_path: Path, endpoint: Endpoint) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    prepare(whole, endpoint, concurrency=8)
    assert run("recipe.yaml", cwd=whole).returncode == 0
    distinct = endpoint.stats()["requests"]
    prepare(killed, endpoint, concurrency=8)
    endpoint.configure(latency=0.2)
    command = [str(LANGLOOM), "run", "recipe.yaml", *on_cluster(WORKERS)]
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
        assert run("recipe.yaml", *on_cluster(WORKERS), cwd=killed).returncode == 0
    assert manifest(killed)["complete"]
    assert shards(killed) == shards(whole)
    assert endpoint.stats()["requests"] <= distinct + 8


def test_what_fails_there_is_told_in_a_sentence(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=2)
    ran = run("recipe.yaml", *on_cluster(), cwd=tmp_path, key="")
    assert ran.returncode == 1
    assert "error: the API key env:PAID_KEY isn't there" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "out.work/job.log" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_cluster_that_isnt_there_is_status_1(tmp_path: Path, endpoint: Endpoint) -> None:
    prepare(tmp_path, endpoint, tasks=2)
    words = on_cluster("--job_endpoint=127.0.0.1:9", "--job_server_timeout=5")
    ran = run("recipe.yaml", *words, cwd=tmp_path)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "127.0.0.1:9" in ran.stderr
