"""Sources that vanish or change, between runs and in the middle of one: a sentence, the right status, nothing half."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import run as runs
from pipeline.cli import main
from pipeline.output.finish import Finish
from tests.end_to_end.outputs import hashes
from tests.end_to_end.running import LANGLOOM, environment
from transforms.write_errors import WriteError

RECIPE = """
name: vanished
sources: {a: {jsonl: "data/*.jsonl", lang: en}, b: {jsonl: b.jsonl, lang: en}}
streams: {all: {from: [a, b], steps: [{deduplicate: [output]}]}}
datasets: {d: {mix: {all: 1}}}
output: out
"""


def write_rows(path: Path, name: str, rows: int = 50) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps({"output": f"{name} {at % 45}"}) + "\n" for at in range(rows)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_rows(tmp_path / "data" / "a.jsonl", "a")
    write_rows(tmp_path / "b.jsonl", "b")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_the_middle(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Have something happen when sources are planned and signed, and the job is about to begin."""
    job = runs.run_job

    def later(*arguments: Any, **further: Any) -> dict[str, Any]:
        monkeypatch.setattr(runs, "run_job", job)
        act()
        return job(*arguments, **further)

    monkeypatch.setattr(runs, "run_job", later)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Path.unlink, "b.jsonl was there when the run began, and can't be read any more: [Errno 2] No such file"),
        (lambda path: write_rows(path, "other"), "b.jsonl has changed since the run began"),
        (lambda path: write_rows(path, "b", 20), "b.jsonl has changed since the run began"),
    ],
    ids=["removed", "changed", "cut"],
)
def test_a_source_that_goes_in_the_middle(
    change: Callable[[Path], object],
    told: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    kept = folder / "kept.jsonl"
    shutil.copy(folder / "b.jsonl", kept)
    in_the_middle(monkeypatch, lambda: change(folder / "b.jsonl"))
    assert main(["run", "recipe.yaml"]) == 1
    said = capfd.readouterr().err
    assert f"error: source 'b': {folder / told}" in said
    done = list((folder / "out.work").glob("parts/*.arrow"))
    assert ("What is done is kept in out.work: run the same command to go on" in said) == bool(done)
    assert "Traceback" not in said
    assert not (folder / "out").exists()
    kept.replace(folder / "b.jsonl")
    assert main(["run", "recipe.yaml"]) == 0
    assert main(["run", "recipe.yaml", "--output", "other"]) == 0
    assert hashes(folder / "out") == hashes(folder / "other")


def without_room(*_: object) -> None:
    raise WriteError("there is no room for the output")


def test_a_source_that_goes_between_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as full:
        full.setattr(Finish, "write", without_room)
        assert main(["run", "recipe.yaml"]) == 1  # the work folder is kept
    parts = len(list((folder / "out.work" / "parts").iterdir()))
    assert parts
    capfd.readouterr()
    (folder / "data" / "a.jsonl").unlink()
    assert main(["run", "recipe.yaml"]) == 2
    assert capfd.readouterr().err == f"error: source 'a': no file matches {folder}/data/*.jsonl\n"
    (folder / "b.jsonl").unlink()
    write_rows(folder / "data" / "a.jsonl", "a")
    assert main(["run", "recipe.yaml"]) == 2
    assert capfd.readouterr().err == f"error: source 'b': there is no file {folder}/b.jsonl\n"
    assert len(list((folder / "out.work" / "parts").iterdir())) == parts


BOUND = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
"""What makes modes count for root, too."""


def test_a_folder_that_may_not_be_read(folder: Path) -> None:
    command = [*(BOUND if os.geteuid() == 0 else []), str(LANGLOOM), "run", "recipe.yaml"]
    if command[0] == "setpriv" and not shutil.which("setpriv"):
        pytest.skip("needs setpriv, since root may read everything")
    (folder / "data").chmod(0)
    ran = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=100)
    (folder / "data").chmod(0o755)
    told = f"source 'a': {folder}/data/*.jsonl can't be looked up: [Errno 13] Permission denied"
    assert (ran.returncode, ran.stderr.splitlines()[-1][: len(told) + 7]) == (2, f"error: {told}")
