"""A rule on pairs that stands behind a template, whose texts it would compare, is warned of."""

from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.recipe import load

RECIPE = """
sources: {pairs: {lines: [a.en, a.pt], lang: [en, pt], task: TASK}}
engines: {same: {identity: {}}}
streams: {s: {from: pairs, steps: [STEPS]}}
datasets: {d: {mix: {s: 1}}}
output: out
"""

COPY = "{keep: {copy: {}}}"
TRANSLATE = "{translate: {to: [de], engine: same}}"
BACK = "{round_trip: {engine: same, min_chrf: 40}}"


@pytest.mark.parametrize(
    ("task", "steps", "columns"),
    [
        ("question", f"{{format: qalign.question}}, {COPY}", "copy compares what a template made of input;"),
        ("translation", f"{{format: chatflow.to_english}}, {COPY}", "made of input, output;"),
        ("translation", f"{{format: x_llama.translation}}, {COPY}", ""),  # the sides are as they were
        ("question", f"{{format: qalign.response}}, {COPY}", ""),
        ("question", f"{COPY}, {{format: qalign.question}}", ""),
        ("instruction", f"{TRANSLATE}, {{format: x_llama.translation}}, {COPY}", "made of instruction;"),
        ("instruction", f"{TRANSLATE}, {{format: mathoctopus.prompt}}, {BACK}", "round_trip compares what a template"),
        ("instruction", f"{{format: mathoctopus.prompt}}, {TRANSLATE}, {COPY}", ""),  # both sides are the template's
    ],
)
def test_a_rule_behind_a_template_is_warned_of(tmp_path: Path, task: str, steps: str, columns: str) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("TASK", task).replace("STEPS", steps), "utf-8")
    told = [each for each in load(str(tmp_path / "recipe.yaml"), {}, {}).warnings if "a template made of" in each]
    assert len(told) == bool(columns)
    assert all(columns in each and "put it before `format`" in each for each in told)


@pytest.mark.parametrize("steps", [BACK, f"{TRANSLATE}, {{pair: [input]}}, {BACK}"])
def test_a_round_trip_needs_translations_that_nothing_paired(tmp_path: Path, steps: str) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("TASK", "translation").replace("STEPS", steps), "utf-8")
    with pytest.raises(RecipeError, match=r"'s': put it behind `translate`, and before `pair`"):
        load(str(tmp_path / "recipe.yaml"), {}, {})
