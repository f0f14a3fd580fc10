"""From blocks and parts to parts: the one transform that the main graph is made of.

`Rest` takes what a stream's batches come from (a block of a source, or a part with what a collective step decided about
it), carries every batch through the steps that follow, and writes the result as one part. What crosses the shuffles
between two of them is keys and decisions, never rows.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import apache_beam as beam
import pyarrow as pa

from transforms.example import digest
from transforms.parts import Part, Piece, make_parts
from transforms.steps import Count, Expand, Keep, Outcome, Rewrite, carry, count_on_runner
from transforms.third_parties import naming_third_parties

Carrier = Keep | Rewrite | Expand


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


class BatchSource(Protocol):
    """What `Rest` needs of a source: examples in batches."""

    name: str

    def read(self, block: Any, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]: ...


@dataclass(frozen=True)
class Stage:
    """The steps of a stream from one place where rows come to rest to the next.

    Attributes:
      work: the work folder.
      stream: the stream's name.
      number: the stage's place in the stream, from 0.
      carriers: the per-batch steps.
      decided: the name of the collective step whose decision is applied first, or empty.
      source: the source that is read, or None where parts come in.
      signature: hash of the steps, of the files they name, and of the code.
    """

    work: str
    stream: str
    number: int
    carriers: tuple[Carrier, ...]
    decided: str
    source: BatchSource | None
    signature: bytes

    @property
    def label(self) -> str:
        """Return the beginning of its parts' file names."""
        origin = f"-{self.source.name}" if self.source else ""
        return f"{self.stream}-{self.number}{origin}"

    def steps(self) -> list[str]:
        """Return the names under which this stage counts."""
        first = ["read"] if self.source else [self.decided] if self.decided else []
        return first + [carrier.name for carrier in self.carriers]


class Rest(beam.PTransform):
    """Carries what comes in through a stage's steps; each element becomes a part (several if large).

    Elements are `(block, None)`, or `(part, decision)` with None for no decision.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def expand(self, pcoll: Any) -> Any:
        return pcoll | "Rest" >> beam.ParDo(_Rest(self._stage))


class _Rest(beam.DoFn):
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def process(self, element: tuple[Any, Decision | None]) -> Iterator[Part]:
        stage, (origin, decision) = self._stage, element
        before = origin.identity if stage.source else origin.name
        name = digest(stage.label, before, decision.signature() if decision else b"", stage.signature).hex()
        lineage = f"{stage.source.name if stage.source else origin.lineage}>{stage.stream}"
        pieces = self._read(origin) if stage.source else self._decide(origin, decision)
        for part in make_parts(stage.work, stage.stream, stage.label, name, lineage, stage.steps(), pieces):
            for count in part.counts:
                count_on_runner(stage.stream, count)
            yield part

    def _read(self, block: Any) -> Iterator[Piece]:
        source = self._stage.source
        assert source is not None
        for batch, refused in source.read(block, self._stage.stream):
            reasons = refused.column("reason").to_pylist() if refused is not None else []
            read = Count("read", batch.num_rows + len(reasons), batch.num_rows, Counter(reasons))
            yield self._carry(Outcome(batch, refused, read))

    def _decide(self, part: Part, decision: Decision | None) -> Iterator[Piece]:
        first = 0
        for batch in part.batches():
            if decision is None:
                left, rejects, counts = carry(self._stage.carriers, batch)
                yield left, rejects, counts
            else:
                with naming_third_parties(decision):
                    outcome = decision.apply(batch, first)
                yield self._carry(outcome)
            first += batch.num_rows

    def _carry(self, outcome: Outcome) -> Piece:
        left, rejects, counts = carry(self._stage.carriers, outcome.batch)
        before = [outcome.rejects] if outcome.rejects is not None else []
        return left, [*before, *rejects], [outcome.count, *counts]
