"""A run that was killed goes on where it was, and ends in the same bytes."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from bilingual import write_sources
from killed_run import listing
from outputs import hashes, manifest

from tests.end_to_end.running import LANGLOOM, environment, forked, output_of

RECIPE = """
name: killed
seed: ${seed}
vars: {seed: 1}
sources:
  questions:
    lines: [data/questions.de, data/questions.en]
    lang: [de, en]
    task: question
  facts: {csv: data/facts.csv, lang: en, columns: {instruction: question, output: answer}}
streams:
  aligned:
    from: questions
    steps:
      - keep: {copy: {}}
      - deduplicate: [input, output]
      - format: qalign.question
  answers: {from: facts}
datasets:
  both:
    mix: concatenate
    streams: [aligned, answers]
    split: {validation: 0.1}
    write: {parquet: {rows_per_shard: 300}, jsonl: alpaca}
output: out
"""


def start(folder: Path, moment: str, *further: str) -> subprocess.CompletedProcess:
    script = Path(__file__).with_name("killed_run.py")
    return forked(script, moment, folder / "at_rest.json", "run", "recipe.yaml", *further, cwd=folder)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sources, recipe, and the output of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    write_sources(folder / "data")
    (folder / "recipe.yaml").write_text(RECIPE)
    ran = start(folder, "never")
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture
def fresh(whole: Path, tmp_path: Path) -> Path:
    """The same sources and recipe, without the output."""
    shutil.copytree(whole / "data", tmp_path / "data")
    shutil.copy(whole / "recipe.yaml", tmp_path)
    return tmp_path


def finished(work: Path) -> dict[str, tuple[int, int]]:
    """Return what must never be made again: parts with their rejects; regrouped parts and shards noted as complete."""
    found = listing(work)
    return {
        path: stood
        for path, stood in found.items()
        if path.startswith(("parts/", "rejects/"))
        or (path.startswith("grouped/") and f"{path.removesuffix('.json')}.json" in found)
        or (path.startswith("shards/") and f"{path.rpartition('.')[0]}.json" in found)
    }


@pytest.mark.parametrize(
    ("moment", "least"),
    [
        pytest.param("before /parts/ 1", 0, id="before anything is written"),
        pytest.param("after /parts/ 3", 3, id="when three parts are written"),
        pytest.param("before /parts/aligned-1 2", 8, id="while a part after deduplication is written"),
        pytest.param(r"after /grouped/.*\.json$ 2", 16, id="when two parts are regrouped"),
        pytest.param(r"after /shards/.*\.parquet 2", 20, id="between a shard and the note that it is complete"),
        pytest.param(r"after /shards/.*\.json$ 3", 26, id="when three shards are complete"),
        pytest.param(r"before out\.new 1", 30, id="before the output is moved into its place"),
    ],
)
def test_a_killed_run_goes_on(moment: str, least: int, whole: Path, fresh: Path) -> None:
    killed = start(fresh, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (fresh / "out").exists()
    before = finished(fresh / "out.work")
    assert len(before) >= least

    again = start(fresh, "never")
    assert again.returncode == 0, again.stderr
    assert hashes(fresh / "out") == hashes(whole / "out")
    after = {path: tuple(stood) for path, stood in json.loads((fresh / "at_rest.json").read_text()).items()}
    assert {path: after.get(path) for path in before} == before, "finished parts were made again"
    assert sorted(path.name for path in fresh.iterdir()) == ["at_rest.json", "data", "out", "recipe.yaml"]


@pytest.mark.parametrize(("spared", "share"), [("nothing", 0), ("*.json", 0), ("*.json", 0.5), ("parts/*", 0)])
def test_files_that_a_power_failure_left_empty_or_cut_are_made_again(
    spared: str, share: float, whole: Path, fresh: Path
) -> None:
    start(fresh, r"before out\.new 1")
    files = [path for path in (fresh / "out.work").rglob("*") if path.is_file() and path.name != ".langloom-work"]
    for path in files:
        if not path.match(spared):
            os.truncate(path, int(path.stat().st_size * share))
    again = start(fresh, "never")
    assert again.returncode == 0, again.stderr
    assert hashes(fresh / "out") == hashes(whole / "out")


@pytest.mark.parametrize("moment", [r"after out\b.*out\.old 1", r"after out\.new.*out$ 1"])
def test_a_swap_of_outputs_that_was_killed(moment: str, whole: Path, fresh: Path) -> None:
    shutil.copytree(whole / "out", fresh / "out")
    replace = ["--set", "seed=2", "--force"]
    killed = start(fresh, moment, *replace)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (fresh / "out.old" / "manifest.json").is_file()

    again = start(fresh, "never", *replace)
    assert again.returncode == 0, again.stderr
    assert manifest(fresh / "out")["seed"] == 2
    assert manifest(fresh / "out")["complete"]
    assert sorted(path.name for path in fresh.iterdir()) == ["at_rest.json", "data", "out", "recipe.yaml"]


def test_what_a_killed_swap_leaves_is_put_away_without_force(whole: Path, fresh: Path) -> None:
    shutil.copytree(whole / "out", fresh / "out")
    start(fresh, r"after out\.new.*out$ 1", "--set", "seed=2", "--force")
    again = start(fresh, "never", "--set", "seed=2")
    assert again.returncode == 0, again.stderr
    assert "already" in again.stderr
    assert sorted(path.name for path in fresh.iterdir() if path.is_dir()) == ["data", "out"]


def test_what_a_run_journaled_that_was_killed_before_it_folded_is_folded_by_the_next(fresh: Path) -> None:
    translated = "answers: {from: facts, steps: [{translate: {to: [pt], engine: same}}]}"
    recipe = RECIPE.replace("answers: {from: facts}", translated) + "engines: {same: {identity: {}}}\nmemory: memory\n"
    (fresh / "recipe.yaml").write_text(recipe)
    killed = start(fresh, r"after out\.new.*out$ 1")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert list(fresh.glob("memory/journal/*"))

    again = start(fresh, "never")
    assert again.returncode == 0, again.stderr
    assert "already" in again.stderr
    assert not list(fresh.glob("memory/journal/*"))
    assert list(fresh.glob("memory/shards/*.parquet"))


def test_a_launcher_whose_workers_outlive_it(whole: Path, fresh: Path) -> None:
    """Only the launcher is killed, from outside; its worker processes may go on writing for a while."""
    beam = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    command = [str(LANGLOOM), "run", "recipe.yaml", *beam]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=fresh, env=environment(), **quiet) as launcher:
        for _ in range(3000):
            if list(fresh.glob("out.work/parts/*.arrow")) or launcher.poll() is not None:
                break
            time.sleep(0.02)
        launcher.kill()
    assert launcher.returncode == -signal.SIGKILL
    output_of("run", "recipe.yaml", cwd=fresh)
    assert hashes(fresh / "out") == hashes(whole / "out")
