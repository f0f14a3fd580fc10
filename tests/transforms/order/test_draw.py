import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.order.allocate import Allocate
from transforms.order.dataset_order import Order
from transforms.order.draw import draw
from transforms.order.epoch_stages import Epochs, OrderStage, Stages
from transforms.order.mixtures import Mixture, Temperature, UniMax
from transforms.order.scaling_law import Curve
from transforms.order.schedule import Schedule
from transforms.order.survey import Supply, Survey, merge

ORDER = Order(
    dataset="d",
    seed=17,
    streams=("a", "b"),
    schedule=None,
    total=None,
    max_epochs=1.0,
    exhausted="error",
    splits=(),
    rows_per_shard=None,
    bytes_per_shard=500_000_000,
    buckets=4,
)


def supply(rows: int, size: int = 0, used: frozenset[str] = frozenset(), epochs: int = 1) -> Supply:
    histogram = np.zeros((epochs, 4), np.int64)
    histogram[:, 0] = rows
    return Supply(rows, size, used, histogram)


def survey(*rows: int, epochs: int = 1, split: str = "train") -> Survey:
    return {(split, at): supply(number, 100 * number, epochs=epochs) for at, number in enumerate(rows) if number}


def order(**changes: Any) -> Order:
    return dataclasses.replace(ORDER, **changes)


def mixed(*weights: float, **changes: Any) -> Order:
    return order(schedule=Schedule.constant(weights), streams=tuple("abcdef"[: len(weights)]), **changes)


@pytest.mark.parametrize(
    ("dataset", "sizes", "drawn"),
    [
        (order(), (30, 10), (30, 10)),
        (order(), (30, 0), (30, 0)),
        (order(total=8), (30, 10), (6, 2)),
        (order(total=40), (30, 10), (30, 10)),
        (order(total=60, max_epochs=2.0), (30, 10), (45, 15)),
        (order(max_epochs=2.0), (30, 10), (30, 10)),  # one pass, unless a total says how many
        (mixed(1, 1), (30, 10), (11, 10)),  # 21 positions ask b for 10 only
        (mixed(3, 1), (30, 10), (30, 10)),
        (mixed(1, 1), (30, 0), (1, 0)),  # at one position, of equal remainders the first stream's counts
        (mixed(0, 1), (30, 10), (0, 10)),
        (mixed(1, 1, total=7), (30, 10), (4, 3)),
        (mixed(1, 3, total=40, max_epochs=3.0), (30, 10), (10, 30)),
        (mixed(1, 1, max_epochs=1.5), (30, 10), (16, 15)),
        (mixed(1, max_epochs=1.15), (100,), (115,)),  # 100 * 1.15 is 114.99999999999999
    ],
)
def test_what_is_drawn(dataset: Order, sizes: tuple[int, ...], drawn: tuple[int, ...]) -> None:
    found = draw(dataset, survey(*sizes, epochs=3))
    assert found.error == ""
    train = found.splits["train"]
    assert train.drawn == drawn
    assert train.available == sizes
    assert train.rows == sum(drawn)


@pytest.mark.parametrize(
    ("dataset", "sizes", "drawn"),
    [
        (mixed(1, 1, total=30, exhausted="stop"), (30, 10), (10, 10)),
        (order(total=50, exhausted="stop"), (30, 10), (30, 10)),
        (mixed(1, 3, total=1000, exhausted="stop"), (1000, 300), (100, 300)),  # 1000 * (300 / 750) is a bit below 400
        (mixed(1, 1, total=30, exhausted="redistribute"), (30, 10), (20, 10)),
        (mixed(1, 1, 1, total=30, exhausted="redistribute"), (7, 9, 14), (7, 9, 14)),
        (mixed(1, 1, total=40, max_epochs=2.0, exhausted="redistribute"), (30, 8), (24, 16)),
        (mixed(1, 1, total=20, exhausted="stop"), (30, 10), (10, 10)),
        # a and b are asked for half an example beyond what they have: c takes it over, though its own share is nothing
        (mixed(1, 1, 1e-6, total=21, exhausted="redistribute"), (10, 10, 100), (10, 10, 1)),
        (mixed(0, 1, 1, 1e-6, total=21, exhausted="redistribute"), (50, 10, 10, 100), (0, 10, 10, 1)),
        (mixed(1, 1, total=30, exhausted="stop"), (30, 0), (0, 0)),
    ],
)
def test_what_is_drawn_when_a_stream_runs_out(dataset: Order, sizes: tuple[int, ...], drawn: tuple[int, ...]) -> None:
    found = draw(dataset, survey(*sizes, epochs=3))
    assert (found.error, found.splits["train"].drawn) == ("", drawn)


@pytest.mark.parametrize(
    ("dataset", "sizes", "weights"),
    [
        (mixed(1, 1, total=30, exhausted="redistribute"), (30, 10), [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]),
        (mixed(3, 1), (30, 10), [[0.75, 0.25]] * 3),
        (order(), (30, 10), [[0.75, 0.25]] * 3),
        (mixed(1, 1), (0, 0), [[0.0, 0.0]] * 3),
    ],
)
def test_the_weights_are_those_that_are_carried_out(
    dataset: Order, sizes: tuple[int, ...], weights: list[list[float]]
) -> None:
    assert draw(dataset, survey(*sizes)).splits["train"].weights(3) == [pytest.approx(each) for each in weights]


def staged(*stages: tuple[Any, tuple[float, float]], **changes: Any) -> Order:
    return order(stages=Stages(tuple(OrderStage(*stage) for stage in stages)), **changes)


ONCE, TWICE = Epochs("a", 1.0), Epochs("a", 2.0)


@pytest.mark.parametrize(
    ("dataset", "sizes", "drawn"),
    [
        (staged((ONCE, (0.5, 0.5))), (30, 40), (30, 30)),
        (staged((TWICE, (3.0, 1.0)), max_epochs=2.0), (30, 20), (60, 20)),
        (staged((ONCE, (1.0, 1.0)), (1.0, (0.0, 1.0)), total=70), (30, 40), (30, 40)),
        (staged((ONCE, (1.0, 1.0)), (70, (0.0, 1.0)), total=70), (30, 40), (30, 40)),
        (staged((ONCE, (1.0, 1.0)), exhausted="stop"), (30, 10), (10, 10)),
        (staged((TWICE, (1.0, 1.0)), exhausted="redistribute", max_epochs=2.0), (30, 10), None),
        (staged((TWICE, (1.0, 1.0)), exhausted="redistribute", max_epochs=3.0), (30, 10), (90, 30)),
        (staged((TWICE, (1.0, 1.0))), (0, 0), (0, 0)),
        (staged((ONCE, (1.0, 1.0)), total=60), (0, 0), None),
        (staged((ONCE, (1.0, 1.0))), (0, 9), None),
        (staged((ONCE, (1.0, 1.0))), (9, 8), None),
    ],
)
def test_what_stages_draw_that_last_for_epochs(
    dataset: Order, sizes: tuple[int, ...], drawn: tuple[int, ...] | None
) -> None:
    found = draw(dataset, survey(*sizes, epochs=3))
    assert (found.splits["train"].drawn if not found.error else None) == drawn


def test_other_splits_know_no_stages() -> None:
    dataset = staged((ONCE, (1.0, 1.0)), splits=(("test", 0.5),))
    found = draw(dataset, {**survey(30, 40), **survey(5, 7, split="test")})
    assert (found.splits["test"].drawn, found.splits["train"].drawn) == ((5, 7), (30, 30))


def by_sizes(mixture: Mixture, streams: str = "abc", **changes: Any) -> Order:
    return order(mixture=mixture, streams=tuple(streams), **changes)


ALIKE = Allocate("points.csv", curves=dict.fromkeys("abc", Curve(4.0, 0.3)))


@pytest.mark.parametrize(
    ("dataset", "sizes", "drawn"),
    [
        (by_sizes(Temperature(1.0)), (30, 10, 7), (30, 10, 7)),
        (by_sizes(Temperature(1.0), max_epochs=1.5), (30, 10, 4), (45, 15, 6)),
        (by_sizes(Temperature(2.0), total=70), (1600, 400, 100), (40, 20, 10)),
        (by_sizes(Temperature(2.0)), (1600, 400, 100), (402, 201, 100)),  # 704 positions ask c for 101
        (by_sizes(Temperature(1.0, floor=0.25), total=36), (90, 9, 11), (18, 9, 9)),
        (by_sizes(Temperature(float("inf")), total=30), (30, 0, 30), (15, 0, 15)),
        (by_sizes(Temperature(float("inf")), total=30, exhausted="redistribute"), (30, 6, 30), (12, 6, 12)),
        (by_sizes(UniMax(), total=30), (30, 6, 30), (12, 6, 12)),
        (by_sizes(UniMax(1.5), total=31, max_epochs=1.5), (30, 5, 30), (12, 7, 12)),  # 5 * 1.5 is 7 whole examples
        (by_sizes(UniMax(2.0), total=130, max_epochs=2.0), (30, 5, 30), (60, 10, 60)),
        (by_sizes(UniMax(), total=90, exhausted="stop"), (30, 6, 30), (30, 6, 30)),
        (by_sizes(ALIKE, total=30), (30, 30, 30), (10, 10, 10)),
        (by_sizes(ALIKE, total=30), (30, 4, 30), (13, 4, 13)),
        (by_sizes(ALIKE, total=30), (30, 0, 30), (15, 0, 15)),
        (by_sizes(ALIKE, total=64, exhausted="stop"), (30, 0, 30), (30, 0, 30)),
        (by_sizes(ALIKE, total=None), (0, 0, 0), (0, 0, 0)),
    ],
)
def test_what_is_drawn_by_the_sizes_of_streams(dataset: Order, sizes: tuple[int, ...], drawn: tuple[int, ...]) -> None:
    found = draw(dataset, survey(*sizes, epochs=3))
    assert (found.error, found.splits["train"].drawn) == ("", drawn)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6).filter(any), st.integers(1, 4), st.data())
def test_unimax_and_allocations_never_ask_for_more_than_there_is(sizes: list[int], epochs: int, data: Any) -> None:
    streams = "abcdef"[: len(sizes)]
    total = data.draw(st.integers(1, sum(sizes) * epochs))
    curve = st.builds(Curve, st.floats(0, 5), st.floats(0, 1))
    allocation = Allocate("points.csv", curves={stream: data.draw(curve) for stream in streams})
    for mixture in (UniMax(float(epochs)), allocation):
        found = draw(by_sizes(mixture, streams, total=total, max_epochs=float(epochs)), survey(*sizes, epochs=epochs))
        assert (found.error, found.splits["train"].rows) == ("", total)


@given(st.lists(st.integers(0, 90), min_size=6, max_size=6).filter(any), st.integers(1, 100), st.integers(0, 50))
def test_allocations_keep_floors_and_caps_of_languages_of_several_streams(
    sizes: list[int], part: int, cap: int
) -> None:
    languages = {"x": ("a", "c", "e"), "y": ("b", "d")}
    there = {"x": sizes[0] + sizes[2] + sizes[4], "y": sizes[1] + sizes[3], "f": sizes[5]}
    most = {"x": min(cap, there["x"]), "y": there["y"], "f": there["f"]}
    floor = {"y": there["y"] // 3}
    curves = {"x": Curve(5.0, 0.5), "y": Curve(3.0, 0.2), "f": Curve(4.0, 0.3)}
    mixture = Allocate("points.csv", floor=floor, cap={"x": cap}, languages=languages, curves=curves)
    total = max(1, floor["y"], sum(most.values()) * part // 100)
    if total > sum(most.values()):
        return
    found = draw(by_sizes(mixture, "abcdef", total=total), survey(*sizes))
    assert found.error == ""
    drawn = found.splits["train"].drawn
    assert sum(drawn) == total
    assert drawn[0] + drawn[2] + drawn[4] <= most["x"]
    assert floor["y"] <= drawn[1] + drawn[3]


def test_other_splits_hold_all_their_rows_whatever_the_mixture() -> None:
    numbers = survey(30, 10, 20) | survey(4, 2, 1, split="validation")
    found = draw(by_sizes(UniMax(), total=15, splits=(("validation", 0.1),)), numbers)
    assert found.splits["validation"].drawn == (4, 2, 1)
    assert found.splits["train"].drawn == (5, 5, 5)


@pytest.mark.parametrize(
    ("dataset", "sizes", "message"),
    [
        (by_sizes(Temperature(1.0, floor=0.4)), (9, 9, 9), "dataset d: the floors of its languages sum to 1.2, more"),
        (by_sizes(UniMax(), total=70), (30, 6, 30), "total 70: a is asked for 32 and has 30; c is asked for 32"),
        (by_sizes(ALIKE, total=70), (30, 6, 30), "too few examples for total 70: a is asked for 32 and has 30"),
        (by_sizes(UniMax(), total=70), (0, 0, 0), "dataset d: total is 70, but its streams are empty"),
    ],
)
def test_impossible_mixtures_are_told(dataset: Order, sizes: tuple[int, ...], message: str) -> None:
    assert message in draw(dataset, survey(*sizes)).error


@pytest.mark.parametrize(
    ("dataset", "sizes", "message"),
    [
        (mixed(1, 1, total=30), (30, 10), "too few examples for total 30: b is asked for 15 and has 10. Lower total"),
        (
            mixed(1, 1, total=100, max_epochs=1.5),
            (30, 10),
            "total 100: a is asked for 50 and has 30, which max_epochs 1.5 makes 45; b is asked for 50 and has 10, "
            "which max_epochs 1.5 makes 15. Lower total, change the weights, allow repeat: {max_epochs: 5}, or say",
        ),
        (mixed(1, 1, total=30), (30, 0), "b is asked for 15 and has 0. Lower total, change the weights, or say what"),
        (mixed(1, 1, total=30), (0, 0), "dataset d: total is 30, but its streams are empty"),
        (order(total=44), (30, 10), "too few examples for total 44: a is asked for 33 and has 30; b is asked for 11"),
        (
            mixed(1, 1, 0, total=21, exhausted="redistribute"),
            (10, 10, 100),
            "total is 21 examples, but those of its streams that have a weight together have 20",
        ),
    ],
)
def test_what_is_lacking_is_told_with_numbers(dataset: Order, sizes: tuple[int, ...], message: str) -> None:
    found = draw(dataset, survey(*sizes, epochs=2))
    assert message in found.error
    assert not found.splits


def test_what_the_other_splits_took_is_told_where_the_rest_is_too_little() -> None:
    splits = (("validation", 0.1), ("test", 0.1), ("empty", 0.0))
    numbers = survey(30, 10) | survey(4, 2, split="validation") | survey(0, 2, split="test")
    found = draw(mixed(1, 1, total=50, exhausted="redistribute", splits=splits), numbers)
    assert found.error.endswith("have 40\nthe other splits took theirs first: validation 6, test 2")


@pytest.mark.parametrize(
    ("dataset", "allowed"),
    [
        (mixed(1, 3, total=70), "repeat: {max_epochs: 5.2}"),
        (mixed(1, 2, total=100), "repeat: {max_epochs: 6.7}"),
        (by_sizes(UniMax(), total=100), "max_epochs: 2.5"),
    ],
)
def test_the_epochs_that_are_told_to_be_enough_are(dataset: Order, allowed: str) -> None:
    sizes = (30, 10)[: len(dataset.streams)]
    assert f"change the weights, allow {allowed}, or" in draw(dataset, survey(*sizes)).error
    enough = float(allowed.rstrip("}").split()[-1])
    assert draw(dataclasses.replace(dataset, max_epochs=enough), survey(*sizes, epochs=7)).error == ""


def test_no_examples_at_all_give_an_empty_split() -> None:
    found = draw(mixed(1, 1), {})
    assert (found.error, found.keys()) == ("", ())
    train = found.splits["train"]
    assert (train.rows, train.drawn, train.schedule, train.bounds.tolist()) == (0, (0, 0), None, [0, 0])


def test_other_splits_hold_all_their_rows_whatever_the_mix() -> None:
    numbers = survey(30, 10) | survey(4, 2, split="validation")
    found = draw(mixed(1, 9, total=10, splits=(("validation", 0.1),)), numbers)
    assert list(found.splits) == ["validation", "train"]
    assert found.splits["validation"].drawn == (4, 2)
    assert found.splits["train"].drawn == (1, 9)


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_shards_by_rows_are_balanced_to_one(rows: int, most: int) -> None:
    most = max(most, rows // 5000)
    found = draw(order(streams=("a",), rows_per_shard=most), survey(rows)).splits["train"]
    sizes = np.diff(found.bounds)
    assert found.bounds[0] == 0
    assert found.bounds[-1] == rows
    assert sizes.max() - sizes.min() <= 1
    assert sizes.max() <= most
    assert len(sizes) == -(-rows // most)


def test_shards_by_bytes_count_what_is_drawn() -> None:
    # 40 rows of 100 bytes are drawn: 4,000 bytes in shards of 1,500.
    found = draw(mixed(1, 1, total=40, bytes_per_shard=1500), survey(300, 100)).splits["train"]
    assert found.bounds.tolist() == [0, 13, 26, 40]
    assert found.shard(np.array([0, 12, 13, 39])).tolist() == [0, 0, 1, 2]


def test_more_shards_than_rows_are_not_made() -> None:
    found = draw(order(bytes_per_shard=1), survey(3, 0)).splits["train"]
    assert found.bounds.tolist() == [0, 1, 2, 3]


def test_a_column_is_used_if_a_stream_that_is_drawn_from_uses_it() -> None:
    numbers = {
        ("train", 0): supply(5, used=frozenset({"system"})),
        ("train", 1): supply(5, used=frozenset({"history"})),
    }
    assert draw(mixed(1, 1), numbers).keys() == ("history", "system")
    assert draw(mixed(1, 0), numbers).keys() == ("system",)


def test_a_column_that_one_split_uses_is_used_in_all() -> None:
    numbers = {("train", 0): supply(5), ("validation", 0): supply(5, used=frozenset({"system"}))}
    found = draw(order(splits=(("validation", 0.5),), streams=("a",)), numbers)
    assert found.keys() == ("system",)
    assert found.used == (frozenset({"system"}),)


def test_merging_adds_up_and_leaves_its_arguments_alone() -> None:
    one, two = survey(3, 4), survey(5)
    found = merge([one, two, {}])
    assert {key: (each.rows, each.bytes, int(each.histogram.sum())) for key, each in found.items()} == {
        ("train", 0): (8, 800, 8),
        ("train", 1): (4, 400, 4),
    }
    assert one["train", 0].rows == 3
    assert int(one["train", 0].histogram.sum()) == 3
    assert merge([]) == {}
