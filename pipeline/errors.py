"""What is wrong, told so that a person can put it right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transforms.key_path import KeyPath
from transforms.suggestions import shortened


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a message, and where the recipe says it.

    Attributes:
      message: what is wrong, with the value and what is allowed.
      file: the recipe.
      line: the line, from 1; 0 where no line is to blame.
      path: the keys that lead to it.
    """

    message: str
    file: str
    line: int = 0
    path: KeyPath = ()

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (where, format_path(self.path), self.message) if part)


class RecipeError(Exception):
    """A recipe, or a setting given for it, is wrong: exit status 2, and no traceback.

    `problems` holds each thing that is wrong; the text has a line for each.
    """

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RunnerError(Exception):
    """A runner can't be used as it is set up here: what is missing, and what to do (status 2)."""


class ExchangeError(Exception):
    """A memory can't be imported or exported as asked (status 2)."""


class RunError(Exception):
    """The run failed, with a reason that a person can act on (status 1)."""


def format_path(path: KeyPath) -> str:
    """Return a path as people write it: `streams.es.steps[1].keep`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{shortened(step)}" if text else shortened(step)
    return text


def value_at(data: Any, path: KeyPath) -> Any:
    """Return the value in plain data that a path leads to."""
    for step in path:
        data = data[step]
    return data
