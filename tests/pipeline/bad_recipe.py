"""A recipe that is right, and how the tests of bad recipes spoil it: every mistake gives one message to act on."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.recipe import load

Mistake = tuple[str, str, str]
"""What is replaced in GOOD, by what, and what is said of it: a line is `:LINE: MESSAGE`, with the lines of GOOD."""

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

POINTS = b"language,pairs,score\nes,1000,40\nes,10000,50\nes,100000,60\npt2,10,5\npt2,20,4\npt2,40,3\nfew,1,1\n"

FILES = {"points.csv": POINTS, "bad.csv": POINTS.replace(b"es,10000,", b"es,-1,"), "latin.csv": POINTS + b"\xe9,1,1\n"}
"""What recipes find beside them."""


def names(mistakes: Sequence[Mistake]) -> list[str]:
    """Return what the tests of these mistakes are called."""
    return [f"{new[:40]!r}" for _, new, _ in mistakes]


def check(old: str, new: str, message: str) -> None:
    """Assert that the recipe in the current folder, spoilt by this mistake, is refused with just this message."""
    assert old in GOOD
    Path("recipe.yaml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError) as caught:
        load("recipe.yaml", {}, {"HOME": "/home/me"})
    assert str(caught.value) == "\n".join(f"recipe.yaml{line}" for line in message.split("\n"))
