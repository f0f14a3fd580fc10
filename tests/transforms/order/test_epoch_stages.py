from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.order.epoch_stages import Epochs, OrderStage, Stages
from transforms.order.mixtures import ImpossibleError
from transforms.order.schedule import Placement, demands


def stages(*each: tuple[Any, ...]) -> Stages:
    return Stages(tuple(OrderStage(*stage) for stage in each))


def prefixes(found: Stages, sizes: list[int], total: int | None = None) -> np.ndarray:
    """How many of each stream stand in every prefix: an array of (total + 1, streams)."""
    names = list("abcdef"[: len(sizes)])
    schedule, positions = found.schedule(names, sizes, total)
    demand = demands(schedule, positions)
    placement = Placement(schedule, demand)
    taken = np.zeros((positions + 1, len(sizes)), int)
    for stream, number in enumerate(demand):
        if number:
            taken[placement.positions(stream, np.arange(number)) + 1, stream] += 1
    assert (taken.sum(axis=1)[1:] == 1).all()
    return taken.cumsum(axis=0)


A, B = Epochs("a", 1), Epochs("b", 1)


@pytest.mark.parametrize(
    ("found", "sizes", "counts"),
    [
        # OpusTrainer 0.5 draws 1,089 and 0: int(100 * 0.005) is no line of any batch, and the last one overshoots.
        (stages((A, (0.995, 0.005))), [1000, 1000], [[1000, 5]]),
        (stages((Epochs("a", 20), (0.995, 0.005))), [1000, 1000], [[20000, 101]]),
        # And here 1,050 and 450.
        (stages((A, (1.0,))), [1000], [[1000]]),
        (stages((A, (0.7, 0.3))), [1000, 9999], [[1000, 429]]),
        # A stage that begins where a has just ended is as long as any other.
        (stages((A, (1.0, 0.0)), (A, (1.0, 0.0)), (B, (0.5, 0.5))), [1000, 300], [[1000, 0], [1000, 0], [300, 300]]),
        # One that begins in the middle of an epoch lasts for a whole one, too; OpusTrainer 0.5 draws 700 in it.
        (stages((B, (0.5, 0.5)), (A, (1.0, 0.0))), [1000, 300], [[300, 300], [1000, 0]]),
        (stages((Epochs("a", 0.25), (1.0,))), [10], [[2]]),
        # What is rounded off is made up for: b is owed a third of an example in each stage.
        (stages(*[(A, (3.0, 1.0))] * 3), [1, 9], [[1, 0], [1, 1], [1, 0]]),
        # But not in a stage that has no weight for it.
        (stages((2, (0.3, 0.3, 0.4)), (A, (1.0, 0.0, 1.0))), [10, 9, 99], [[1, 0, 1], [10, 0, 10]]),
    ],
)
def test_counts(found: Stages, sizes: list[int], counts: list[list[int]]) -> None:
    names = list("abc"[: len(sizes)])
    assert found.counts(names, sizes, None) == counts
    taken = prefixes(found, sizes)
    ends = np.cumsum([sum(stage) for stage in counts])
    assert np.diff(taken[ends], axis=0, prepend=0).tolist() == counts


def test_stages_of_all_kinds_end_where_they_say() -> None:
    found = stages((A, (1.0, 1.0)), (0.5, (0.0, 1.0)), (B, (1.0, 3.0), "linear"), (1.0, (1.0, 0.0)))
    names, sizes = ["a", "b"], [100, 60]
    assert found.counts(names, sizes, 1000) == [[100, 100], [0, 300], [9, 60], [431, 0]]
    assert found.schedule(names, sizes, 1000)[1] == 1000
    assert prefixes(found, sizes, 1000)[-1].tolist() == [540, 460]


@pytest.mark.parametrize(
    ("found", "sizes", "message"),
    [
        (stages((A, (1.0, 1.0))), [0, 9], "stage 1 lasts for 1 epochs of a, which has 0 examples"),
        (
            stages((A, (1e-300, 1e100))),
            [9, 9],
            r"stage 1 would last beyond position 2\^53: its stream's weight is too small",
        ),
        (stages((Epochs("a", 0.1), (1.0,))), [9], "stage 1 lasts for 0.1 epochs of a, which has 9 examples"),
        (
            stages((A, (1.0, 1.0)), (30, (1.0, 1.0))),
            [20, 9],
            "stage 2 is to end at position 30, but the stages before it last up to 40",
        ),
    ],
)
def test_impossible(found: Stages, sizes: list[int], message: str) -> None:
    with pytest.raises(ImpossibleError, match=f"^{message}$"):
        found.schedule(list("ab"[: len(sizes)]), sizes, 30)


WEIGHT = st.one_of(st.just(0.0), st.floats(0.001, 1.0), st.integers(1, 9).map(float))


@st.composite
def schedules(draw: Any) -> tuple[Stages, list[int]]:
    streams = draw(st.integers(1, 5))
    sizes = draw(st.lists(st.integers(1, 300), min_size=streams, max_size=streams))
    found = []
    for _ in range(draw(st.integers(1, 5))):
        weights = draw(st.lists(WEIGHT, min_size=streams, max_size=streams))
        watched = draw(st.integers(0, streams - 1))
        weights[watched] = draw(st.floats(0.05, 1.0))
        ramp = draw(st.sampled_from(["step", "linear", "cosine"]))
        found.append(OrderStage(Epochs("abcde"[watched], draw(st.integers(1, 3))), tuple(weights), ramp))
    return Stages(tuple(found)), sizes


@given(schedules())
def test_every_stage_draws_exactly_its_epochs_and_the_others_their_share(given: tuple[Stages, list[int]]) -> None:
    found, sizes = given
    names = "abcde"[: len(sizes)]
    counts = found.counts(names, sizes, None)
    taken = prefixes(found, sizes)
    ends = np.cumsum([sum(stage) for stage in counts])
    assert np.diff(taken[ends], axis=0, prepend=0).tolist() == counts
    asked = [Fraction(0)] * len(sizes)
    for stage, shares, numbers in zip(found.stages, found.means(), counts, strict=True):
        assert isinstance(stage.until, Epochs)
        watched = names.index(stage.until.stream)
        assert numbers[watched] == stage.until.epochs * sizes[watched]
        assert all(share or not number for share, number in zip(shares, numbers, strict=True))
        asked = [sum_ + numbers[watched] / shares[watched] * share for sum_, share in zip(asked, shares, strict=True)]
    assert all(abs(number - want) <= 1 for number, want in zip(taken[-1].tolist(), asked, strict=True))


@given(schedules())
def test_every_prefix_holds_what_the_weights_ask(given: tuple[Stages, list[int]]) -> None:
    found, sizes = given
    schedule, total = found.schedule("abcde"[: len(sizes)], sizes, None)
    taken, t, knots = prefixes(found, sizes), np.arange(total + 1) / total, np.array(schedule.knots)
    at = np.clip(np.searchsorted(knots, t, "right") - 1, 0, len(knots) - 2)
    into, width = t - knots[at], knots[at + 1] - knots[at]
    for stream, (left, right) in enumerate(zip(schedule.left, schedule.right, strict=True)):
        a, b = np.array(left)[at], np.array(right)[at]
        asked = total * (np.array(schedule.integral(stream))[at] + into * (a + (b - a) * into / (2 * width)))
        assert np.abs(taken[:, stream] - asked).max() <= len(sizes) / 2 + 1


@given(schedules(), st.integers(0, 500))
def test_a_last_stage_that_ends_with_the_run_makes_the_total_exact(given: tuple[Stages, list[int]], more: int) -> None:
    found, sizes = given
    names = "abcde"[: len(sizes)]
    before = sum(map(sum, found.counts(names, sizes, None)))
    longer = Stages((*found.stages, OrderStage(1.0, tuple([1.0] * len(sizes)), "linear")))
    total = before + 1 + more
    assert longer.schedule(names, sizes, total)[1] == total
    assert len(prefixes(longer, sizes, total)) == total + 1


@given(schedules(), st.integers(0, 4))
def test_a_stream_of_weight_nothing_changes_nothing(given: tuple[Stages, list[int]], at: int) -> None:
    found, sizes = given
    at = min(at, len(sizes))
    names = list("abcde"[: len(sizes)])
    with_it = [*names[:at], "nothing", *names[at:]]
    wider = Stages(
        tuple(OrderStage(one.until, (*one.weights[:at], 0.0, *one.weights[at:]), one.ramp) for one in found.stages)
    )
    widened = wider.counts(with_it, [*sizes[:at], 7, *sizes[at:]], None)
    assert [stage[:at] + stage[at + 1 :] for stage in widened] == found.counts(names, sizes, None)
