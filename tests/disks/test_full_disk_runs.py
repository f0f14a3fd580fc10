"""Whole runs whose disk is full at some moment: a sentence, status 1, nothing half; with more room, the same bytes."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_disk import SmallDisk

from tests.end_to_end.outputs import hashes, manifest
from tests.end_to_end.running import environment, langloom
from tests.fakes.endpoint import Endpoint

SIZE = 8 << 20

RECIPE = """
name: full
seed: ${seed}
vars: {seed: 1}
sources:
  a: {jsonl: a.jsonl, lang: en, license: mit}
streams:
  kept: {from: a, steps: [{keep: {length: {min_chars: 8}}}, {deduplicate: [output]}]}
datasets:
  d:
    mix: {kept: 1}
    split: {validation: 0.2}
    write: {parquet: {rows_per_shard: 200}, jsonl: {format: alpaca, compression: gz}}
output: out
"""

PAID = """
name: paid
sources: {{tasks: {{jsonl: a.jsonl, lang: en}}}}
engines: {{model: {{openai: {{model: mock, base_url: "{url}", concurrency: {concurrency}}}}}}}
streams: {{greek: {{from: tasks, steps: [{{translate: {{to: [el], engine: model, fields: [output]}}}}]}}}}
datasets: {{all: {{mix: concatenate}}}}
output: out
memory: {memory}
"""

CONCURRENCY = 4
ENDPOINT = {"latency": 0.01}


def write_rows(folder: Path, number: int) -> None:
    rows = [
        {"instruction": f"Say {at}.", "output": f"The river is {at % (number - 9)} miles long."} for at in range(number)
    ]
    rows[5]["output"] = "short"
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def run_filling(
    disk: SmallDisk, pattern: str, left: int, *words: object, cwd: Path
) -> subprocess.CompletedProcess[str]:
    """Run a recipe on a disk that is full, but for so many bytes, when a file of this name is begun."""
    program = [sys.executable, str(Path(__file__).with_name("filling.py")), str(disk.path), pattern, "1", str(left)]
    command = [*program, "run", "recipe.yaml", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, a recipe, and its output."""
    folder = tmp_path_factory.mktemp("whole")
    write_rows(folder, 2000)
    (folder / "recipe.yaml").write_text(RECIPE)
    ran = langloom("run", "recipe.yaml", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.mark.parametrize(
    ("pattern", "left", "where"),
    [
        pytest.param("/parts/", 8192, "work/parts", id="while a part is written"),
        pytest.param("/keys/", 0, "work/keys", id="when keys are to be written"),
        pytest.param(r"/shards/.*\.gz", 8192, "work/shards", id="while a shard is written"),
    ],
)
def test_a_full_work_folder(pattern: str, left: int, where: str, whole: Path, disk: SmallDisk, tmp_path: Path) -> None:
    disk.enlarge(SIZE)
    shutil.copy(whole / "a.jsonl", tmp_path)
    shutil.copy(whole / "recipe.yaml", tmp_path)
    work = ["--work", disk.path / "work"]
    ran = run_filling(disk, pattern, left, *work, cwd=tmp_path)
    assert ran.returncode == 1, ran.stderr
    said = [
        f"error: {disk.path / where} can't be written, the disk is full (No space left on device): make room there, or "
        "name another folder"
    ]
    if list(disk.path.glob("work/parts/*.arrow")):
        said.append(f"What is done is kept in {disk.path / 'work'}: run the same command to go on")
    assert ran.stderr.splitlines()[-len(said) :] == said
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "out").exists()
    assert disk.temporary_files() == []
    (disk.path / "ballast").unlink()
    again = langloom("run", "recipe.yaml", *work, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert hashes(tmp_path / "out") == hashes(whole / "out")
    assert list(disk.path.iterdir()) == []


def test_a_full_output_folder(whole: Path, disk: SmallDisk, tmp_path: Path) -> None:
    disk.enlarge(SIZE)
    shutil.copy(whole / "a.jsonl", tmp_path)
    shutil.copy(whole / "recipe.yaml", tmp_path)
    out = disk.path / "out"
    shutil.copytree(whole / "out", out)
    words = ["--output", out, "--work", tmp_path / "work", "--set", "seed=2", "--force"]
    ran = run_filling(disk, r"out\.new/.*manifest\.json", 0, *words, cwd=tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert f"error: {out} can't be written, the disk is full" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert sorted(path.name for path in disk.path.iterdir()) == ["ballast", "out"]
    assert hashes(out) == hashes(whole / "out")
    (disk.path / "ballast").unlink()
    again = langloom("run", "recipe.yaml", *words, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (manifest(out)["seed"], manifest(out)["complete"]) == (2, True)
    assert [path.name for path in disk.path.iterdir()] == ["out"]


def lines(memory: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in (memory / "journal").iterdir() for line in path.read_bytes().splitlines()]


def test_a_full_translation_memory(endpoint: Endpoint, disk: SmallDisk, tmp_path: Path) -> None:
    disk.enlarge(SIZE)
    memory, rows = disk.path / "memory", 120
    write_rows(tmp_path, rows)
    distinct = rows - 8
    (tmp_path / "recipe.yaml").write_text(PAID.format(url=endpoint.url, concurrency=CONCURRENCY, memory=memory))
    ran = run_filling(disk, "/journal/", 16384, cwd=tmp_path)
    assert ran.returncode == 1, ran.stderr
    assert f"error: {memory / 'journal'} can't be written, the disk is full (No space left on device)" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "out").exists()
    assert 10 < len(lines(memory)) < distinct

    (disk.path / "ballast").unlink()
    again = run_filling(disk, r"memory/shards/", 0, cwd=tmp_path)  # all is asked, and then there is no room to fold
    assert again.returncode == 0, again.stderr
    asked = endpoint.stats()["requests"]
    assert asked <= distinct + CONCURRENCY, "more was asked again than what was in flight"
    assert f"warning: {memory / 'shards'} can't be written, the disk is full" in again.stderr
    assert f"`langloom tm compact {memory}` folds them when that is mended" in again.stderr
    assert manifest(tmp_path / "out")["complete"]
    assert len(lines(memory)) == distinct

    (disk.path / "ballast").unlink()
    assert langloom("tm", "compact", memory).returncode == 0
    assert lines(memory) == []
    assert langloom("run", "recipe.yaml", "--force", cwd=tmp_path).returncode == 0
    assert endpoint.stats()["requests"] == asked
