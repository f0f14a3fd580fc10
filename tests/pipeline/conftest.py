"""What the tests of recipes share."""

import pytest
from fake_parts import PARTS

import transforms


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of parts that only have parameters, so that messages depend on the recipe language alone."""
    monkeypatch.setattr(transforms, "known", lambda kind: {name: name for name in PARTS[kind]})
    monkeypatch.setattr(transforms, "find", lambda kind, name: PARTS[kind][name])
