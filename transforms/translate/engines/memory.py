"""The engine that only remembers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, Kind
from transforms.translate.entries import HUMAN


@dataclass(frozen=True)
class OnlyMemory:
    """Has the translations that the memory holds, and asks nobody: to make a dataset again without its endpoint or key.

    Parameters:
      of: the engine of the recipe whose translations it has; none for those of people alone.
      unit: what a segment is, where `of` is none.

    People's translations go first, as always. What the memory lacks fails as `not_in_memory`.
    """

    of: str = ""
    unit: Unit = "line"
    engine: Any = field(default=None, init=False)

    kind: ClassVar[Kind] = "mt"
    deterministic: ClassVar[bool] = True
    batch: ClassVar[int] = 4096

    def linked(self, engines: Mapping[str, Any]) -> Self:
        """Return the engine with the one that `of` names; ValueError where there is none, or it only remembers too."""
        if not self.of:
            return self
        if self.of not in engines or isinstance(engines[self.of], OnlyMemory):
            there = ", ".join(name for name, one in engines.items() if not isinstance(one, OnlyMemory)) or "none"
            raise ValueError(f"of is {self.of!r}: it must be an engine that translates; there are {there}")
        made = replace(self, unit=engines[self.of].unit)
        object.__setattr__(made, "engine", engines[self.of])  # no parameter of its own: the recipe can't set it
        return made

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The forms in which the other engine is asked."""
        return tuple(self.engine.placeholders) if self.engine else ("X{}X",)

    @property
    def longest(self) -> int:
        """The most characters of a segment: those of the other engine."""
        return int(getattr(self.engine, "longest", 0)) if self.engine else 0

    def groups(self, cores: int) -> int:
        """Return 1."""
        return 1

    def signature_of(self, source: str, target: str) -> str:
        """Return the other engine's, or that of people."""
        return str(self.engine.signature_of(source, target)) if self.engine else HUMAN

    def check(self, source: str, target: str) -> None:
        """Accept any pair: what is there shows in the memory."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Fail: what the memory holds is never asked for."""
        return [Answer("", "not_in_memory")] * len(texts)
