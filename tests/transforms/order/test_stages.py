import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.order.exhausted import redistribute, stop
from transforms.order.schedule import Placement, Schedule, demands
from transforms.order.stages import COSINE_PIECES, Stretch, compile_stages

TWO = [Stretch(0.3, [0.7, 0.3]), Stretch(1.0, [0, 1])]


def counts(schedule: Schedule, total: int) -> np.ndarray:
    """How many of each stream stand in every prefix: an array of (total + 1, streams)."""
    demand = demands(schedule, total)
    placement = Placement(schedule, demand)
    taken = np.zeros((total + 1, schedule.streams), int)
    for stream, number in enumerate(demand):
        if number:
            taken[placement.positions(stream, np.arange(number)) + 1, stream] = 1
    return taken.cumsum(axis=0)


def test_steps_change_the_weights_where_they_say() -> None:
    taken = counts(compile_stages(TWO), 1000)
    assert list(taken[300]) == [210, 90]
    assert list(taken[1000]) == [210, 790]
    assert list(compile_stages(TWO).weights_at(0.299)) == pytest.approx([0.7, 0.3])
    assert list(compile_stages(TWO).weights_at(0.3)) == pytest.approx([0, 1])


def test_a_linear_ramp_goes_from_the_weights_before_to_its_own() -> None:
    schedule = compile_stages([Stretch(0.5, [1, 0]), Stretch(1.0, [0, 1], "linear")])
    assert schedule.weights_at(0.625) == pytest.approx([0.75, 0.25])
    assert list(counts(schedule, 4000)[4000]) == [3000, 1000]


def test_a_cosine_ramp_is_drawn_in_pieces_that_meet_the_cosine() -> None:
    schedule = compile_stages([Stretch(0.2, [1, 0]), Stretch(1.0, [0, 1], "cosine")])
    assert len(schedule.knots) == COSINE_PIECES + 2
    assert schedule.integral(1)[-1] == pytest.approx(0.4)
    for at in range(COSINE_PIECES):
        share = at / COSINE_PIECES
        assert schedule.weights_at(0.2 + 0.8 * share)[1] == pytest.approx((1 - np.cos(np.pi * share)) / 2, abs=1e-9)


@pytest.mark.parametrize("ramp", ["linear", "cosine"])
def test_the_first_stage_has_nothing_to_ramp_from(ramp) -> None:
    assert compile_stages([Stretch(1.0, [1, 3], ramp)]) == compile_stages([Stretch(1.0, [1, 3])])


def test_the_end_of_the_last_stage_is_the_end_of_the_run() -> None:
    assert compile_stages([Stretch(1 / 3, [1, 1]), Stretch(0.999999999, [1, 1])]).knots == (0.0, 1 / 3, 1.0)


def test_stop_ends_the_run_where_the_first_stream_runs_out() -> None:
    stopped, total = stop(compile_stages(TWO), 1000, [1000, 500])
    assert total == 710  # 90 of the second by 0.3, and 410 more
    assert list(counts(stopped, total)[-1]) == [210, 500]
    assert list(counts(stopped, total)[300]) == [210, 90]
    stopped, total = stop(compile_stages(TWO), 1000, [105, 1000])
    assert total == 150
    assert list(counts(stopped, total)[-1]) == [105, 45]
    stopped, total = stop(compile_stages(TWO), 1000, [0, 1000])
    assert (stopped.knots, total) == ((0.0, 1.0), 0)


def test_a_stream_that_runs_out_where_a_stage_ends_makes_no_stage_of_no_length() -> None:
    schedule = compile_stages([Stretch(0.25, [1, 0]), Stretch(0.5, [0, 1]), Stretch(1.0, [1, 1])])
    assert redistribute(schedule, 1000, [250, 1000]).knots == (0.0, 0.25, 0.5, 1.0)
    assert stop(schedule, 1000, [250, 1000]) == (Schedule.constant([1, 0]), 250)


def test_nothing_changes_where_there_is_enough() -> None:
    schedule = compile_stages(TWO)
    assert stop(schedule, 1000, [210, 790]) == (schedule, 1000)
    assert redistribute(schedule, 1000, [210, 790]) == schedule


def test_redistribute_lets_the_others_take_over_in_proportion() -> None:
    schedule = Schedule.constant([0.5, 0.3, 0.2])
    spread = redistribute(schedule, 1000, [100, 1000, 1000])
    assert spread.knots == (0.0, pytest.approx(0.2), 1.0)
    assert list(counts(spread, 1000)[-1]) == [100, 540, 360]
    assert list(counts(spread, 1000)[200]) == [100, 60, 40]


def test_in_a_ramp_too_the_others_keep_their_proportion() -> None:
    schedule = compile_stages([Stretch(0.2, [1, 1, 1]), Stretch(1.0, [1, 8, 1], "linear")])
    spread = redistribute(schedule, 1000, [100, 1000, 1000])
    end = spread.knots[2]
    assert end > 0.2
    for t in np.linspace(end, 1, 1000, endpoint=False):
        (_, *others), (none, *now) = schedule.weights_at(t), spread.weights_at(t)
        assert none == 0
        assert now == pytest.approx([weight / sum(others) for weight in others], abs=1e-3)


def test_a_stream_that_appears_takes_over_from_its_first_moment() -> None:
    schedule = compile_stages([Stretch(0.5, [0, 1]), Stretch(1.0, [1, 0], "linear")])
    spread = redistribute(schedule, 1000, [1000, 500])
    assert spread.weights_at(0.5) == [1, 0]
    assert list(counts(spread, 1000)[-1]) == [500, 500]


def test_a_stream_that_fades_takes_over_all_the_same() -> None:
    schedule = compile_stages([Stretch(0.5, [1, 0]), Stretch(1.0, [0, 1], "linear")])
    spread = redistribute(schedule, 1000, [1000, 100])
    assert list(counts(spread, 1000)[-1]) == [900, 100]


def test_nobody_left_to_take_over_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"from 71% of the run on no other stream has a weight"):
        redistribute(compile_stages(TWO), 1000, [1000, 500])


@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.lists(st.sampled_from(["step", "linear", "cosine"]), min_size=1, max_size=3),
    st.data(),
)
def test_redistributed_runs_keep_to_the_caps_and_fill_the_total(
    weights: list[int], ramps: list[str], data: st.DataObject
) -> None:
    stretches = [Stretch((at + 1) / len(ramps), [*weights[at:], *weights[:at]], ramp) for at, ramp in enumerate(ramps)]
    schedule, total = compile_stages(stretches), 600
    caps = [data.draw(st.integers(0, 600)) for _ in weights]
    if sum(caps) < total:
        return
    spread = redistribute(schedule, total, caps)
    drawn = demands(spread, total)
    assert sum(drawn) == total
    assert all(number <= cap + 1 for number, cap in zip(drawn, caps, strict=True))  # one by rounding: see draw
    taken = counts(spread, total)
    bound = len(weights) / 2 + 1
    for stream in range(len(weights)):
        sums, knots = spread.integral(stream), spread.knots
        for knot, reached in zip(knots, sums, strict=True):
            assert abs(taken[int(total * knot)][stream] - total * reached) <= bound + 1
