"""Stages: what stands between two places of the graph at which rows are files.

`RunStage` is the one transform that the main graph is made of. It takes what a stream's batches come from (a block of a
source, or a part with what a collective step decided about it), carries every batch through the steps that follow, and
writes the result as one part. What crosses the shuffles between two stages is keys and decisions, never rows.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import apache_beam as beam
import pyarrow as pa

from transforms.collective import Decision
from transforms.example import digest
from transforms.parts import Part, Piece, make_parts
from transforms.steps import Count, Expand, Keep, Outcome, Rewrite, carry, count_on_runner
from transforms.third_parties import naming_third_parties

Carrier = Keep | Rewrite | Expand


class BatchSource(Protocol):
    """What `RunStage` needs of a source: examples in batches."""

    name: str

    def read(self, block: Any, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]: ...


@dataclass(frozen=True)
class Stage:
    """The steps of a stream between two places at which its rows are files.

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


class RunStage(beam.PTransform):
    """Carries what comes in through a stage's steps; each element becomes a part (several if large).

    Elements are `(block, None)`, or `(part, decision)` with None for no decision.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    def expand(self, pcoll: Any) -> Any:
        return pcoll | "Run" >> beam.ParDo(_RunStage(self._stage))


class _RunStage(beam.DoFn):
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
