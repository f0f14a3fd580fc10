"""A branch that moves while a run goes on: every worker reads the commit that the run began with."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from running_command import environment

from tests.fakes.hub import READER, TOKEN, Hub

NAME = "me/moving"
FIND = """
import pickle, sys
from transforms.read.hub import Hub
sys.stdout.buffer.write(pickle.dumps(Hub(sys.argv[1], streaming=sys.argv[2] == "True").blocks()))
"""
READ = """
import json, pickle, sys
from transforms.read.hub import Hub
reader = Hub(sys.argv[1], streaming=sys.argv[2] == "True")
blocks = pickle.loads(sys.stdin.buffer.read())
print(json.dumps([row["output"] for block in blocks for rows in reader.read(block) for row in rows.items]))
"""


def put(hub: Hub, *outputs: str) -> str:
    """Commit a data set of these rows, and return the commit."""
    lines = "".join(json.dumps({"instruction": "a", "output": one}) + "\n" for one in outputs)
    api = HfApi(endpoint=hub.url, token=TOKEN)
    api.create_repo(NAME, repo_type="dataset", exist_ok=True)
    done = api.upload_file(
        path_or_fileobj=lines.encode(), path_in_repo="train.jsonl", repo_id=NAME, repo_type="dataset"
    )
    return str(done.oid)


def worker(hub: Hub, home: Path, script: str, streaming: bool, given: bytes = b"", **further: str) -> bytes:
    """Run a script in a process with caches of its own, and return what it prints."""
    command = [sys.executable, "-c", script, NAME, str(streaming)]
    env = environment(hub, HF_TOKEN=READER, HF_HOME=str(home), **further)
    ran = subprocess.run(command, env=env, input=given, capture_output=True, timeout=120)
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


@pytest.mark.parametrize("streaming", [False, True])
def test_workers_read_the_commit_that_the_run_began_with(hub: Hub, tmp_path: Path, streaming: bool) -> None:
    first = put(hub, "one", "two")
    found = worker(hub, tmp_path / "launcher", FIND, streaming)
    assert [block.paths for block in pickle.loads(found)] == [(f"{NAME}@{first}",)]
    assert put(hub, "three") != first
    assert json.loads(worker(hub, tmp_path / "worker", READ, streaming, found)) == ["one", "two"]
    assert json.loads(worker(hub, tmp_path / "launcher", READ, streaming, found)) == ["one", "two"]
    now = worker(hub, tmp_path / "launcher", FIND, streaming)
    assert json.loads(worker(hub, tmp_path / "worker", READ, streaming, now)) == ["three"]
    assert pickle.loads(now)[0].identity != pickle.loads(found)[0].identity


def test_what_is_stored_is_found_and_read_offline(hub: Hub, tmp_path: Path) -> None:
    first = put(hub, "one", "two")
    home = tmp_path / "launcher"
    assert json.loads(worker(hub, home, READ, False, worker(hub, home, FIND, False))) == ["one", "two"]
    put(hub, "three")
    found = worker(hub, home, FIND, False, HF_HUB_OFFLINE="1")
    assert [block.paths for block in pickle.loads(found)] == [(f"{NAME}@{first}",)]
    assert json.loads(worker(hub, home, READ, False, found, HF_HUB_OFFLINE="1")) == ["one", "two"]
