"""Collective steps: the protocol of steps that must see a stream's parts together before they decide about each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from transforms.steps import Outcome


@runtime_checkable
class Decision(Protocol):
    """What a collective step decided about one part."""

    def signature(self) -> bytes:
        """Return a hash of the decision: a part that it was applied to is named by it."""
        ...

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Apply it to a batch whose first row is the part's row `first`."""
        ...


@dataclass(frozen=True)
class Context:
    """What the launcher tells every collective step.

    Attributes:
      stream: the stream that the step stands in.
      step: the step's name in it.
      work: the work folder.
      memory: the folder of the translation memory.
      buckets: into how many groups keys are divided; no result depends on it.
      answer_files: into how many files engines' answers are divided; no result depends on it.
      workers: how many workers there are, for steps that give each an equal part.
      order: each source's place in the recipe.
      engines: the recipe's engines by name.
      reports: PCollections of (kind, plain data) for the manifest, to which a step adds its own.
      asked: what steps that ask engines leave for the next, in order; each waits for the one before.
      plan: whether this is `langloom plan`: nothing is asked of engines.
      run: what tells this run from others in the same work folder; empty where nothing does (a template's runs).
      seed: the recipe's, by which groups fall on the sides of splits.
      splits: the shares of the splits other than `train` of the datasets that have any.
    """

    stream: str
    step: str
    work: str
    memory: str
    buckets: int
    answer_files: int
    workers: int
    order: Mapping[str, int]
    engines: Mapping[str, Any]
    reports: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    plan: bool = False
    run: str = ""
    seed: int = 0
    splits: tuple[tuple[float, ...], ...] = ()


@runtime_checkable
class Collective(Protocol):
    """A step that must see a stream's parts together: it gathers keys, and decides about each part."""

    def decide(self, parts: Any, context: Context) -> Any:
        """Return a PCollection with a pair (part, decision) for each of the PCollection of parts."""
        ...
