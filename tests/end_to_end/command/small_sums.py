"""A small recipe with its sources, how tests change them, and what the command says of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

RECIPE = """\
name: small
vars: {total: 20}
sources:
  sums: {jsonl: "sums-*.jsonl", lang: en}
streams:
  all:
    from: sums
    steps:
      - keep: {length: {min_chars: 2}}
datasets:
  one:
    mix: {all: 1}
    total: ${total}
    write: {jsonl: alpaca}
output: out
"""


class Said(NamedTuple):
    status: int
    out: str
    err: str


Say = Callable[..., Said]
"""Runs the command with the words given."""

Act = Callable[[Path], None]
"""Changes something in the folder of the recipe."""


def write_inputs(folder: Path) -> None:
    """Write the recipe and its sources."""
    (folder / "recipe.yaml").write_text(RECIPE)
    for file in (1, 2):
        lines = [
            json.dumps({"instruction": f"What is {file} + {at}?", "output": f"It is {file + at}"}) for at in range(15)
        ]
        (folder / f"sums-{file}.jsonl").write_text("\n".join(lines))


def change(name: str, old: str, new: str) -> Act:
    def act(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return act


def write(name: str, content: str) -> Act:
    def act(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    return act
