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

from transforms.code_signature import code_version, steps_signature
from transforms.collective import Collective, Decision
from transforms.deduplicate import Deduplicate
from transforms.dropping import Dropped
from transforms.example import digest, make_batch, replace_columns, texts
from transforms.normalize import Normalize
from transforms.parts import Part
from transforms.rules.length import Length
from transforms.stage import RunStage, Stage, _RunStage
from transforms.steps import Count, Keep, Outcome, Rewrite, Verdict, reject, sift
from transforms.third_parties import ThirdPartyError


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
        return replace_columns(batch, {"input": [f"{text}!" for text in texts(batch, "input")]})


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


def run(made: Stage, elements: list[Any]) -> list[Part]:
    """Carry elements through a stage, without Beam."""
    return [part for element in elements for part in _RunStage(made).process(element)]


def inputs(part: Part) -> list[str]:
    return [text for batch in part.batches() for text in texts(batch, "input")]


def test_blocks_become_parts(tmp_path: Path) -> None:
    parts = run(stage(tmp_path), [(block, None) for block in BLOCKS])
    assert [inputs(part) for part in parts] == [["a!", "bb!", "d!"], [], []]
    assert parts[0].counts == (
        Count("read", 5, 4, {"malformed": 1}),
        Count("exclaim", 4, 4),
        Count("keep", 4, 3, {"long": 1}),
    )
    rejects = pa.ipc.open_file(parts[0].rejects).read_all().to_pylist()
    assert [(row["step"], row["reason"], row["input"]) for row in rejects] == [
        ("read", "malformed", ""),
        ("keep", "long", "ccc!"),
    ]
    assert {part.lineage for part in parts} == {"src>es"}
    assert {part.label for part in parts} == {"es-0-src"}
    assert sorted(part.counts[0].entered for part in parts) == [0, 2, 5]


def test_blocks_become_parts_in_a_pipeline(tmp_path: Path) -> None:
    elements = [(block, None) for block in BLOCKS]
    expected = sorted(run(stage(tmp_path), elements), key=lambda part: part.name)

    def check(parts: list[Part]) -> None:
        assert sorted(parts, key=lambda part: part.name) == expected

    for path in tmp_path.rglob("*.arrow"):
        path.unlink()
    with Pipeline() as pipeline:
        assert_that(pipeline | beam.Create(elements) | RunStage(stage(tmp_path)), check)
    assert counters(pipeline) == {
        "read/in": 7,
        "read/out": 4,
        "read/malformed": 3,
        "exclaim/in": 4,
        "exclaim/out": 4,
        "keep/in": 4,
        "keep/out": 3,
        "keep/long": 1,
    }


def counters(pipeline: Any) -> dict[str, int]:
    """Return what the runner itself counted of the stream, by step and reason."""
    counted = pipeline.result.metrics().query()["counters"]
    return {one.key.metric.name: one.committed for one in counted if one.key.metric.namespace == "es"}


def test_parts_become_parts_of_the_next_stage(tmp_path: Path) -> None:
    parts = run(stage(tmp_path), [(block, None) for block in BLOCKS])
    following = stage(tmp_path, stream="both", number=1, carriers=CARRIERS[1:], source=None)
    (later, *_) = run(following, [(part, None) for part in parts])
    assert inputs(later) == ["a!", "bb!", "d!"]
    assert later.counts == (Count("keep", 3, 3),)
    assert (later.lineage, later.label) == ("src>es>both", "both-1")


def test_a_decision_is_applied_first_and_to_the_right_rows(tmp_path: Path) -> None:
    parts = run(stage(tmp_path), [(block, None) for block in BLOCKS])
    following = stage(tmp_path, number=1, carriers=CARRIERS[1:], source=None, decided="odd")
    (later, *_) = run(following, [(part, Odd()) for part in parts])
    assert inputs(later) == ["a!", "d!"]
    assert later.counts == (Count("odd", 3, 2, {"odd": 1}), Count("keep", 2, 2))


def test_a_part_that_was_made_is_not_made_again(tmp_path: Path) -> None:
    first = run(stage(tmp_path), [(BLOCKS[0], None)])
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.arrow")}
    changed = Block(BLOCKS[0].identity, ("other",))
    assert run(stage(tmp_path), [(changed, None)]) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.arrow")} == times


@pytest.mark.parametrize(
    "changes", [{"signature": b"other"}, {"stream": "pt"}, {"number": 1}], ids=["signature", "stream", "number"]
)
def test_parts_of_other_stages_have_other_names(changes: dict[str, Any], tmp_path: Path) -> None:
    # Part names are keys: two streams that do the same to one source may meet in a union.
    (part,) = run(stage(tmp_path), [(BLOCKS[0], None)])
    follow = stage(tmp_path, source=None, carriers=())
    (one,), (two,) = run(follow, [(part, None)]), run(dataclasses.replace(follow, **changes), [(part, None)])
    assert one.name != two.name


def test_a_part_is_named_by_what_was_decided(tmp_path: Path) -> None:
    (part,) = run(stage(tmp_path), [(BLOCKS[0], None)])
    decisions = [Dropped("es", "d", ("x",), b""), Dropped("es", "d", ("x",), b"\0" * 21)]
    following = stage(tmp_path, number=1, carriers=(), source=None, decided="d")
    one, two = (run(following, [(part, decision)])[0] for decision in decisions)
    assert (one.rows, two.rows) == (3, 2)
    assert one.name != two.name


def test_what_a_stage_counts() -> None:
    made = stage(Path("w"))
    assert made.steps() == ["read", "exclaim", "keep"]
    assert dataclasses.replace(made, source=None).steps() == ["exclaim", "keep"]
    assert dataclasses.replace(made, source=None, decided="deduplicate").steps() == ["deduplicate", "exclaim", "keep"]


def test_protocols() -> None:
    assert isinstance(Odd(), Decision)
    assert isinstance(Deduplicate(), Collective)


@dataclass(frozen=True)
class Modelled(Short):
    """A rule with a model."""

    model: ClassVar[str] = "1"

    def content(self) -> str:
        return self.model


def test_a_signature_covers_names_parameters_order_and_models(monkeypatch: pytest.MonkeyPatch) -> None:
    short, long = Length(min_chars=1), Length(min_chars=2)
    described = [
        [],
        [("normalize", Normalize())],
        [("normalize-2", Normalize())],
        [("normalize", Normalize(spaces=True))],
        [("keep", {"length": short})],
        [("keep", {"length": long})],
        [("keep", {"length": short, "short": Short()})],
        [("keep", {"short": Short(), "length": short})],
        [("keep", {"short": Modelled()})],
    ]
    signatures = [steps_signature(steps) for steps in described]
    assert len(set(signatures)) == len(described)
    assert [steps_signature(steps) for steps in described] == signatures
    monkeypatch.setattr(Modelled, "model", "2")
    assert steps_signature(described[-1]) != signatures[-1]


def test_the_code_has_a_version() -> None:
    assert len(code_version()) == 32


@dataclass(frozen=True)
class Broken(Odd):
    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        raise LookupError("nothing there")


def test_a_decision_of_another_package_that_fails_is_named(tmp_path: Path) -> None:
    (part,) = run(stage(tmp_path), [(BLOCKS[0], None)])
    second = stage(tmp_path, number=1, carriers=CARRIERS[1:], source=None, decided="odd")
    with pytest.raises(ThirdPartyError, match="Broken, of another package, failed: LookupError: nothing there"):
        run(second, [(part, Broken())])
