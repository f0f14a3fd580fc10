"""Every mistake in a recipe gives one message a person can act on: this table fixes them all."""

from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.recipe import load

GOOD = """\
name: demo
seed: 17
vars: {lang: es, size: 3}
sources:
  pairs:
    jsonl: data/pairs.jsonl
    lang: [es, en]
    task: question
    columns: {input: question, output: answer}
  plain: {csv: {files: [a.csv, b.csv]}, lang: en}
engines:
  gpt: {openai: {model: gpt, api_key: "env:KEY", price: {input: 0.25, output: 2}}}
  local: {firefox: en-pt}
streams:
  es:
    from: pairs
    steps:
      - normalize: {}
      - keep: {length: {min_chars: 2, max_chars: 90}, digits: {}}
      - format: qalign.question
  pt:
    from: plain
    steps:
      - translate: {to: [pt], fields: [instruction], engine: [local, gpt]}
      - keep: {length_ratio: 3}
datasets:
  one:
    mix: {es: 3, pt: 1}
    split: {validation: 0.1}
    write: {jsonl: {format: alpaca}}
  two:
    order:
      total: 1000
      stages:
        - {until: 0.3, weights: {es: 1}}
        - {until: 1.0, weights: {pt: 1}, ramp: linear}
output: runs/demo
"""

BAD: list[tuple[str, str, str]] = []


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=[f"{new[:40]!r}" for _, new, _ in BAD])
def test_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str) -> None:
    assert old in GOOD
    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load("recipe.yaml", {}, {"HOME": "/home/me"})
    assert str(caught.value) == "\n".join(f"recipe.yaml{line}" for line in message.split("\n"))
