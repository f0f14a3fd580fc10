import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that

from transforms.collective import Collective, Decision, Rest, Stage, code_version, steps_signature
from transforms.deduplicate import Deduplicate, Dropped
from transforms.example import digest, make_batch, replace, texts
from transforms.normalize import Normalize
from transforms.parts import Part
from transforms.rules.length import Length
from transforms.steps import Count, Keep, Outcome, Rewrite, Verdict, reject, sift


@dataclass(frozen=True)
class Block:
    identity: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Reads the inputs of a block, two in a batch; an empty one is malformed."""

    name: str = "src"

    def read(self, block: Block, stream: str) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch | None]]:
        for at in range(0, len(block.inputs), 2):
            some = block.inputs[at : at + 2]
            good, bad = [text for text in some if text], [text for text in some if not text]
            rejects = reject(batch_of(*bad), stream, "read", ["malformed"] * len(bad), None) if bad else None
            yield batch_of(*good), rejects


@dataclass(frozen=True)
class Exclaim:
    """Adds a mark."""

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return replace(batch, {"input": [f"{text}!" for text in texts(batch, "input")]})


@dataclass(frozen=True)
class Short:
    """Rejects inputs of more than three characters."""

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        return Verdict(["long" if len(text) > 3 else None for text in texts(batch, "input")])


@dataclass(frozen=True)
class Odd:
    """Rejects the rows of a part that have odd numbers."""

    def signature(self) -> bytes:
        return b"odd"

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        reasons = ["odd" if (first + at) % 2 else None for at in range(batch.num_rows)]
        return sift(batch, "es", "odd", reasons, None)


def batch_of(*inputs: str) -> pa.RecordBatch:
    return make_batch(len(inputs), {"id": [digest(text).hex() for text in inputs], "input": list(inputs)})


CARRIERS = (Rewrite(Exclaim(), "exclaim", "es"), Keep({"short": Short()}, "keep", "es"))
BLOCKS = [Block("1", ("a", "bb", "", "ccc", "d")), Block("2", ()), Block("3", ("", ""))]


def stage(work: Path, **changes: Any) -> Stage:
    first = Stage(str(work), "es", 0, CARRIERS, "", Source(), b"signature")
    return dataclasses.replace(first, **changes)


def rest(made: Stage, elements: list[Any]) -> dict[str, Part]:
    """Carry elements through a stage on a runner; return the parts by their rows."""
    found: list[Part] = []

    def take(parts: list[Part]) -> None:
        Path(made.work, "found").write_text("\n".join(part.path for part in parts))

    with Pipeline() as pipeline:
        assert_that(pipeline | beam.Create(elements) | Rest(made), take)
    for number in range(3):
        found += []
    return {}


def inputs(part: Part) -> list[str]:
    return [text for batch in part.batches() for text in texts(batch, "input")]
