import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.augment.joining import joined, kinds
from transforms.augment.lending import Merged, lend
from transforms.augment.merge import Merge, MergeExamples
from transforms.collective import Context
from transforms.example import derived_id, digest, id_words, make_batch, replace_columns
from transforms.order.rank import split_hashes, splits
from transforms.parts import Part, make_parts

SPLITS = ((0.3,), (0.1, 0.2))
SEED = 5


@dataclass(frozen=True)
class Row:
    """An example: its number, which may be that of others, and what must be alike."""

    number: int
    license: str = "mit"
    talked: bool = False


def batch_of(rows: Sequence[Row]) -> pa.RecordBatch:
    before = pa.struct([("input", pa.string()), ("input_lang", pa.string()), ("fields", pa.list_(pa.string()))])
    return make_batch(
        len(rows),
        {
            "id": [digest(repr(row)).hex() for row in rows],
            "group": [digest("group", str(row.number)).hex() for row in rows],
            "input": [f"in {row.number}" if row.number % 5 else "" for row in rows],
            "output": [f"out {row.number}" for row in rows],
            "license": [row.license for row in rows],
            "history": [[{"user": "a", "assistant": "b"}] if row.talked else [] for row in rows],
            "scores": [[{"name": "lid", "value": 0.5}]] * len(rows),
            "meta": [json.dumps({"odd": row.number % 2, "topic": "all"}) for row in rows],
            "_source": pa.array(
                [{"input": f"was {row.number}", "input_lang": "en", "fields": ["input"]} for row in rows], before
            ),
        },
    )


def part(work: Path, name: str, rows: Sequence[Row], batch: int = 4) -> Part:
    batches = [batch_of(rows[at : at + batch]) for at in range(0, len(rows), batch)]
    (made,) = make_parts(str(work), "a", "a-0", name, "src>a", [], [(batches, [], [])])
    return made


def decided(
    step: MergeExamples, parts: Sequence[Part], work: Path, turn: bool = False
) -> dict[str, tuple[Part, Merged]]:
    """Do what `MergeExamples.decide` does, without Beam."""
    way = -1 if turn else 1
    kinds: dict[bytes, list[Any]] = {}
    for each in parts[::way]:
        for kind, keys in step.keys(each, SEED, SPLITS, each.path.partition("/parts/")[0]):
            kinds.setdefault(kind, []).append(keys)
    loans: dict[str, list[Any]] = {each.name: [] for each in parts}
    for keys in kinds.values():
        for name, loan in step.loans(keys[::way]):
            loans[name].append(loan)
    lent: dict[str, list[Any]] = {}
    for each in parts[::way]:
        for name, told in lend((each.name, {"part": [each], "loans": loans[each.name][::way]}), str(work)):
            lent.setdefault(name, []).append(told)
    return {name: step._decide((name, told[::way]), "a", "merge") for name, told in lent.items()}


Result = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def merged(step: MergeExamples, parts: Sequence[Part], work: Path, turn: bool = False) -> Result:
    """Return what is left of all parts, and what is rejected."""
    left, gone = [], []
    for each, decision in decided(step, parts, work, turn).values():
        first = 0
        for batch in each.batches():
            outcome = decision.apply(batch, first)
            first += batch.num_rows
            left += outcome.batch.to_pylist()
            gone += outcome.rejects.to_pylist() if outcome.rejects is not None else []
            assert outcome.count.entered == batch.num_rows
            assert outcome.count.left == outcome.batch.num_rows
            assert outcome.count.rejected == ({"merged": outcome.rejects.num_rows} if outcome.rejects else {})
    return left, gone


def plain(result: Result) -> list[list[str]]:
    return [sorted(json.dumps(row, sort_keys=True) for row in rows) for rows in result]


ROWS = st.lists(
    st.builds(
        Row, st.integers(0, 30), st.sampled_from(["mit", "mit", "apache-2.0"]), st.sampled_from([False] * 5 + [True])
    ),
    max_size=40,
)
MERGES = st.builds(
    lambda probability, least, more, joint: Merge(probability, least, least + more, joint),
    st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]),
    st.integers(2, 3),
    st.integers(0, 3),
    st.sampled_from([" ", "\n"]),
)


@settings(deadline=None, max_examples=60)
@given(ROWS, MERGES, st.integers(0, 3))
def test_every_example_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], merge: Merge, seed: int
) -> None:
    work = tmp_path_factory.mktemp("merge")
    left, gone = merged(MergeExamples(merge, seed), [part(work, "1", rows)], work)
    whole = {row["id"]: row for row in batch_of(rows).to_pylist()}
    told = [json.loads(row["meta"]).get("merged") for row in left]
    alone = Counter(row["id"] for row, parents in zip(left, told, strict=True) if not parents)
    inside = Counter(parent for parents in told for parent in parents or ())
    assert alone + inside == Counter(digest(repr(row)).hex() for row in rows)
    assert all(row == whole[row["id"]] for row, parents in zip(left, told, strict=True) if not parents)
    heads = Counter(parents[0] for parents in told if parents)
    assert inside - heads == Counter(row["id"] for row in gone)
    for row, parents in zip(left, told, strict=True):
        if not parents:
            continue
        assert merge.min_examples <= len(parents) <= merge.max_examples
        assert row["id"] == derived_id(parents[0], "augment", "merge", merge.joint, *parents[1:])
        assert row == joined([whole[parent] for parent in parents], merge.joint)
        assert len({whole[parent]["license"] for parent in parents}) == 1
        assert not any(whole[parent]["history"] for parent in parents)
        groups = id_words(pa.array([whole[parent]["group"] for parent in parents]))
        for shares in SPLITS:
            assert len(set(splits(shares, split_hashes(SEED, *groups)).tolist())) == 1
    ids = {row["id"] for row in left}
    assert all(row["detail"] in ids for row in gone)
    assert {(row["reason"], row["step"], row["stream"]) for row in gone} <= {("merged", "merge", "a")}


@settings(deadline=None, max_examples=40)
@given(ROWS, MERGES, st.lists(st.integers(0, 40), max_size=4), st.integers(1, 5), st.randoms())
def test_neither_parts_nor_batches_nor_order_make_a_difference(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], merge: Merge, cuts: list[int], batch: int, turn: Any
) -> None:
    step, work = MergeExamples(merge, 1), tmp_path_factory.mktemp("merge")
    expected = plain(merged(step, [part(work, "whole", rows)], work))
    turn.shuffle(rows)
    bounds = sorted({0, *(min(cut, len(rows)) for cut in cuts), len(rows)})
    parts = [part(work, f"p{at}", rows[at:end], batch) for at, end in itertools.pairwise(bounds)]
    assert plain(merged(step, parts, work)) == expected or not parts
    assert plain(merged(step, parts, work, turn=True)) == expected or not parts


def test_examples_of_equal_ids_are_not_neighbours(tmp_path: Path) -> None:
    rows = [Row(at) for at in range(40) for _ in range(3)]
    left, _ = merged(MergeExamples(Merge(1.0, 2, 2), 0), [part(tmp_path, "1", rows)], tmp_path)
    parents = [json.loads(row["meta"]).get("merged", []) for row in left]
    assert sum(len(set(each)) < len(each) for each in parents) < 8


@pytest.mark.parametrize(("probability", "least", "most"), [(0.05, 2, 4), (0.3, 2, 2), (0.6, 3, 5)])
def test_as_many_are_merged_as_the_probability_says(tmp_path: Path, probability: float, least: int, most: int) -> None:
    rows = [Row(at) for at in range(6000)]
    step = MergeExamples(Merge(probability, least, most), 0)
    left, _ = merged(step, [part(tmp_path, "1", rows, 4096)], tmp_path)
    sizes = Counter(len(json.loads(row["meta"]).get("merged", [1])) for row in left)
    share = 1 - sizes.pop(1) / len(left)
    assert abs(share - probability) < 0.03
    assert sorted(sizes) == list(range(least, most + 1))
    assert max(sizes.values()) < 1.5 * min(sizes.values())


def test_what_is_made_of_examples() -> None:
    rows = batch_of([Row(1), Row(5), Row(3)]).to_pylist()
    made = joined(rows, " | ")
    assert (made["input"], made["output"]) == ("in 1 | in 3", "out 1 | out 5 | out 3")
    assert made["_source"] == {"input": "was 1 | was 5 | was 3", "input_lang": "en", "fields": ["input"]}
    ids = [row["id"] for row in rows]
    assert json.loads(made["meta"]) == {"odd": 1, "topic": "all", "merged": ids}
    assert (made["scores"], made["group"], made["license"]) == ([], rows[0]["group"], "mit")
    assert "odd" not in json.loads(joined([rows[0], batch_of([Row(2)]).to_pylist()[0]], " ")["meta"])


def test_the_number_of_a_line_keeps_no_examples_apart() -> None:
    rows = batch_of([Row(1), Row(2), Row(3, license="other")])
    numbered = replace_columns(rows, {"_line": pa.array([0, 1, 2])})
    one, other, third = kinds(numbered)
    assert one == other != third


def test_merging_in_a_pipeline(tmp_path: Path) -> None:
    parts = [part(tmp_path, str(at), [Row(number) for number in range(at * 20, at * 20 + 20)]) for at in range(3)]
    step = MergeExamples(Merge(0.5), 0)
    expected = {name: decision.signature() for name, (_, decision) in decided(step, parts, tmp_path).items()}
    context = Context("a", "merge", str(tmp_path / "beam"), "", 16, 16, 1, {}, {}, seed=SEED, splits=SPLITS)

    def check(found: list[tuple[Part, Merged]]) -> None:
        assert {each.name: decision.signature() for each, decision in found} == expected
        assert sum(len(decision.rows) for _, decision in found) > 0

    with Pipeline() as pipeline:
        assert_that(step.decide(pipeline | beam.Create(parts), context), check)


def test_a_decision_is_named_by_all_that_it_says() -> None:
    slices = (("n", "path", 0, np.zeros(1, "<u4").tobytes()),)
    made = [
        Merged(*each)
        for each in (
            (" ", "a", "m", b"", b"", ()),
            (" ", "b", "m", b"", b"", ()),
            (" ", "a", "m", b"1234", b"", ()),
            (" ", "a", "m", b"", b"", slices),
            ("\n", "a", "m", b"", b"", ()),
        )
    ]
    assert len({each.signature() for each in made}) == len(made)
    elsewhere = (("n", "other path", 0, slices[0][3]),)
    assert Merged(" ", "a", "m", b"", b"", elsewhere).signature() == made[3].signature()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"probability": 1.5}, "merge is 1.5: a probability"),
        ({"min_examples": 1}, "min_examples 1, max_examples 4: min_examples is 2 or more"),
        ({"min_examples": 5}, "min_examples 5, max_examples 4: .* max_examples at least as many"),
    ],
)
def test_what_can_not_be(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Merge(**{"probability": 0.1, **parameters})
