"""What tests share: the real data beside the project, where there is any."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
