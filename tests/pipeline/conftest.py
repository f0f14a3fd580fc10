"""What the tests of recipes share."""

from pathlib import Path
from typing import Any

import pytest
from bad_recipe import FILES
from fake_parts import PARTS
from small_recipe import Load

import transforms
from pipeline.model import Recipe
from pipeline.recipe import load


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of parts that only have parameters, so that messages depend on the recipe language alone."""
    monkeypatch.setattr(transforms, "known", lambda kind: {name: name for name in PARTS[kind]})
    monkeypatch.setattr(transforms, "find", lambda kind, name: PARTS[kind][name])


@pytest.fixture
def bad_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with what bad recipes find beside them, which is the current one."""
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads the text of a recipe from a folder that holds nothing else."""
    monkeypatch.chdir(tmp_path)

    def load_text(text: str, **rest: Any) -> Recipe:
        Path("recipe.yaml").write_text(text, encoding="utf-8")
        return load("recipe.yaml", **rest)

    return load_text
