"""The step `translate` through a pipeline, with parts, a memory and an engine that shouts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from translatable_rows import rows

from pipeline.runners.local import local_runner
from transforms.collective import Context
from transforms.parts import Part, make_parts
from transforms.translate.engines import Answer, UnsupportedPair
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory
from transforms.translate.step import Translate

ASKED: list[str] = []
SEEN: dict[str, list[Any]] = {}
"""What came out of a pipeline; functions of this module add to it, since closures are copied on their way into one."""


def see(value: Any, name: str) -> None:
    SEEN.setdefault(name, []).append(value)


@dataclass(frozen=True)
class Shouting:
    """Translates by upper case; forgets placeholders in texts that say so, and fails on others."""

    loud: bool = True
    kind: ClassVar[str] = "mt"
    unit: ClassVar[str] = "line"
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X",)
    deterministic: ClassVar[bool] = True
    batch: ClassVar[int] = 3

    def groups(self, cores: int) -> int:
        return cores

    def signature_of(self, source: str, target: str) -> str:
        return "shouting" if self.loud else "murmuring"

    def check(self, source: str, target: str) -> None:
        if target == "xx":
            raise UnsupportedPair("shouting knows no xx")

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        ASKED.extend(texts)
        return [self._answer(text, target) for text in texts]

    def _answer(self, text: str, target: str) -> Answer:
        if "refuse" in text and self.loud:
            return Answer("", "refusal")
        if "forget" in text:
            return Answer("nothing is left")
        return Answer(f"{target.upper()}: {text.upper()}", None, len(text), 1)


def part(work: Path, name: str, batch: Any) -> Part:
    (made,) = make_parts(str(work), "s", "s-0", name, "src>s", [], [([batch], [], [])])
    return made


def decided(step: Translate, parts: list[Part], work: Path, engines: dict[str, Any]) -> list[tuple[Part, Any]]:
    """Decide about parts in a pipeline."""
    SEEN.clear()
    context = Context("s", "translate", str(work), str(work / "memory"), 16, 16, 2, {"src": 0}, engines)
    options = PipelineOptions(["--runner=FnApiRunner"])
    with beam.Pipeline(local_runner(options), options=options) as pipeline:
        _ = step.decide(pipeline | beam.Create(parts), context) | "See" >> beam.Map(see, "decisions")
        _ = context.reports[0] | "Tell" >> beam.Map(see, "reports")
    return SEEN["decisions"]


def run(step: Translate, parts: list[Part], work: Path, engines: dict[str, Any]) -> list[Any]:
    """Decide about parts and apply it; return all rows, translated and rejected, by id."""
    found = []
    for origin, decision in decided(step, parts, work, engines):
        for batch in origin.batches():
            outcome = decision.apply(batch, 0)
            found += outcome.batch.to_pylist()
            found += outcome.rejects.to_pylist() if outcome.rejects else []
    return sorted(found, key=lambda row: row["id"])


@pytest.fixture
def two_parts(tmp_path: Path) -> list[Part]:
    ASKED.clear()
    one = rows({"instruction": "Hello there"}, {"instruction": "Keep {name} please"}, {"instruction": "Hello there"})
    other = rows({"instruction": "Hello there", "output": "I refuse this"}, {"instruction": "You forget {name} now"})
    return [part(tmp_path, "a" * 32, one), part(tmp_path, "b" * 32, other)]


def test_equal_segments_are_asked_once_in_a_run_and_never_again(two_parts: list[Part], tmp_path: Path) -> None:
    step = Translate(("pt",), ("first",))
    made = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert sorted(ASKED) == ["Hello there", "I refuse this", "Keep X0X please", "You forget X0X now"]
    texts = sorted(row["instruction"] for row in made if "reason" not in row)
    assert texts == ["PT: HELLO THERE", "PT: HELLO THERE", "PT: KEEP {name} PLEASE"]
    assert sorted(row["reason"] for row in made if "reason" in row) == ["placeholder_lost", "refusal"]
    usage = [report[1]["first"]["pt"] for report in SEEN["reports"]]
    assert sum(each["asked"] for each in usage) == 4
    assert sum(each["segments"] for each in usage) == 6
    assert sum(each["failed"] for each in usage) == 2
    ASKED.clear()
    again = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert again == made
    assert sorted(ASKED) == ["I refuse this", "You forget X0X now"]  # what failed is never remembered


def test_what_one_engine_can_not_do_goes_to_the_next(two_parts: list[Part], tmp_path: Path) -> None:
    engines = {"first": Shouting(), "second": Shouting(loud=False)}
    made = run(Translate(("pt",), ("first", "second")), two_parts, tmp_path, engines)
    refused = next(row for row in made if row["output"].startswith("PT"))
    assert (refused["output"], refused["origin"]) == ("PT: I REFUSE THIS", "mt:first+mt:second")


def test_a_language_that_no_engine_knows_rejects_without_asking(two_parts: list[Part], tmp_path: Path) -> None:
    made = run(Translate(("xx",), "first"), two_parts, tmp_path, {"first": Shouting()})
    assert {row["reason"] for row in made} == {"unsupported_pair"}
    assert ASKED == []


def test_what_people_translated_goes_first_and_makes_another_part(two_parts: list[Part], tmp_path: Path) -> None:
    step, memory = Translate(("pt",), "first"), Memory(str(tmp_path / "memory"))

    def signatures() -> set[bytes]:
        return {decision.signature() for _, decision in decided(step, two_parts, tmp_path, {"first": Shouting()})}

    before = signatures()
    assert signatures() == before  # so that a run which was killed finds its parts
    with memory.journal() as journal:
        journal.append([Entry("en", "pt", "Hello there", "Oi", "human", "human")])
    assert signatures().isdisjoint(before)
    made = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert sorted(row["instruction"] for row in made if row["origin"] == "human" and "reason" not in row) == [
        "Oi",
        "Oi",
    ]
