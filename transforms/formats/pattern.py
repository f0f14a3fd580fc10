"""Patterns: text with named placeholders, filled in for a whole batch at once.

The syntax is that of `str.format` with bare names only: `{input}` is a placeholder, `{{` and `}}` are literal braces.
Filling in is a single pass: what the data holds is never read as a pattern.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import Formatter

import pyarrow as pa
import pyarrow.compute as pc

from transforms.suggestions import unknown


@dataclass(frozen=True)
class Pattern:
    """A text with placeholders.

    Attributes:
      pieces: literal text, each with the name of the placeholder that follows it (empty at the end).
    """

    pieces: tuple[tuple[str, str], ...]

    @property
    def names(self) -> frozenset[str]:
        """The placeholders it holds."""
        return frozenset(name for _, name in self.pieces if name)

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text with each placeholder replaced by its value."""
        return "".join(literal + (values[name] if name else "") for literal, name in self.pieces)

    def fill_column(self, columns: Mapping[str, pa.Array], rows: int) -> pa.Array:
        """Return one text a row; a pattern that is a single placeholder gives the column itself."""
        if not self.names:
            return pa.repeat(pa.scalar(self.fill({})), rows)
        parts = []
        for literal, name in self.pieces:
            parts += [pa.scalar(literal)] if literal else []
            parts += [columns[name]] if name else []
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "")


def parse(text: str, known: Collection[str]) -> Pattern:
    """Read a pattern; ValueError where a brace stands alone, or a placeholder is not a bare known name."""
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{error} in {text!r}: write {{{{ and }}}} for literal braces") from None
    read = []
    for literal, name, spec, conversion in pieces:
        if name is not None and (name not in known or spec or conversion):
            shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            raise ValueError(f"{text!r}: {unknown('placeholder', shown, known)}")
        read.append((literal, name or ""))
    return Pattern(tuple(read))
