"""Python workers of a cluster that aren't the launcher: a pool, or processes that Beam's boot program sets up.

Their environments have the libraries, not this tree: langloom was installed there as a wheel, or is brought along by
the job. `make test-workers` prepares what this needs.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.built_package import build, copied
from tests.clusters.cluster import NAME, ROOT, on_cluster, run
from tests.end_to_end.outputs import hashes

PREPARED = Path(os.environ.get("LANGLOOM_WORKERS", ""))
KEPT = "--environment_cache_millis=600000"
"""Lets workers live from one stage of a job to the next, where the runner can."""

RECIPE = f"""
name: small
sources:
  questions:
    jsonl: {ROOT}/configs/sample/questions.jsonl
    lang: en
    columns: {{instruction: question, output: answer}}
engines:
  local: {{firefox: {{}}}}
streams:
  portuguese:
    from: questions
    steps:
      TRANSLATE
      - keep: {{language: {{min_score: 0.3}}, script: {{}}}}
      - format: qalign.response
datasets:
  all: {{mix: concatenate}}
"""

TRANSLATE = "- translate: {to: [pt], engine: local}"
"""Left out where workers take long to start: Flink starts them anew for each stage, and this is half of the stages."""

pytestmark = pytest.mark.skipif(not PREPARED.name, reason="needs workers' environments: make test-workers")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def environment_in(folder: Path) -> Path:
    """Make an environment that has the libraries, without langloom, and return its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "uninstall", "--quiet", "--yes", "setuptools"], check=True)  # an old one
    libraries = next((PREPARED / "libraries" / "lib").glob("python3*/site-packages"))
    next((folder / "lib").glob("python3*/site-packages")).joinpath("libraries.pth").write_text(f"{libraries}\n")
    return python


def without_this_tree(python: Path) -> dict[str, str]:
    """Return the variables of a worker in an environment; Beam starts workers by the name `python`."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**variables, "PATH": f"{python.parent}:{variables['PATH']}", "PWD": str(python.parent)}


def same_as_here(words: list[str], folder: Path, translate: str = "") -> None:
    """Run the recipe here and with these options, and compare what came out."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.replace("TRANSLATE", translate))
    here, there = folder / "here" / "out", folder / "there" / "out"
    for output, beam in ((here, []), (there, on_cluster(*words))):
        output.parent.mkdir()
        ran = run(recipe, "--limit", "12", "--output", output, *beam, cwd=folder)
        assert ran.returncode == 0, ran.stderr
    assert hashes(there) == hashes(here)
    assert any(name.startswith("data/") for name in hashes(here))


@pytest.fixture
def pool(wheel: Path, tmp_path: Path) -> Iterator[str]:
    """A pool in an environment that langloom was installed in, and its address."""
    python = environment_in(tmp_path / "environment")
    variables = without_this_tree(python)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], env=variables, check=True)
    command = [python, "-m", "apache_beam.runners.worker.worker_pool_main", "--service_port=0"]
    log = tmp_path / "pool.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=tmp_path, env=variables, stderr=out)
    try:
        deadline = time.monotonic() + 120
        while not (said := re.search(r"at port: (localhost:\d+)", log.read_text())) and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        assert said, log.read_text()
        yield said.group(1)
    finally:
        process.terminate()
        process.wait()


def test_a_pool_of_workers(pool: str, tmp_path: Path) -> None:
    same_as_here(["--environment_type=EXTERNAL", f"--environment_config={pool}", KEPT], tmp_path, TRANSLATE)


def booted(folder: Path) -> list[str]:
    """Return the options for worker processes that Beam's boot program starts in an environment without langloom."""
    python = environment_in(folder / "environment")
    worker = folder / "worker"
    worker.write_text(
        f'#!/bin/sh\nunset PYTHONPATH\nexport PATH="{python.parent}:$PATH" RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1\n'
        f'exec "{PREPARED.resolve()}/boot" --semi_persist_dir="{folder}/brought" "$@"\n'
    )
    worker.chmod(0o755)
    return ["--environment_type=PROCESS", f"--environment_options=process_command={worker}", KEPT]


def test_processes_that_are_sent_a_wheel(wheel: Path, tmp_path: Path) -> None:
    same_as_here([*booted(tmp_path), f"--extra_package={wheel}"], tmp_path)
    assert (tmp_path / "brought" / "staged" / wheel.name).is_file()


@pytest.mark.skipif(NAME == "flink", reason="Flink has the source built anew for each of a dozen stages")
def test_processes_that_are_sent_the_source(tmp_path: Path) -> None:
    pytest.importorskip("build")
    same_as_here([*booted(tmp_path), f"--setup_file={copied(tmp_path / 'source') / 'pyproject.toml'}"], tmp_path)
    assert (tmp_path / "brought" / "staged" / "workflow.tar.gz").is_file()
