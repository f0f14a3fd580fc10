"""A glossary for a language that nothing is translated into, most likely misspelt, is warned of."""

from pathlib import Path

import pytest

from pipeline.recipe import load

RECIPE = """
sources: {tasks: {jsonl: a.jsonl, lang: en}}
engines: {same: {identity: {}}}
streams: {s: {from: tasks, steps: [translate: {to: [pt-BR, de], engine: same, glossary: {TAG: {contract: contrato}}}]}}
datasets: {d: {mix: {s: 1}}}
output: out
"""


@pytest.mark.parametrize(
    ("tag", "used"), [("pt", True), ("PT-br", True), ("de", True), ("pr", False), ("de-CH", False)]
)
def test_a_glossary_that_nothing_reads_is_warned_of(tmp_path: Path, tag: str, used: bool) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("TAG", tag), "utf-8")
    told = [each for each in load(str(tmp_path / "recipe.yaml"), {}, {}).warnings if "glossary" in each]
    assert [each.partition("recipe.yaml:")[2] for each in told] == [
        f"4: streams.s.steps[0].translate.glossary: {tag} is not used: `to` has no such language"
    ] * (not used)
