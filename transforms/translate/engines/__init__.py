"""Engines: what translates segments, one file each, and the protocol that they follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from transforms.translate.cutting import Unit

Kind = Literal["mt", "llm", "identity"]


class UnsupportedPair(ValueError):  # noqa: N818 - it names what was asked for; `check` reports it as a recipe's error
    """An engine can't translate between these two languages. The message names the engine and what it can do."""


class MissingExtra(ImportError):  # noqa: N818 - as above
    """An engine's library isn't installed. The message is one sentence with the install line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine made of one text.

    Attributes:
      text: the raw translation, placeholders in it; empty where it failed.
      failure: why there is none (`panic`, `too_long`, `refusal`, ...), or None. Reasons are counted: no data in them.
      input_tokens, output_tokens: usage as the engine reports it; 0 where it has no notion of it.
    """

    text: str
    failure: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0


class Engine(Protocol):
    """Translates segments. Engines are frozen dataclasses whose fields are a recipe's parameters.

    An engine holds no model: that is loaded where it runs, by a cached function of its module.

    Attributes:
      kind: `mt`, `llm`, or `identity`, which may give its input back. With the engine's name in the recipe it is the
        `origin` of what it translates.
      unit: whether it is best asked line by line or for a whole field.
      placeholders: the forms (`X{}X`) in which it is asked, in order of trial.
      deterministic: whether the same text always has the same answer, so that asking again is pointless.
      batch: how many texts `translate` is given at once.
    """

    @property
    def kind(self) -> Kind: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def placeholders(self) -> tuple[str, ...]: ...
    @property
    def deterministic(self) -> bool: ...
    @property
    def batch(self) -> int: ...

    def groups(self, cores: int) -> int:
        """Return into how many groups a run's segments are divided, each served by one process."""
        ...

    def signature(self, source: str, target: str) -> str:
        """Return what the answers depend on (model's content, prompt, sampling), the same on any machine and path."""
        ...

    def check(self, source: str, target: str) -> None:
        """Raise UnsupportedPair, MissingExtra or FileNotFoundError where that can be known without loading a model."""
        ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Return an answer to each text. What fails for one text is that answer's failure, never an exception."""
        ...
