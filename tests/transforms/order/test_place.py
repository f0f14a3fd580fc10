"""Places by the transforms' own functions, put together without Beam, against a naive model."""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
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

from transforms.example import SCHEMA, TEXT, digest, id_words, make_batch
from transforms.order.dataset_order import Order
from transforms.order.draw import Draws, draw
from transforms.order.place import Place, Slice, place, rank, regroup
from transforms.order.rank import rank_hashes, split_hashes, splits
from transforms.order.schedule import Placement, Schedule, demands
from transforms.order.survey import merge, survey
from transforms.parts import Part, make_parts

Row = tuple[str, str, str]
"""Id, group and text."""

Placed = dict[tuple[str, int], list[tuple[str, int, str]]]
"""For each (split, shard) the (id, number, text) of its rows."""


def row(name: object) -> Row:
    return digest(str(name)).hex(), digest("group", str(name)).hex(), f"text {name}"


def part(work: Path, name: str, rows: Sequence[Row], batch: int = 3, lineage: str = "s>a") -> Part:
    batches = [
        make_batch(
            len(some), {"id": [r[0] for r in some], "group": [r[1] for r in some], "input": [r[2] for r in some]}
        )
        for some in (rows[at : at + batch] for at in range(0, len(rows), batch))
    ]
    (made,) = make_parts(str(work), "a", "a-0", name, lineage, [], [(batches, [], [])])
    return made


def grouped(pairs: Iterator[tuple[Any, Any]], turn: bool) -> dict[Any, list[Any]]:
    """Group pairs by key, as a runner does: in any order."""
    groups: dict[Any, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: values[::-1] if turn else values for key, values in groups.items()}


def drive(order: Order, streams: Sequence[Sequence[Part]], work: Path, turn: bool = False) -> tuple[Draws, Placed]:
    """Do what `Place` does, without Beam; `turn`: with everything in the opposite order."""
    both = [(at, each) for at, parts in enumerate(streams) for each in (parts[::-1] if turn else parts)]
    draws = draw(order, merge(survey(each, order, at) for at, each in both))
    ranks = itertools.chain.from_iterable(rank(each, order, at, str(work), draws) for at, each in both)
    places = itertools.chain.from_iterable(place(group, str(work), draws) for group in grouped(ranks, turn).items())
    files = grouped(((each.name, each.path) for _, each in both), turn)
    shards: dict[tuple[str, int, int], list[Slice]] = {}
    for name, placed in grouped(places, turn).items():
        for key, cut in regroup((name, {"path": files[name], "placed": placed}), order.dataset, str(work), draws):
            shards.setdefault(key, []).append(cut)
    return draws, {
        (split, number): rows_of(cuts, draws.splits[split].bounds, number)
        for (split, number, _), cuts in shards.items()
    }


def rows_of(cuts: Sequence[Slice], bounds: Any, shard: int) -> list[tuple[str, int, str]]:
    found = []
    for cut in cuts:
        rows = [each for batch in cut.batches() for each in batch.to_pylist()]
        assert len(rows) == cut.rows
        assert sum(len(each[name].encode()) for each in rows for name in TEXT) == cut.bytes
        positions = [each["_position"] for each in rows]
        assert positions == sorted(set(positions))
        found += zip(positions, [each["_number"] for each in rows], rows, strict=True)
    found.sort(key=lambda each: each[0])
    assert [each[0] for each in found] == list(range(bounds[shard], bounds[shard + 1]))
    return [(each["id"], number, each["input"]) for _, number, each in found]


def model(order: Order, streams: Sequence[Sequence[Row]]) -> dict[str, list[tuple[str, int, str]]]:
    """Sort each stream by hash, epoch by epoch, and interleave by the schedule: all rows in memory, nothing clever."""
    names = [*(name for name, _ in order.splits), "train"]
    found = {}
    for at, split in enumerate(names):
        pools = [[r for r in rows if side_of(order, r) == at] for rows in streams]
        sizes = [len(pool) for pool in pools]
        if not sum(sizes):
            found[split] = []
            continue
        whole = split != "train" or order.schedule is None
        schedule = Schedule.constant(sizes) if whole else order.schedule
        assert schedule
        wanted = sizes if whole else demands(schedule, order.total or 0)
        placement = Placement(schedule, wanted)
        triples = []
        for stream, number in enumerate(wanted):
            drawn = itertools.chain.from_iterable(ranked(order, pools[stream], epoch) for epoch in itertools.count())
            for k, each in enumerate(itertools.islice(drawn, number) if number else ()):
                triples.append((placement.times(stream, np.array([k]))[0], stream, k, each))
        found[split] = [each for *_, each in sorted(triples)]
    return found


def side_of(order: Order, each: Row) -> int:
    return int(
        splits([share for _, share in order.splits], split_hashes(order.seed, *id_words(pa.array([each[1]]))))[0]
    )


def ranked(order: Order, rows: Sequence[Row], epoch: int) -> list[tuple[str, int, str]]:
    hashes = rank_hashes(order.seed, order.dataset, epoch, *id_words(pa.array([r[0] for r in rows])))
    sorting = sorted(range(len(rows)), key=lambda at: (hashes[at], rows[at][0]))
    seen: dict[str, int] = {}
    found = []
    for at in sorting:
        name, _, text = rows[at]
        found.append((name, seen.get(name, 0), text))
        seen[name] = seen.get(name, 0) + 1
    return found


def joined(placed: Placed) -> dict[str, list[tuple[str, int, str]]]:
    whole: dict[str, list[tuple[str, int, str]]] = {}
    for (split, _), rows in sorted(placed.items()):
        whole.setdefault(split, []).extend(rows)
    return whole


ORDER = Order(
    dataset="d",
    seed=17,
    streams=("a", "b"),
    schedule=None,
    total=None,
    max_epochs=1.0,
    exhausted="error",
    splits=(),
    rows_per_shard=7,
    bytes_per_shard=500_000_000,
    buckets=5,
)
A = [row(f"a{number}") for number in range(40)]
B = [row(f"b{number}") for number in range(17)]
RAMP = Schedule((0.0, 0.5, 1.0), ((1.0, 1.0), (0.0, 0.0)), ((1.0, 0.2), (0.0, 0.8)))


def order(**changes: Any) -> Order:
    return dataclasses.replace(ORDER, **changes)


@pytest.mark.parametrize(
    ("dataset", "first", "second"),
    [
        (order(), A, B),
        (order(), A, []),
        (order(schedule=Schedule.constant([1, 1]), total=20), A, B),
        (order(schedule=RAMP, total=40), A, B),
        (order(schedule=Schedule.constant([1, 3]), total=56, max_epochs=3.0), A, B),
        (order(schedule=Schedule.constant([1, 1]), total=68, max_epochs=2.5, buckets=64), A, B),
        (order(splits=(("validation", 0.2), ("test", 0.1))), A, B),
        (order(splits=(("validation", 0.3),), schedule=RAMP, total=60, max_epochs=7.0, rows_per_shard=None), A, B),
        (order(schedule=Schedule.constant([1, 1]), total=60, max_epochs=2.0), A + A[:5] + A[:5], B + B[3:]),
        (order(schedule=Schedule.constant([0, 1]), total=3), A, B),
        (order(schedule=Schedule.constant([1, 1]), total=30), A, A),
    ],
    ids=["concatenate", "one", "mix", "ramp", "epochs", "half", "splits", "all", "repeats", "unused", "shared"],
)
def test_places_are_those_of_the_naive_model(
    dataset: Order, first: list[Row], second: list[Row], tmp_path: Path
) -> None:
    streams = [
        [part(tmp_path, "a1", first[:13]), part(tmp_path, "a2", first[13:])],
        [part(tmp_path, "b1", second, lineage="s>b")],
    ]
    draws, placed = drive(dataset, streams, tmp_path)
    assert draws.error == ""
    expected = {split: rows for split, rows in model(dataset, [first, second]).items() if rows}
    assert joined(placed) == expected
    again = drive(dataset, streams, tmp_path / "again", turn=True)[1]
    assert again == placed


@pytest.mark.parametrize("buckets", [1, 2, 16, 1000])
def test_the_number_of_buckets_makes_no_difference(buckets: int, tmp_path: Path) -> None:
    dataset = order(schedule=Schedule.constant([1, 1]), total=68, max_epochs=2.5, splits=(("test", 0.1),))
    streams = [[part(tmp_path, "a1", A)], [part(tmp_path, "b1", B)]]
    expected = drive(dataset, streams, tmp_path)[1]
    assert drive(dataclasses.replace(dataset, buckets=buckets), streams, tmp_path / "other")[1] == expected


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 30), max_size=60), st.lists(st.integers(1, 20), max_size=4), st.integers(1, 9))
def test_how_rows_are_cut_into_parts_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, names: list[int], cuts: list[int], batch: int
) -> None:
    work = tmp_path_factory.mktemp("cut")
    rows = [row(name) for name in names]
    bounds = [0, *itertools.accumulate(cuts), len(rows)]
    pieces = [rows[start:end] for start, end in itertools.pairwise(bounds)]
    parts = [part(work, f"{at}", piece, batch) for at, piece in enumerate(pieces)]
    dataset = order(streams=("a",), splits=(("test", 0.2),))
    expected = {split: found for split, found in model(dataset, [rows]).items() if found}
    assert joined(drive(dataset, [parts], work)[1]) == expected


def test_no_group_is_on_both_sides_of_a_split(tmp_path: Path) -> None:
    rows = [(digest(str(n)).hex(), digest(str(n % 20)).hex(), f"{n % 20}") for n in range(100)]
    placed = joined(drive(order(streams=("a",), splits=(("test", 0.5),)), [[part(tmp_path, "1", rows)]], tmp_path)[1])
    sides = {split: {text for _, _, text in found} for split, found in placed.items()}
    assert sides["test"] | sides["train"] == {str(n) for n in range(20)}
    assert not sides["test"] & sides["train"]


def test_rows_of_one_id_are_told_apart_by_lineage_not_by_part(tmp_path: Path) -> None:
    # Two streams changed the text of one item, and a third one holds both.
    name, group, _ = row("same")
    texts = []
    for names in (("1", "2"), ("2", "1")):
        parts = [
            part(tmp_path / names[0], names[0], [(name, group, "one")], lineage="s>x>a"),
            part(tmp_path / names[0], names[1], [(name, group, "two")], lineage="s>y>a"),
        ]
        texts.append(joined(drive(order(streams=("a",)), [parts], tmp_path / names[0])[1])["train"])
    assert texts[0] == texts[1]
    assert {(number, text) for _, number, text in texts[0]} == {(0, "one"), (1, "two")}


def test_columns_of_the_steps_before_are_dropped(tmp_path: Path) -> None:
    name, group, text = row(1)
    batch = make_batch(1, {"id": [name], "group": [group], "input": [text], "_source": pa.array(["x"])})
    (made,) = make_parts(str(tmp_path), "a", "a-0", "1", "s>a", [], [([batch], [], [])])
    dataset = order(streams=("a",))
    draws = draw(dataset, survey(made, dataset, 0))
    ((_, ranks),) = rank(made, dataset, 0, str(tmp_path), draws)
    ((_, placed),) = place((("train", 0, 0, bucket_of(dataset, made)), [ranks]), str(tmp_path), draws)
    ((_, cut),) = regroup((made.name, {"path": [made.path], "placed": [placed]}), "d", str(tmp_path), draws)
    assert [each.schema.names for each in cut.batches()] == [[*SCHEMA.names, "_position", "_number"]]


def bucket_of(dataset: Order, made: Part) -> int:
    return int(np.flatnonzero(survey(made, dataset, 0)["train", 0].histogram[0])[0])


def test_a_survey_counts_bytes_and_what_is_used(tmp_path: Path) -> None:
    ids, groups = [row(1)[0], row(2)[0]], [row(1)[1], row(2)[1]]
    turns = [[{"user": "u", "assistant": "a"}], []]
    batch = make_batch(2, {"id": ids, "group": groups, "input": ["é", "abc"], "output": ["x", ""], "history": turns})
    (made,) = make_parts(str(tmp_path), "a", "a-0", "1", "s>a", [], [([batch], [], [])])
    supply = survey(made, ORDER, 1)["train", 1]
    assert (supply.rows, supply.bytes, supply.used) == (2, 6, {"history"})
    assert supply.histogram.sum(axis=1).tolist() == [2]


def test_only_epochs_that_a_run_may_need_are_counted(tmp_path: Path) -> None:
    dataset = order(streams=("a",), schedule=Schedule.constant([1]), total=50, max_epochs=100_000)
    large, small = part(tmp_path, "a1", A[:20]), part(tmp_path, "a2", A[20:21])
    assert len(survey(large, dataset, 0)["train", 0].histogram) == 4
    draws = draw(dataset, merge([survey(each, dataset, 0) for each in (small, large)])).splits["train"]
    assert (draws.drawn, {epoch for _, epoch in draws.offsets}) == ((50,), {0, 1, 2})
    assert all(ranks[-1] == 21 for ranks in draws.offsets.values())


def test_place_in_a_pipeline(tmp_path: Path) -> None:
    dataset = order(schedule=Schedule.constant([1, 1]), total=20)
    parts = {"a": [part(tmp_path, "a1", A[:20]), part(tmp_path, "a2", A[20:])], "b": [part(tmp_path, "b1", B)]}
    expected = drive(dataset, list(parts.values()), tmp_path)[1]

    def check(found: list[Any]) -> None:
        bounds = [0, 6, 13, 20]
        placed = {(split, shard): rows_of(list(cuts), bounds, shard) for (split, shard, _), cuts in found}
        assert placed == expected

    with Pipeline() as pipeline:
        streams = {name: pipeline | name >> beam.Create(each) for name, each in parts.items()}
        draws, shards = streams | Place(dataset, str(tmp_path / "beam"))
        assert_that(shards, check)
        assert_that(draws | beam.Map(lambda d: d.splits["train"].drawn), lambda found: check_drawn(found), "draws")


def check_drawn(found: list[Any]) -> None:
    assert found == [(10, 10)]


def test_an_impossible_total_places_nothing(tmp_path: Path) -> None:
    dataset = order(schedule=Schedule.constant([1, 1]), total=100)
    draws, placed = drive(dataset, [[part(tmp_path, "a1", A)], [part(tmp_path, "b1", B)]], tmp_path)
    assert "a is asked for 50 and has 40; b is asked for 50 and has 17" in draws.error
    assert placed == {}
