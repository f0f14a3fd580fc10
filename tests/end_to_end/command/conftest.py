"""What the tests of the command share: a folder with a recipe, its output, and the command itself."""

import shutil
from pathlib import Path

import pytest
from small_sums import Said, Say, write_inputs

from pipeline.cli import main
from tests.end_to_end.running import output_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a recipe and its sources, which is the current one."""
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of the recipe, for tests to copy."""
    folder = tmp_path_factory.mktemp("made")
    write_inputs(folder)
    output_of("run", "recipe.yaml", cwd=folder)
    return folder / "out"


@pytest.fixture
def complete(folder: Path, made: Path) -> Path:
    """The current folder, with a recipe, its sources and its output."""
    shutil.copytree(made, folder / "out")
    return folder


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs the command in this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        status = main(words)
        return Said(status, *capsys.readouterr())

    return run
