import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.translate.budget import Budget, Cost
from transforms.translate.engines import Lane
from transforms.translate.limits import SILENT, Bucket, Gate, Throttle
from transforms.translate.purse import Purse


@given(st.floats(1, 100_000), st.lists(st.floats(0.1, 5_000), min_size=1, max_size=200))
def test_no_minute_has_more_than_its_limit_and_the_burst(per_minute: float, amounts: list[float]) -> None:
    bucket, now, taken = Bucket(per_minute), 0.0, []
    for amount in amounts:
        now += bucket.wait(amount, now)
        bucket.take(amount, now)
        taken.append((now, amount))
    for start, _ in taken:
        inside = [amount for at, amount in taken if start <= at < start + 60]
        # What the last one takes beyond the bucket's level is owed, and paid by waiting.
        assert sum(inside) <= per_minute + bucket.capacity + max(amounts) * (1 + 1e-6)


def test_requests_of_one_never_exceed_the_limit_by_more_than_one_percent() -> None:
    bucket, now, times = Bucket(600), 0.0, []
    while now < 300:
        now += bucket.wait(1, now)
        bucket.take(1, now)
        times.append(now)
    assert max(sum(start <= at < start + 60 for at in times) for start in times) <= 606
    assert len(times) >= 0.99 * 600 * 5


def test_what_was_reserved_and_not_used_is_given_back() -> None:
    gate = Gate(Lane(10, None, 6000))
    gate.send(60, 0.0)
    assert gate.wait(60, 0.0) == pytest.approx(0.6)
    gate.settle(60, 10, 0.0)
    assert gate.wait(50, 0.0) == pytest.approx(0.0)
    gate.send(50, 0.0)
    gate.settle(50, 110, 0.0)  # used more than expected: the next one waits for it
    assert gate.wait(1, 0.0) == pytest.approx(0.61, abs=0.01)
    gate.send(50, 60.0)
    gate.settle(50, 170, 120.0)  # what would have come in meanwhile, had it not been full, pays nothing
    assert gate.wait(1, 120.0) == pytest.approx(0.61)


def test_a_gate_lets_through_what_its_window_holds_and_rests_when_told() -> None:
    gate = Gate(Lane(2))
    gate.send(1, 0.0)
    gate.send(1, 0.0)
    assert gate.wait(1, 0.0) is None
    gate.settle(1, 1, 0.0)
    gate.pause(3, 1.0)
    assert gate.wait(1, 2.0) == pytest.approx(2.0)


def test_a_gate_keeps_to_its_requests_a_minute() -> None:
    gate = Gate(Lane(2, 60))
    assert gate.wait(1, 0.0) == 0.0
    gate.send(1, 0.0)
    assert gate.wait(1, 0.0) == pytest.approx(1.0)
    assert gate.wait(1, 0.75) == pytest.approx(0.25)
    gate.send(1, 1.0)
    gate.settle(1, 1, 1.5)
    assert gate.wait(1, 1.5) == pytest.approx(0.5)  # a request that has ended makes room, and is not given back
    gate.send(1, 2.0)
    assert gate.wait(1, 9.0) is None


def test_an_endpoint_that_is_away_is_left_alone_for_longer_each_time() -> None:
    gate, now, rests = Gate(Lane(10)), 0.0, []
    for _ in range(SILENT):
        assert not gate.away
        gate.unanswered(now)
    assert gate.away
    for _ in range(9):
        gate.rest(now)
        gate.rest(now)  # several that notice it at once make no longer rest
        rests.append(gate.wait(1, now))
        gate.unanswered(now)  # what was in flight before
        now += rests[-1]
        gate.unanswered(now)
    assert rests == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_more_is_tried_later_each_time_that_it_is_rejected_and_sooner_where_it_goes_well() -> None:
    throttle, successes = Throttle(16), []

    def until_more() -> int:
        limit, number = throttle.limit, 0
        while throttle.limit == limit:
            throttle.succeeded()
            number += 1
        return number

    for _ in range(4):
        assert [throttle.rejected(8) for _ in range(3)] == [False, False, True]
        assert throttle.limit == 8
        successes.append(until_more())
        assert throttle.limit == 9
    assert successes == [8, 16, 32, 64]
    assert [until_more() for _ in range(3)] == [9 * 8, 10 * 4, 11 * 2]


@pytest.mark.parametrize("cap", [1, 5, 64, 100])
def test_the_window_finds_what_a_service_takes(cap: int) -> None:
    """A service that takes `cap` at once, in rounds: what is beyond is rejected and sent again."""
    throttle, rejected, served = Throttle(128), 0, 0
    for _ in range(200):
        sent = throttle.limit
        for over in range(max(0, sent - cap)):
            throttle.rejected(sent - over - 1)
            rejected += 1
        for _ in range(min(sent, cap)):
            throttle.succeeded()
            served += 1
    assert served >= 0.9 * 200 * cap
    assert rejected <= 128 + max(60, 0.1 * served)


@pytest.mark.parametrize("cap", [1, 5, 40])
def test_the_window_shrinks_where_requests_queue_until_it_is_too_late(cap: int) -> None:
    throttle, late, served = Throttle(128), 0, 0
    for _ in range(200):
        sent, halved = throttle.limit, throttle.halved
        for _ in range(max(0, sent - cap)):
            throttle.late(halved)
            late += 1
        for _ in range(min(sent, cap)):
            throttle.succeeded()
            served += 1
    assert served >= 0.75 * 200 * cap
    assert late <= 2 * 128 + 0.35 * served
    assert throttle.limit <= 2 * cap


def test_single_late_answers_dont_shrink_the_window() -> None:
    throttle, draw = Throttle(64), random.Random(1)
    for _ in range(5000):
        if draw.random() < 0.05:
            throttle.late(throttle.halved)
        else:
            throttle.succeeded()
    assert throttle.limit >= 48


def test_single_rejections_dont_shrink_the_window() -> None:
    throttle = Throttle(64)
    for _ in range(50):
        throttle.succeeded()
    assert not any(throttle.rejected(30) for _ in range(5))
    assert throttle.limit == 64
    assert throttle.rejected(30)


def test_a_budget_counts_what_is_in_flight() -> None:
    purse = Purse(Budget(usd=1.0, requests=3))
    one = Cost(0.4, 100, 1)
    assert purse.admits(one)
    purse.reserve(one)
    purse.reserve(one)
    assert not purse.admits(one)  # 1.2 dollars
    purse.settle(one, Cost(0.1, 20, 1))
    assert purse.admits(one)
    purse.settle(one, Cost(0.1, 20, 1))
    purse.reserve(one)
    assert not purse.admits(Cost(0.0, 0, 1))  # a fourth request
    assert Purse(Budget(tokens=100), parts=2).admits(Cost(tokens=50))
    assert not Purse(Budget(tokens=100), parts=2).admits(Cost(tokens=51))
    assert Purse().admits(Cost(1e9, 1e9, 10**9))


@pytest.mark.parametrize("wrong", [{}, {"usd": -1.0}, {"tokens": float("inf")}])
def test_a_budget_says_what_is_wrong_with_it(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="budget"):
        Budget(**wrong)  # type: ignore[arg-type]
