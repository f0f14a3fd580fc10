"""Shares that count tokens: exact arithmetic, and what the schedule then holds at every moment."""

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.order.dataset_order import Order
from transforms.order.draw import SplitDraw, draw
from transforms.order.epoch_stages import Epochs, OrderStage, Stages
from transforms.order.mixtures import Temperature, UniMax
from transforms.order.schedule import Schedule
from transforms.order.stages import Stretch, compile_stages
from transforms.order.survey import Supply, Survey

ORDER = Order(
    dataset="d",
    seed=17,
    streams=(),
    schedule=None,
    total=None,
    max_epochs=1.0,
    exhausted="error",
    splits=(),
    rows_per_shard=None,
    bytes_per_shard=500_000_000,
    buckets=2,
    tokenizer="tiktoken:o200k_base",
    in_tokens=True,
)

Held = list[tuple[int, int]]
"""For each stream its examples and their tokens."""


def order(streams: int, **changes: Any) -> Order:
    return dataclasses.replace(ORDER, streams=tuple("abcdef"[:streams]), **changes)


def survey(held: Held, epochs: int) -> Survey:
    found: Survey = {}
    for at, (rows, tokens) in enumerate(held):
        histogram = np.zeros((epochs, 2), np.int64)
        histogram[:, 0] = rows
        if rows:
            found["train", at] = Supply(rows, rows, frozenset(), histogram, tokens)
    return found


def drawn(dataset: Order, held: Held) -> SplitDraw:
    found = draw(dataset, survey(held, dataset.epochs("train", 1)))
    assert not found.error, found.error
    return found.splits["train"]


def failed(dataset: Order, held: Held) -> str:
    return draw(dataset, survey(held, dataset.epochs("train", 1))).error


def mix(*weights: float, **changes: Any) -> Order:
    return order(len(weights), schedule=Schedule.constant(weights), **changes)


@pytest.mark.parametrize(
    ("dataset", "held", "expected"),
    [
        # 600 tokens: 300 of each; examples of 10 tokens and of 30
        (mix(1, 1, total=600), [(100, 1000), (100, 3000)], (30, 10)),
        (mix(3, 1, total=800), [(100, 1000), (100, 3000)], (60, 7)),  # 200 / 30 is 6.67
        # without a total: until one has given all, 1000 tokens of each
        (mix(1, 1), [(100, 1000), (100, 3000)], (100, 33)),
        (mix(1, 1, max_epochs=2.5), [(100, 1000), (100, 3000)], (250, 83)),
        (mix(1, 0), [(100, 1000), (100, 0)], (100, 0)),  # what has no weight may have no text
        (mix(1, 1, total=4000, exhausted="stop"), [(100, 1000), (100, 3000)], (100, 33)),
        # a gives its 1000 tokens and b takes over; 3000 more are all it has
        (mix(1, 1, total=4000, exhausted="redistribute"), [(100, 1000), (100, 3000)], (100, 100)),
        (mix(1, 1, total=2500, exhausted="redistribute"), [(100, 1000), (100, 3000)], (100, 50)),
        (mix(1, 1, total=600, exhausted="redistribute"), [(0, 0), (100, 3000)], (0, 20)),
        # by size in tokens: roots of 1600 and 400 are 40 and 20
        (order(2, mixture=Temperature(2.0), total=600), [(160, 1600), (10, 400)], (40, 5)),
        (order(2, mixture=Temperature(1.0), total=1000), [(160, 1600), (10, 400)], (80, 5)),
        # a has 400 tokens in two epochs, and b gets the rest
        (order(2, mixture=UniMax(2.0), max_epochs=2.0, total=1000), [(20, 200), (100, 3000)], (40, 20)),
        # an epoch of a is 1000 tokens, and beside them 500 of b; then the rest of b's tokens up to 2500
        (
            order(2, stages=Stages((OrderStage(Epochs("a", 1), (2, 1)), OrderStage(1.0, (0, 1)))), total=2500),
            [(100, 1000), (100, 3000)],
            (100, 50),
        ),
    ],
)
def test_draws_by_hand(dataset: Order, held: Held, expected: tuple[int, ...]) -> None:
    found = drawn(dataset, held)
    assert found.drawn == expected
    assert found.rows == sum(expected)
    assert found.tokens == tuple(tokens for _, tokens in held)
    if all(expected):
        places = np.concatenate([found.placement().positions(at, np.arange(n)) for at, n in enumerate(expected)])
        assert sorted(places) == list(range(found.rows))


@pytest.mark.parametrize(
    ("dataset", "held", "message"),
    [
        (
            mix(1, 1, total=4000),
            [(100, 1000), (100, 3000)],
            "dataset d: too few examples for total 4000 tokens: a is asked for 200 and has 100. Lower total, ",
        ),
        (mix(1, 1, total=50), [(100, 1000), (10, 0)], "dataset d: the examples of b hold no tokens, so that none "),
        (order(2, mixture=Temperature(2.0), total=6), [(100, 0), (10, 0)], "dataset d: its streams hold no tokens"),
        (
            mix(1, 1, total=4001, exhausted="redistribute"),
            [(100, 1000), (100, 3000)],
            "dataset d: total is 4001 tokens, but all its streams together have 4000",
        ),
        (
            order(2, stages=Stages((OrderStage(Epochs("a", 1), (2, 1)), OrderStage(1.0, (0, 1)))), total=1200),
            [(100, 1000), (100, 3000)],
            "dataset d: stage 2 is to end at position 1200, but the stages before it last up to 1510",
        ),
        (
            order(2, stages=Stages((OrderStage(4, (1, 1)), OrderStage(Epochs("a", 1), (2, 1)))), total=None),
            [(100, 1000), (100, 3000)],
            "dataset d: stage 1 would hold no example: it is too short",
        ),
    ],
)
def test_what_can_not_be_is_told_with_the_numbers(dataset: Order, held: Held, message: str) -> None:
    assert failed(dataset, held).startswith(message)


HELD = st.lists(st.tuples(st.integers(1, 400), st.integers(1, 60)), min_size=2, max_size=5)
WEIGHTS = st.lists(st.integers(0, 9), min_size=5, max_size=5)


@st.composite
def schedules(draws: Any, streams: int) -> Schedule:
    """Schedules of some stages, with ramps, in which something is always drawn."""
    ends = [*sorted(draws(st.sets(st.integers(1, 19), max_size=3))), 20]
    stretches = []
    for end in ends:
        weights = draws(WEIGHTS.filter(lambda found: any(found[:streams])))[:streams]
        stretches.append(Stretch(end / 20, weights, draws(st.sampled_from(["step", "linear", "cosine"]))))
    return compile_stages(stretches)


@given(HELD, st.data(), st.integers(1, 4000))
def test_each_stream_is_within_half_an_example_of_its_share_of_the_tokens(sizes: Held, data: Any, total: int) -> None:
    schedule = data.draw(schedules(len(sizes)))
    held = [(100_000, 100_000 * length) for _, length in sizes]
    found = drawn(order(len(held), schedule=schedule, total=total), held)
    integrals = [Fraction(schedule.integral(at)[-1]) for at in range(len(held))]
    for number, (_, length), part in zip(found.drawn, sizes, integrals, strict=True):
        assert abs(number * length - total * part / sum(integrals)) <= Fraction(length, 2)


@given(HELD, st.data())
def test_without_a_total_one_stream_gives_all_and_none_is_asked_for_more(sizes: Held, data: Any) -> None:
    schedule = data.draw(schedules(len(sizes)))
    held = [(rows, rows * length) for rows, length in sizes]
    found = drawn(order(len(held), schedule=schedule), held)
    given_all = [number == rows for number, (rows, _) in zip(found.drawn, held, strict=True)]
    assert any(given_all)
    assert all(number <= rows for number, (rows, _) in zip(found.drawn, held, strict=True))


@given(HELD, st.data(), st.integers(200, 4000))
def test_at_every_moment_tokens_follow_the_weights(sizes: Held, data: Any, total: int) -> None:
    """Each prefix holds of each stream what the schedule has given it by some moment, within S / 2 + 1 examples."""
    schedule = data.draw(schedules(len(sizes)))
    streams = len(sizes)
    held = [(100_000, 100_000 * length) for _, length in sizes]
    found = drawn(order(streams, schedule=schedule, total=total), held)
    placement = found.placement()
    numbers = [np.arange(number) for number in found.drawn]
    places = [placement.positions(at, k) if len(k) else k for at, k in enumerate(numbers)]
    assert sorted(np.concatenate(places)) == list(range(found.rows))
    times = np.zeros(found.rows)
    for at, mine in enumerate(places):
        if len(mine):
            times[mine] = placement.times(at, numbers[at])
    for at, mine in enumerate(places):
        if not len(mine):
            continue
        sums, knots = schedule.integral(at), schedule.knots
        here = np.array([_integral(schedule, at, sums, knots, moment) for moment in times]) / sums[-1] * len(mine)
        counts = np.searchsorted(np.sort(mine), np.arange(found.rows), "right")
        assert np.abs(counts - here).max() <= streams / 2 + 1


def _integral(schedule: Schedule, stream: int, sums: list[float], knots: tuple[float, ...], moment: float) -> float:
    segment = min(int(np.searchsorted(knots, moment, "right")) - 1, len(knots) - 2)
    passed, width = moment - knots[segment], knots[segment + 1] - knots[segment]
    a, b = schedule.left[stream][segment], schedule.right[stream][segment]
    return sums[segment] + passed * (a + (b - a) * passed / (2 * width))


@given(HELD, st.integers(1, 9), st.integers(50, 4000))
def test_where_all_examples_are_as_long_tokens_are_examples(sizes: Held, length: int, total: int) -> None:
    weights = [1 + at for at in range(len(sizes))]
    held = [(100_000, 100_000 * length) for _ in sizes]
    tokens = drawn(mix(*weights, total=total * length), held).drawn
    examples = drawn(mix(*weights, total=total, in_tokens=False), held).drawn
    assert all(abs(one - other) <= 1 for one, other in zip(tokens, examples, strict=True))


@given(HELD, st.floats(0.1, 3), st.integers(1, 9))
def test_stages_that_last_for_epochs_give_just_what_they_count(sizes: Held, epochs: float, weight: int) -> None:
    held = [(rows, rows * length) for rows, length in sizes]
    epochs = max(round(epochs, 2), round(1 / held[0][0] + 0.01, 2))
    weights = (float(weight), *([1.0] * (len(held) - 1)))
    stages = Stages((OrderStage(Epochs("a", epochs), weights), OrderStage(Epochs("a", epochs), weights, "linear")))
    found = drawn(order(len(held), stages=stages, max_epochs=1e6), held)
    lengths = [Fraction(tokens, rows) for rows, tokens in held]
    counts = stages.counts(tuple("abcdef"[: len(held)]), [rows for rows, _ in held], None, lengths)
    assert list(found.drawn) == [sum(stage) for stage in zip(*counts, strict=True)]
    for stage in counts:
        mine = stage[0] * lengths[0]
        for number, length in list(zip(stage, lengths, strict=True))[1:]:
            assert abs(number * length - mine / weight) <= length  # half of it, and what the stage before left
