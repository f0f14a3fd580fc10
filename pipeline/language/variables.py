"""`${name}` in a recipe's scalars.

A setting (`--set`) beats `vars`, which beat the environment. Values in `vars` may use other variables; settings and the
environment are taken as they are. `$${` stands for `${`. A variable that is a list stands for a whole value, and is no
part of a text (`pipeline/language/declared.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from transforms.suggestions import did_you_mean

USE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<broken>\$\{[^}]{0,40}\}?)")
MASK = "***"
MAX_LENGTH = 64_000
MAX_DEPTH = 50


class VariableError(ValueError):
    """A `${...}` that is malformed, unset, or defined by itself."""


@dataclass(frozen=True)
class Variables:
    """The variables of one recipe.

    Attributes:
      settings: what the command line sets.
      declared: what the recipe's `vars` say, as text.
      environ: the environment.
      lists: the names of variables that are lists, and so can't be part of a text.
    """

    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    declared: Mapping[str, str] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    lists: frozenset[str] = frozenset()
    _found: dict[tuple[str, bool], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def substitute(self, text: str, masked: bool = False) -> str:
        """Return the text with each `${name}` replaced by its value; masked: with `***` for secrets.

        VariableError where that can't be done.
        """
        return self._substitute(text, masked, ())

    def value(self, name: str, masked: bool = False) -> str:
        """Return a variable's value; VariableError where it has none."""
        return self._value(name, masked, ())

    def _substitute(self, text: str, masked: bool, within: tuple[str, ...]) -> str:
        pieces, end, length = [], 0, 0
        for match in USE.finditer(text):
            if match["broken"] is not None:
                raise VariableError(f"{match['broken']!r} is no variable; write ${{name}}, or $${{ for the characters")
            pieces += [text[end : match.start()], self._value(match["name"], masked, within) if match["name"] else "${"]
            end = match.end()
            length += len(pieces[-1])
            if length > MAX_LENGTH:
                raise VariableError(f"variables make this text longer than {MAX_LENGTH} characters")
        return "".join([*pieces, text[end:]])

    def _value(self, name: str, masked: bool, within: tuple[str, ...]) -> str:
        if name in within:
            cycle = " -> ".join((*within[within.index(name) :], name))
            raise VariableError(f"the variable {name!r} is defined by itself: {cycle}")
        if len(within) == MAX_DEPTH:
            raise VariableError(f"the variable {within[0]!r} is defined through more than {MAX_DEPTH} others")
        if (name, masked) not in self._found:
            self._found[name, masked] = self._look_up(name, masked, within)
        return self._found[name, masked]

    def _look_up(self, name: str, masked: bool, within: tuple[str, ...]) -> str:
        if name in self.lists:
            raise VariableError(f"the variable {name!r} is a list: a whole value, no part of a text or of another list")
        places = [place for place in (self.settings, self.declared, self.environ) if name in place]
        if not places:
            hint = did_you_mean(name, [*self.settings, *self.declared, *self.environ])
            raise VariableError(f"the variable {name!r} is not set by --set, vars or the environment{hint}")
        if masked and is_secret(name):
            return MASK
        text = places[0][name]
        return self._substitute(text, masked, (*within, name)) if places[0] is self.declared else text


def used(text: str) -> set[str]:
    """Return the names of the variables that a text uses."""
    return {match["name"] for match in USE.finditer(text) if match["name"]}


def whole(text: str) -> str:
    """Return the name in a text that is one `${name}` and nothing else; empty for any other text."""
    match = USE.fullmatch(text)
    return (match["name"] or "") if match else ""


def scrub(data: Any, secrets: Sequence[str]) -> Any:
    """Return a text, or plain data, with `***` for every secret in it; keys are names, and stay."""
    if isinstance(data, str):
        for secret in secrets:
            data = data.replace(secret, MASK)
        return data
    if isinstance(data, dict):
        return {name: scrub(value, secrets) for name, value in data.items()}
    return [scrub(value, secrets) for value in data] if isinstance(data, list) else data


def is_secret(name: str) -> bool:
    """Tell whether a name says that its value must not be shown: it ends in `key`, `token` or `secret`."""
    return name.casefold().endswith(("key", "token", "secret"))
