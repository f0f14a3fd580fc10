"""What all formats have in common: a reader divides its source into blocks, and reads one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from transforms.example import CONTENT
from transforms.read.block import Block, Rows
from transforms.read.files import resolve

ABOUT = ("input_lang", "output_lang", "origin", "template", "license")
"""Columns that tell of an example what the recipe may tell of all."""

OWN_NAMES: Mapping[str, str] = {name: name for name in (*CONTENT, *ABOUT)}
"""The columns that are read where the recipe maps nothing: those that bear the schema's names.

Not `group`, `task`, `scores` and `meta`: what they are where nothing is mapped is defined otherwise.
"""


class Reader:
    """Reads one format. Readers are frozen dataclasses whose fields are the format's parameters in a recipe.

    The launcher calls `resolved` and `blocks`; workers call `read`. What is wrong with a whole source is a SourceError;
    what is wrong with one row is a `Bad` in that row's place.
    """

    shorthand: ClassVar[str] = "path"
    """The field that a scalar or list in the recipe stands for."""

    own_columns: ClassVar[Mapping[str, str]] = OWN_NAMES
    """The schema's columns, and the raw columns that become them where the recipe doesn't say."""

    def lang(self) -> str | tuple[str, str]:
        """Return the languages that the format itself tells, or nothing."""
        return ""

    def resolved(self, base: str) -> Self:
        """Return the reader with relative paths (the field `path`, if it has one) taken from the folder `base`."""
        path: Any = vars(self).get("path")
        return replace(self, path=resolve(base, path)) if path else self  # type: ignore[type-var]

    def named(self) -> str:
        """Return the files that the recipe names, for a message."""
        path: Any = vars(self).get("path", "")
        return path if isinstance(path, str) else ", ".join(map(str, path))

    def parameters(self) -> dict[str, Any]:
        """Return the fields that shape the rows; where the files lie doesn't."""
        return {name: value for name, value in sorted(vars(self).items()) if name != "path"}

    def blocks(self) -> list[Block]:
        """Return the source's blocks in their order."""
        raise NotImplementedError

    def read(self, block: Block) -> Iterator[Rows]:
        """Yield all the rows of a block, whatever its `rows` says."""
        raise NotImplementedError

    def count(self, block: Block, enough: int) -> int:
        """Return how many rows the block holds; counting may stop once there are `enough`."""
        return added_up((len(rows.items) for rows in self.read(block)), enough)


def repeated(names: Sequence[str]) -> str | None:
    """Return the first name that stands there again; None where each is another."""
    return next((name for at, name in enumerate(names) if name in names[:at]), None)


def added_up(numbers: Iterable[int], enough: int) -> int:
    """Return the sum of numbers, of which no more are taken once there are `enough`."""
    total = 0
    for number in numbers:
        total += number
        if total >= enough:
            break
    return total
