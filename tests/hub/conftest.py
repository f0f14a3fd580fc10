"""A Hub to publish to, in the process of the tests, and the command with its token."""

import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from published_output import make_output
from publishing import NAME, Publish, Said

from pipeline.cli import main
from tests.fakes.hub import TOKEN, Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub that offers LFS, for this process."""
    with Hub(tmp_path / "hub") as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HUB_TOKEN", TOKEN)
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        yield hub
        huggingface_hub.close_session()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that are waited, which pass at once."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """An output of one dataset."""
    return make_output(tmp_path / "out", ["stage1"])


@pytest.fixture
def publish(hub: Hub, capsys: pytest.CaptureFixture[str]) -> Publish:
    """Runs the command; no output of it may hold the token."""

    def run(folder: Path | str, *words: str, repo: str = NAME) -> Said:
        capsys.readouterr()
        status = main(["publish", str(folder), "--repo", repo, "--token", "env:HUB_TOKEN", *words])
        said = Said(status, *capsys.readouterr())
        for text in (said.out, said.err):
            assert TOKEN not in text and TOKEN[3:11] not in text
            assert "Traceback" not in text
        return said

    return run
