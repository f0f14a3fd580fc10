"""What depends on the order of lines is an error where it can't be known, and a warning where it can."""

from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.recipe import load

RECIPE = """
sources:
  pairs: {lines: {path: [a.en, a.pt]NUMBERED}, lang: [en, pt], task: translation}
  more: {lines: {path: [b.en, b.pt]MORE}, lang: [en, pt], task: translation}
engines: {same: {identity: {}}}
streams:
  s:
    from: [pairs, more]
    steps:
      - keep: {length_ratio: 3, deduplicate: [input]}
STEP      - format: {template: x_llama.translation, choice: line}
datasets: {d: {mix: {s: 1}SPLIT}}
output: out
"""


def warnings(folder: Path, numbered: str = "", more: str = "", step: str = "", split: str = "") -> tuple[str, ...]:
    text = RECIPE.replace("NUMBERED", numbered).replace("MORE", more).replace("STEP", step).replace("SPLIT", split)
    (folder / "recipe.yaml").write_text(text, "utf-8")
    found = load(str(folder / "recipe.yaml"), {}, {}).warnings
    return tuple(warning for warning in found if "is not used" not in warning)


def test_a_choice_by_line_is_warned_of(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, ", numbered: true", ", numbered: true")
    assert "streams.s.steps[1].format.choice: choice: line goes by the order of the file's lines" in warning


@pytest.mark.parametrize(
    ("numbered", "more", "step"),
    [
        ("", "", ""),
        (", numbered: true", "", ""),
        (", numbered: true", ", numbered: false", ""),
        (", numbered: true", ", numbered: true", "      - translate: {to: [pt], engine: same}\n"),
        (", numbered: true", ", numbered: true", "      - pair: {fields: [input]}\n"),
    ],
)
def test_without_the_numbers_of_all_lines_it_is_an_error(tmp_path: Path, numbered: str, more: str, step: str) -> None:
    with pytest.raises(RecipeError, match=r"choice: line needs the numbers of the lines.*numbered: true"):
        warnings(tmp_path, numbered, more, step)


def test_a_split_of_joined_lines_is_warned_of(tmp_path: Path) -> None:
    (_, warning) = warnings(tmp_path, ", numbered: true, join: 4", ", numbered: true", "", ", split: {validation: 0.1}")
    assert "datasets.d.split: neighbours in the source 'pairs' share lines (join)" in warning
    assert len(warnings(tmp_path, ", numbered: true, join: 4", ", numbered: true")) == 1
