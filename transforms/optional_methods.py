"""What a class that a recipe names may have beyond the methods of its kind: protocols, asked for where they matter.

Beside these, the class attribute `shorthand` names the field that a scalar or list in the recipe stands for.
"""

from collections.abc import Mapping
from typing import Any, Protocol, Self, runtime_checkable


@runtime_checkable
class Resolvable(Protocol):
    """Of any kind: some of its parameters name files."""

    def resolved(self, base: str) -> Self:
        """Return the same with its files found or read, relative ones from a folder; OSError or ValueError if not."""
        ...


@runtime_checkable
class HasContent(Protocol):
    """A rule or step that depends on more than its parameters and code, such as files or a model."""

    def content(self) -> Any:
        """Return what tells it from another of the same parameters, as plain data: runs and parts are signed by it."""
        ...


@runtime_checkable
class Pinnable(Protocol):
    """A rule whose parameters name what may change at a Hub."""

    def pinned(self) -> Self:
        """Return the same with commits in the names; TokenizerError where the Hub can't be asked."""
        ...


@runtime_checkable
class Unfoldable(Protocol):
    """A step that is carried out as several, which may be of several kinds."""

    def unfolded(self) -> dict[str, Any]:
        """Return these steps by the parameter that each is made of; '' for the step itself, that parameter None."""
        ...


@runtime_checkable
class Linkable(Protocol):
    """An engine that names another one."""

    @property
    def of(self) -> str: ...

    def linked(self, engines: Mapping[str, Any]) -> Self:
        """Return the engine with that one, of all that the recipe has by name; ValueError where it isn't there."""
        ...
