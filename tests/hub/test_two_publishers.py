"""Two publish to one repository at once: one wins, the other says so; never half of each."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from published_output import make_output, shards
from publishing import NAME, Publish, hashes
from rich.console import Console

from pipeline.publish import publish
from sinks.hub import recipe
from sinks.hub.errors import HubError
from sinks.hub.repository import Repository
from tests.fakes.hub import Hub


def publishing(folder: Path) -> dict[str, Any]:
    return publish(str(folder), recipe.Hub(NAME), Console(file=io.StringIO()), token_name="env:HUB_TOKEN")


def before_the_commit(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have a folder published by somebody else when the next publication has sent all and is about to commit."""
    commit = Repository.commit

    def overtaken(*arguments: Any) -> str:
        monkeypatch.setattr(Repository, "commit", commit)
        publishing(folder)
        return commit(*arguments)

    monkeypatch.setattr(Repository, "commit", overtaken)


def test_who_comes_second_says_so(
    hub: Hub, output: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, publish: Publish
) -> None:
    other = make_output(tmp_path / "other", run="two")
    before_the_commit(monkeypatch, other)
    said = publish(output)
    assert (said.status, said.out) == (1, "")
    assert f"error: another data set was published to {NAME} while this one was on its way, and stays (" in said.err
    assert hashes(hub) == shards(other)
    assert publish(output).status == 0  # as the message says: run again to put this one in its place
    assert hashes(hub) == shards(output)


def test_who_publishes_the_same_has_nothing_left_to_do(
    hub: Hub, output: Path, monkeypatch: pytest.MonkeyPatch, publish: Publish
) -> None:
    before_the_commit(monkeypatch, output)
    assert publish(output).status == 0
    assert hashes(hub) == shards(output)
    assert len(hub.repositories[NAME].history()) == 2


def test_at_the_same_moment(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = [make_output(tmp_path / name, [name, "both"], run=name) for name in ("one", "two")]
    both, send = threading.Barrier(2, timeout=60), Repository.send

    def together(repository: Repository, items: Any) -> None:
        send(repository, items)
        both.wait()

    monkeypatch.setattr(Repository, "send", together)
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(publishing, folder) for folder in folders]
        errors = [future.exception() for future in futures]
    won = [folder for folder, error in zip(folders, errors, strict=True) if error is None]
    assert len(won) == 1
    assert hashes(hub) == shards(won[0])
    lost = next(error for error in errors if error)
    assert isinstance(lost, HubError) and "was published" in str(lost)
    assert len(hub.repositories[NAME].history()) == 2
