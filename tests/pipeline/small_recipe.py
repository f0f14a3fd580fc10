"""The smallest recipe, and what tests change in it."""

from collections.abc import Callable

from pipeline.model import Recipe

Load = Callable[..., Recipe]
"""Loads the text of a recipe: the fixture `loaded`."""

SMALL = """\
sources:
  a: {jsonl: a.jsonl, lang: en, task: question}
  b: {hub: org/b, lang: en}
streams:
  s: {from: a}
  t: {from: b}
datasets:
  d: {}
output: out
"""


def changed(old: str, new: str, text: str = SMALL) -> str:
    """Return a recipe with one thing changed."""
    assert old in text
    return text.replace(old, new, 1)
