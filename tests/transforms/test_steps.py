import pickle
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given
from hypothesis import strategies as st

from transforms import example
from transforms.example import SCHEMA, BatchCoder, derived_id, digest, make_batch, replace_columns, texts
from transforms.steps import (
    REJECTED,
    Count,
    Expand,
    Expander,
    Keep,
    Rewrite,
    Rewriter,
    Rule,
    Verdict,
    carry,
    reject,
    sift,
)
from transforms.third_parties import ThirdPartyError


@dataclass(frozen=True)
class Longer:
    """Rejects inputs longer than so many characters, and scores their length."""

    most: int

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        lengths = [len(text) for text in texts(batch, "input")]
        reasons = ["longer" if length > self.most else None for length in lengths]
        return Verdict(reasons, [f"{length} characters" for length in lengths], {"length": lengths})


@dataclass(frozen=True)
class Banned:
    """Rejects inputs that hold a word."""

    word: str

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        return Verdict([f"banned:{self.word}" if self.word in text else None for text in texts(batch, "input")])


@dataclass(frozen=True)
class Upper:
    """Puts inputs in capitals."""

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return replace_columns(batch, {"input": [text.upper() for text in texts(batch, "input")]})


@dataclass(frozen=True)
class Drop:
    """Is no rewriter: it loses a row."""

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.slice(1)


class DropAndRefuse(Drop):
    """The same, after it has refused a row."""

    def refuse(self, batch: pa.RecordBatch) -> Verdict:
        return Verdict(["refused" if text == "refused" else None for text in texts(batch, "input")])


@dataclass(frozen=True)
class Letters:
    """Makes an example of each letter of the input."""

    def expand(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Sequence[int], Sequence[str]]:
        found = [(at, number, c) for at, text in enumerate(texts(batch, "input")) for number, c in enumerate(text)]
        parents = [at for at, _, _ in found]
        out = replace_columns(batch.take(pa.array(parents, pa.int64())), {"input": [c for _, _, c in found]})
        return out, parents, [str(number) for _, number, _ in found]


def batch_of(*inputs: str) -> pa.RecordBatch:
    ids = [digest(text).hex() for text in inputs]
    return make_batch(len(inputs), {"id": ids, "group": [f"g{each}" for each in ids], "input": list(inputs)})


EMPTY = make_batch(0, {})
KEEP = Keep({"longer": Longer(4), "banned": Banned("x")}, "keep", "es")


def test_steps_are_known_by_what_they_do() -> None:
    assert isinstance(Longer(1), Rule)
    assert isinstance(Upper(), Rewriter)
    assert isinstance(Letters(), Expander)
    assert not isinstance(Upper(), Rule)


def test_the_first_rule_that_objects_gives_the_reason() -> None:
    outcome = KEEP.apply(batch_of("a", "xxxxxx", "bx", "cccccc", "d"))
    assert texts(outcome.batch, "input") == ["a", "d"]
    assert outcome.rejects is not None
    assert outcome.rejects.schema == REJECTED
    found = [
        tuple(row[name] for name in ("input", "stream", "step", "reason", "detail"))
        for row in outcome.rejects.to_pylist()
    ]
    assert found == [
        ("xxxxxx", "es", "keep", "longer", "6 characters"),
        ("cccccc", "es", "keep", "longer", "6 characters"),
        ("bx", "es", "keep", "banned:x", ""),
    ]
    assert outcome.count == Count("keep", 5, 2, {"longer": 2, "banned:x": 1})


def test_the_order_of_rules_decides() -> None:
    turned = Keep({"banned": Banned("x"), "longer": Longer(4)}, "keep", "es").apply(batch_of("xxxxxx"))
    assert turned.count.rejected == {"banned:x": 1}


def test_a_rule_sees_only_what_those_before_kept() -> None:
    seen = []

    class Spy:
        def judge(self, batch: pa.RecordBatch) -> Verdict:
            seen.append(texts(batch, "input"))
            return Verdict([None] * batch.num_rows)

    Keep({"longer": Longer(2), "spy": Spy()}).apply(batch_of("aaa", "b"))
    Keep({"longer": Longer(0), "spy": Spy()}).apply(batch_of("aaa", "b"))
    assert seen == [["b"]]


def test_what_a_rule_measures_is_kept_with_kept_and_rejected() -> None:
    outcome = KEEP.apply(batch_of("ab", "abcdef"))
    assert outcome.rejects is not None
    for batch, length in ((outcome.batch, 2.0), (outcome.rejects, 6.0)):
        assert batch.column("scores").to_pylist() == [[{"name": "length", "value": length}]]


@given(st.lists(st.text("axb", max_size=8), max_size=12))
def test_nothing_is_lost_and_counts_add_up(inputs: list[str]) -> None:
    outcome = KEEP.apply(batch_of(*inputs))
    gone = texts(outcome.rejects, "input") if outcome.rejects else []
    assert sorted(texts(outcome.batch, "input") + gone) == sorted(inputs)
    assert outcome.count.entered == len(inputs)
    assert outcome.count.left == outcome.batch.num_rows
    assert sum(outcome.count.rejected.values()) == len(gone)
    assert outcome.batch.schema == SCHEMA


def test_columns_in_flight_stay_with_the_kept_and_leave_the_rejected() -> None:
    batch = replace_columns(batch_of("a", "xxxxxxx"), {"_note": pa.array([1, 2])})
    outcome = KEEP.apply(batch)
    assert outcome.batch.column("_note").to_pylist() == [1]
    assert outcome.rejects is not None
    assert "_note" not in outcome.rejects.schema.names


def test_rewriting() -> None:
    outcome = Rewrite(Upper(), "upper", "es").apply(batch_of("a", "b"))
    assert texts(outcome.batch, "input") == ["A", "B"]
    assert outcome.count == Count("upper", 2, 2)
    assert outcome.rejects is None


def test_a_rewriter_that_changes_the_number_of_rows_is_wrong() -> None:
    with pytest.raises(ThirdPartyError, match="ValueError: drop: a rewriter made 1 rows of 2"):
        Rewrite(Drop()).apply(batch_of("a", "b"))
    with pytest.raises(ThirdPartyError, match="a rewriter made 1 rows of 2"):
        Rewrite(DropAndRefuse()).apply(batch_of("a", "b", "refused"))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([None, None], "says gave a list where a Verdict is expected"),
        (Verdict([None]), "says gave 1 reasons for 2 rows"),
        (Verdict(["long"] * 3), "says gave 3 reasons for 2 rows"),
    ],
)
def test_a_rule_that_judges_other_rows_is_wrong(said: Any, message: str) -> None:
    class Says:
        def judge(self, batch: pa.RecordBatch) -> Verdict:
            verdict: Verdict = said
            return verdict

    with pytest.raises(ThirdPartyError, match=f"TypeError: {message}"):
        Keep({"says": Says()}).apply(batch_of("a", "b"))


def test_expanding_derives_ids_and_keeps_groups() -> None:
    batch = batch_of("ab", "", "c")
    outcome = Expand(Letters(), "letters-2", "es").apply(batch)
    parents, groups = texts(batch, "id"), texts(batch, "group")
    assert texts(outcome.batch, "input") == ["a", "b", "c"]
    assert texts(outcome.batch, "group") == [groups[0], groups[0], groups[2]]
    assert texts(outcome.batch, "id") == [
        derived_id(parents[0], "letters-2", "0"),
        derived_id(parents[0], "letters-2", "1"),
        derived_id(parents[2], "letters-2", "0"),
    ]
    assert outcome.batch.schema == SCHEMA
    assert outcome.rejects is not None
    assert [(row["id"], row["reason"]) for row in outcome.rejects.to_pylist()] == [(parents[1], "no_expansion")]
    assert outcome.count == Count("letters-2", 3, 3, {"no_expansion": 1})


@pytest.mark.parametrize("carrier", [KEEP, Rewrite(Upper()), Expand(Letters())], ids=["keep", "rewrite", "expand"])
def test_an_empty_batch_is_carried(carrier: Any) -> None:
    outcome = carrier.apply(EMPTY)
    assert outcome.batch.num_rows == 0
    assert outcome.rejects is None
    assert outcome.count == Count(carrier.name)


def test_carrying_through_several_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "MAX_ROWS", 2)
    steps = [Rewrite(Upper(), "upper"), Expand(Letters(), "letters"), Keep({"banned": Banned("X")}, "keep")]
    left, rejects, counts = carry(steps, batch_of("abx", "", "cd"))
    assert [texts(batch, "input") for batch in left] == [["A", "B"], ["C", "D"]]
    assert [(texts(batch, "input"), texts(batch, "reason")) for batch in rejects] == [
        ([""], ["no_expansion"]),
        (["X"], ["banned:X"]),
    ]
    assert counts == [
        Count("upper", 3, 3),
        Count("letters", 3, 5, {"no_expansion": 1}),
        Count("keep", 5, 4, {"banned:X": 1}),
    ]


def test_carrying_through_no_step_changes_nothing() -> None:
    batch = batch_of("a")
    assert carry([], batch) == ([batch], [], [])


def test_counts_are_read_as_they_are_written() -> None:
    count = Count("keep", 3, 1, Counter(b=1, a=1))
    assert count.to_json() == {"step": "keep", "in": 3, "out": 1, "rejected": {"a": 1, "b": 1}}
    assert Count.from_json(count.to_json()) == count
    count.add(Count("keep", 2, 1, {"a": 1}))
    assert count == Count("keep", 5, 2, {"b": 1, "a": 2})


def test_sifting_and_rejecting() -> None:
    batch = batch_of("a", "b")
    assert sift(batch, "s", "k", [None, None], None).batch is batch
    rejects = reject(batch, "s", "k", ["r1", "r2"], [None, "why"])
    assert texts(rejects, "detail") == ["", "why"]
    assert texts(reject(batch, "s", "k", ["r1", "r2"], None), "detail") == ["", ""]


INPUTS = [batch_of("a", "xxxxxx", "bx"), batch_of("cccccc"), EMPTY]


@pytest.mark.parametrize(
    ("carrier", "kept", "rejected"),
    [
        (KEEP, ["a"], ["bx", "cccccc", "xxxxxx"]),
        (Rewrite(Upper()), ["A", "BX", "CCCCCC", "XXXXXX"], []),
        (Expand(Letters()), sorted("axxxxxxbxcccccc"), []),
    ],
    ids=["keep", "rewrite", "expand"],
)
def test_carriers_in_a_pipeline(carrier: Any, kept: list[str], rejected: list[str]) -> None:
    with Pipeline() as pipeline:
        # The shuffle on either side sends every batch through the coder.
        found = pipeline | beam.Create(INPUTS) | beam.Reshuffle() | carrier
        for name, expected in (("kept", kept), ("rejected", rejected)):
            assert_that(found[name] | name >> beam.Reshuffle(), inputs_are(expected), f"check {name}")


def inputs_are(expected: list[str]) -> Callable[[list[pa.RecordBatch]], None]:
    def check(batches: list[pa.RecordBatch]) -> None:
        assert sorted(text for batch in batches for text in texts(batch, "input")) == expected
        assert all(batch.num_rows for batch in batches)

    return check


def test_batches_travel_as_arrow_streams() -> None:
    pipeline = beam.Pipeline(runner="FnApiRunner")
    found = pipeline | beam.Create(INPUTS) | KEEP
    for name in ("kept", "rejected"):
        assert isinstance(beam.coders.registry.get_coder(found[name].element_type), BatchCoder)


@pytest.mark.parametrize("carrier", [KEEP, Rewrite(Upper()), Expand(Letters())], ids=["keep", "rewrite", "expand"])
def test_carriers_are_small_and_survive_pickling(carrier: Any) -> None:
    data = pickle.dumps(carrier)
    assert len(data) < 2000
    assert pickle.loads(data).apply(INPUTS[0]).count == carrier.apply(INPUTS[0]).count
