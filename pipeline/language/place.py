"""A value of a recipe together with where it stands, so that messages about the value can say where."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from pipeline.errors import RecipeError, value_at
from pipeline.language.document import Document
from transforms.key_path import KeyPath
from transforms.suggestions import unknown


@dataclass(frozen=True)
class Place:
    """A place in a recipe.

    Attributes:
      document: the recipe.
      path: the keys that lead to the place.
      value: what stands there; None where nothing does.
    """

    document: Document
    path: KeyPath
    value: Any

    @property
    def name(self) -> str:
        """Return the last key that leads here."""
        return str(self.path[-1])

    def at(self, *path: str | int) -> Self:
        """Return a place within this one, which may be empty."""
        value = self.value
        for step in path:
            if isinstance(value, Mapping):
                value = value.get(step)
            else:
                value = value[step] if isinstance(value, list) and isinstance(step, int) else None
        return replace(self, path=(*self.path, *path), value=value)

    def without(self, *keys: str) -> Self:
        """Return the place with a mapping that lacks these keys."""
        return replace(self, value={key: value for key, value in self.value.items() if key not in keys})

    def inner(self) -> Iterator[Self]:
        """Yield the places of what a mapping or a list holds; none of any other value."""
        keys: Iterable[Any] = ()
        if isinstance(self.value, Mapping):
            keys = self.value
        elif isinstance(self.value, list):
            keys = range(len(self.value))
        return map(self.at, keys)

    def error(self, message: str) -> RecipeError:
        """Return the error for the value."""
        return self.document.error(self.path, message)

    def expected(self, what: str, hint: str = "") -> RecipeError:
        """Return the error for a value that isn't what is wanted."""
        return self.error(f"expected {what}, got {self.shown}{hint}")

    def warn(self, message: str) -> None:
        """Note what is doubtful about the value."""
        self.document.warn(self.path, message)

    def check_keys(self, known: Iterable[str], what: str = "key") -> None:
        """Raise RecipeError for the first key of a mapping that isn't a known one."""
        for inner in self.inner() if isinstance(self.value, Mapping) else ():
            if inner.name not in known:
                raise inner.error(unknown(what, inner.name, known))

    @property
    def shown(self) -> str:
        """Return the value as messages show it."""
        return self.document.shown(self.value, self.path)

    def show_as(self, value: Any) -> None:
        """Have the recipe shown and signed with another value here."""
        value_at(self.document.masked, self.path[:-1])[self.name] = value

    @property
    def masked(self) -> Any:
        """Return the value as the recipe is shown and signed."""
        return value_at(self.document.masked, self.path)
