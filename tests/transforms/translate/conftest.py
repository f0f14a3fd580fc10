"""What tests of translation share: a memory, and an endpoint in a process of its own, one for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from transforms.translate.memory import Memory


@pytest.fixture
def held(tmp_path: Path) -> Memory:
    """A translation memory that holds nothing yet."""
    return Memory(str(tmp_path / "tm"))


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """An endpoint with the settings that a module's ENDPOINT names."""
    with Endpoint(**request.module.ENDPOINT) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(server: Endpoint) -> Endpoint:
    """The module's endpoint, as it was at first."""
    server.restart()
    return server
