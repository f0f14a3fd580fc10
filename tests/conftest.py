"""What tests share: the real data beside the project, an empty store, and an endpoint for each module."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fakes.endpoint import Endpoint
from tests.fakes.object_store import ObjectStore

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regenerate-golden", action="store_true", help="write tests/golden/manifests anew from what recipes make"
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data that lies beside the project (never in the repository)."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        message = "needs the real data in ../shared/data, which isn't there"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The objects of an empty store, `langloomtest://`, by name."""
    objects: dict[str, bytes] = {}
    monkeypatch.setattr(ObjectStore, "objects", objects)
    return objects


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """An endpoint in a process of its own, with the settings that a module's ENDPOINT names, if it has one."""
    with Endpoint(**getattr(request.module, "ENDPOINT", {})) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(server: Endpoint) -> Endpoint:
    """The module's endpoint, as it was at first."""
    server.restart()
    return server
