"""Every recipe in configs: it checks as it stands, says what is whose, and trains on no evaluation set."""

import re
from pathlib import Path

import pytest
from golden_manifest import MANIFESTS, REGENERATE, golden_file

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]
RECIPES = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_checks_as_it_stands(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(recipe)]) == 0
    said = capsys.readouterr()
    assert recipe.stem in said.out
    assert "warning" not in said.err


def test_the_recipe_in_the_readme_checks_where_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recipe,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "mine.yaml").write_text(recipe)
    assert main(["check", str(tmp_path / "mine.yaml")]) == 0
    assert "warning" not in capsys.readouterr().err
    (source,) = re.findall(r"jsonl: (configs/\S+)", recipe)
    assert (ROOT / source).is_file()


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_reads_no_evaluation_set(recipe: Path) -> None:
    read = [line for line in recipe.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    named = re.compile(r"mgsm/|msvamp|xquad/|[/_-]test\b|\btest\.", re.IGNORECASE)
    assert not [line for line in read if named.search(line.partition(" # ")[0])]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_what_is_ours(recipe: Path) -> None:
    text = recipe.read_text("utf-8")
    if "arXiv" in text:
        assert re.search(r"# What is (the paper's|published)", text)
        assert "# What is ours" in text


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_has_a_golden_manifest(recipe: Path) -> None:
    """Demands one of every recipe; that it still holds is asserted where the recipe is run."""
    how = (
        f"run it in a test, end that with `check_recipe(output folder)` (a fixture of tests/end_to_end/conftest.py), "
        f"and make the file with `pytest {REGENERATE} THAT_TEST`"
    )
    assert golden_file(recipe.stem).is_file(), f"{recipe.name} has no {golden_file(recipe.stem).name}: {how}"


def test_no_golden_manifest_is_left_over() -> None:
    assert {file.stem for file in MANIFESTS.glob("*.json")} <= {recipe.stem for recipe in RECIPES}
