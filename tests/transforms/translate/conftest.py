"""What tests of translation share."""

from pathlib import Path

import pytest

from transforms.translate.memory import Memory


@pytest.fixture
def held(tmp_path: Path) -> Memory:
    """A translation memory that holds nothing yet."""
    return Memory(str(tmp_path / "tm"))
