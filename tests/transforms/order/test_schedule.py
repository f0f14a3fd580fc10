from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.order.schedule import Placement, Schedule, demands, largest_remainder, largest_total, normalized

WEIGHT = st.one_of(st.just(0.0), st.floats(0.001, 1000), st.sampled_from([1e-9, 1e-4, 1.0, 3.0]))


@st.composite
def schedules(draw: st.DrawFn, most: int = 6) -> Schedule:
    """Piecewise linear weights: steps and ramps, from and to zero too; at each knot they sum to one."""
    streams = draw(st.integers(1, most))
    weights = st.lists(WEIGHT, min_size=streams, max_size=streams).filter(any)
    inner = draw(st.lists(st.floats(0.01, 0.99), max_size=4, unique=True).map(sorted))
    knots = (0.0, *inner, 1.0)
    left, right = [], []
    for at in range(len(knots) - 1):
        ramps = at and draw(st.booleans())
        left.append(right[-1] if ramps else normalized(draw(weights)))
        right.append(normalized(draw(weights)) if draw(st.booleans()) else left[-1])
    return Schedule(knots, tuple(zip(*left, strict=True)), tuple(zip(*right, strict=True)))


RAMP = Schedule((0.0, 0.25, 1.0), ((0.0, 1.0), (1.0, 0.0)), ((1.0, 0.0), (0.0, 1.0)))


def run_of(schedule: Schedule, total: int) -> np.ndarray:
    """Return the stream at each position, after checking that every position is given once."""
    placement = Placement(schedule, demands(schedule, total))
    run = np.full(total, -1)
    for stream, number in enumerate(placement.demand):
        if number:
            positions = placement.positions(stream, np.arange(number))
            assert (run[positions] == -1).all()
            assert (np.diff(positions) > 0).all()
            run[positions] = stream
    assert (run >= 0).all()
    return run


@settings(deadline=None, max_examples=150)
@given(schedules(), st.integers(1, 3000))
@example(RAMP, 2999)
def test_positions_of_all_streams_are_a_permutation(schedule: Schedule, total: int) -> None:
    assert len(run_of(schedule, total)) == total


@settings(deadline=None, max_examples=1000)
@given(schedules(), st.integers(1, 1500))
@example(RAMP, 3000)
def test_every_prefix_keeps_to_the_schedule(schedule: Schedule, total: int) -> None:
    run = run_of(schedule, total)
    prefixes = np.arange(total + 1)
    for stream in range(schedule.streams):
        count = np.concatenate([[0], np.cumsum(run == stream)])
        wanted = total * integral_at(schedule, stream, prefixes / total)
        assert np.abs(count - wanted).max() <= schedule.streams / 2 + 1


def integral_at(schedule: Schedule, stream: int, times: np.ndarray) -> np.ndarray:
    """The integral of a stream's weight, by the trapezoid rule on the pieces: independent of the code."""
    reached = np.zeros(len(times))
    pieces = zip(schedule.knots, schedule.knots[1:], schedule.left[stream], schedule.right[stream], strict=False)
    for start, end, left, right in pieces:
        inside = np.clip(times, start, end)
        weight = left + (right - left) * (inside - start) / (end - start)
        reached += (left + weight) / 2 * (inside - start)
    return reached


@settings(deadline=None, max_examples=60)
@given(schedules(5), st.integers(1, 1000), st.integers(0, 5))
def test_a_stream_of_weight_zero_changes_nothing(schedule: Schedule, total: int, place: int) -> None:
    place = min(place, schedule.streams)
    none = (0.0,) * (len(schedule.knots) - 1)
    more = Schedule(
        schedule.knots,
        (*schedule.left[:place], none, *schedule.left[place:]),
        (*schedule.right[:place], none, *schedule.right[place:]),
    )
    run = run_of(more, total)
    assert (np.where(run > place, run - 1, run) == run_of(schedule, total)).all()
    assert place not in run


@settings(deadline=None, max_examples=60)
@given(schedules(), st.integers(1, 2000), st.data())
def test_positions_do_not_depend_on_what_else_is_asked(schedule: Schedule, total: int, data: st.DataObject) -> None:
    placement = Placement(schedule, demands(schedule, total))
    stream = data.draw(st.sampled_from([at for at, number in enumerate(placement.demand) if number]))
    every = np.arange(placement.demand[stream])
    chosen = np.array(data.draw(st.lists(st.sampled_from(every.tolist()), min_size=1, max_size=20)))
    assert placement.positions(stream, chosen).tolist() == placement.positions(stream, every)[chosen].tolist()
    assert placement.positions(stream, every[:0]).tolist() == []


@settings(deadline=None, max_examples=100)
@given(schedules(), st.integers(1, 3000))
def test_times_never_decrease_and_stay_in_the_run(schedule: Schedule, total: int) -> None:
    placement = Placement(schedule, demands(schedule, total))
    for stream, number in enumerate(placement.demand):
        if number:
            times = placement.times(stream, np.arange(number))
            assert (np.diff(times) >= 0).all()
            assert times[0] >= 0
            assert times[-1] <= 1


def test_positions_by_hand() -> None:
    # Times: a 1/6, 3/6, 5/6; b 1/2. Of equal times the first stream's comes first.
    placement = Placement(Schedule.constant([3, 1]), [3, 1])
    assert placement.positions(0, np.arange(3)).tolist() == [0, 1, 3]
    assert placement.positions(1, np.arange(1)).tolist() == [2]


def test_stages_follow_each_other() -> None:
    schedule = Schedule((0.0, 0.3, 1.0), ((1.0, 0.0), (0.0, 1.0)), ((1.0, 0.0), (0.0, 1.0)))
    assert run_of(schedule, 10).tolist() == [0] * 3 + [1] * 7


def test_a_ramp_moves_from_one_stream_to_the_other() -> None:
    schedule = Schedule((0.0, 1.0), ((1.0,), (0.0,)), ((0.0,), (1.0,)))
    run = run_of(schedule, 1000)
    assert [int(run[at : at + 250].sum()) for at in range(0, 1000, 250)] == [31, 94, 156, 219]
    assert (run == 1 - run[::-1]).all()


@pytest.mark.parametrize("total", [10**9, 10**12 - 1])
@pytest.mark.parametrize(
    "schedule",
    [
        Schedule.constant([0.2, 0.3, 0.5]),
        Schedule.constant([1, 1, 1]),
        Schedule.constant([1, 1e-7, 1e-3]),
        RAMP,
        Schedule(
            (0.0, 0.3, 0.5, 1.0),
            ((0.7, 0.7, 0.0), (0.3, 0.3, 0.9), (0.0, 0.0, 0.1)),
            ((0.7, 0.0, 0.5), (0.3, 0.9, 0.5), (0.0, 0.1, 0.0)),
        ),
    ],
    ids=["mix", "equal", "tiny", "ramps", "stages"],
)
def test_positions_of_a_huge_run_are_unique_and_leave_no_gap(schedule: Schedule, total: int) -> None:
    placement = Placement(schedule, demands(schedule, total))
    assert sum(placement.demand) == total
    for moment in (0.0, 0.1, 0.25, 0.3, 0.4999, 0.5, 0.77, 1.0):
        window = window_around(placement, int(moment * (total - 1)), total)
        assert (np.diff(window) == 1).all()


def window_around(placement: Placement, middle: int, total: int) -> np.ndarray:
    """Return the positions, sorted, that streams give within 150 of the middle: each found by bisection."""
    low, high = max(0, middle - 150), min(total, middle + 150)
    found = []
    for stream, number in enumerate(placement.demand):
        if not number:
            continue
        ends = []
        for bound in (low, high):
            first, last = 0, number
            while first < last:
                half = (first + last) // 2
                if placement.positions(stream, np.array([half]))[0] < bound:
                    first = half + 1
                else:
                    last = half
            ends.append(first)
        found.append(placement.positions(stream, np.arange(*ends)))
    window = np.sort(np.concatenate(found))
    assert window[0] == low
    assert window[-1] == high - 1
    return window


def by_hand(shares: list[Fraction], total: int) -> list[int]:
    exact = [share * total for share in shares]
    parts = [int(each) for each in exact]
    order = sorted(range(len(shares)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


@given(st.sampled_from([1, 2, 4]).flatmap(lambda n: st.lists(st.integers(0, 64), min_size=n, max_size=n)), st.data())
def test_largest_remainder_is_the_textbook_one(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, 4096))
    scale = 64 * len(weights)  # a power of two: floating point holds the shares exactly, so that ties are ties
    weights[0] += scale - sum(weights)
    shares = [Fraction(weight, scale) for weight in weights]
    assert largest_remainder([float(share) for share in shares], [total])[0].tolist() == by_hand(shares, total)


@given(st.lists(WEIGHT, min_size=1, max_size=6).filter(any), st.integers(0, 10**12))
def test_totals_are_exact_and_within_one(weights: list[float], total: int) -> None:
    shares = normalized(weights)
    parts = largest_remainder(shares, [total])[0]
    assert parts.sum() == total
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    assert (np.abs(parts - np.array(shares) * total) < 1 + 1e-3).all()


@settings(deadline=None)
@given(st.data(), st.lists(WEIGHT.filter(lambda w: w == 0 or w > 0.01), min_size=1, max_size=5).filter(any))
def test_largest_total_is_what_trying_all_gives(data: st.DataObject, weights: list[float]) -> None:
    caps = data.draw(st.lists(st.integers(0, 40), min_size=len(weights), max_size=len(weights)))
    schedule = Schedule.constant(weights)
    bound = sum(caps)  # more positions than examples can't be
    fits = [
        total
        for total in range(bound + 1)
        if all(asked <= cap for asked, cap in zip(demands(schedule, total), caps, strict=True))
    ]
    assert largest_total(schedule, caps) == max(fits)


def test_largest_total_of_large_streams_is_found_at_once() -> None:
    schedule = Schedule.constant([0.2, 0.3, 0.5])
    total = largest_total(schedule, [2 * 10**11, 10**12, 10**12])
    assert demands(schedule, total)[0] == 2 * 10**11
    assert demands(schedule, total + 5)[0] > 2 * 10**11


@pytest.mark.parametrize("weights", [[-1.0, 2.0], [float("nan"), 1.0], [float("inf")], [0.0, 0.0], []])
def test_weights_that_can_not_be_shares(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        normalized(weights)


def test_weights_at_a_step_are_those_after_it() -> None:
    schedule = Schedule((0.0, 0.5, 1.0), ((1.0, 0.0), (0.0, 1.0)), ((1.0, 1.0), (0.0, 0.0)))
    assert schedule.weights_at(0.25) == [1.0, 0.0]
    assert schedule.weights_at(0.5) == [0.0, 1.0]
    assert schedule.weights_at(0.75) == [0.5, 0.5]
    assert schedule.weights_at(1.0) == [1.0, 0.0]
