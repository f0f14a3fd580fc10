"""Batches that hold exactly so many of each stream: what the closed form gives for constant weights."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.order.schedule import Placement, Schedule, demands


def streams_of(weights: list[int], total: int) -> np.ndarray:
    """Return the stream at each position of a run."""
    schedule = Schedule.constant(weights)
    numbers = demands(schedule, total)
    placement = Placement(schedule, numbers)
    found = np.full(total, -1)
    for stream, number in enumerate(numbers):
        found[placement.positions(stream, np.arange(number))] = stream
    return found


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(1, 60))
def test_each_batch_holds_its_weights_exactly(weights: list[int], batches: int) -> None:
    found = streams_of(weights, sum(weights) * batches).reshape(batches, -1)
    for stream, weight in enumerate(weights):
        assert ((found == stream).sum(axis=1) == weight).all()


@given(st.integers(1, 100), st.integers(1, 100), st.integers(1, 3000))
def test_two_streams_are_within_half_an_example_of_their_shares(one: int, other: int, total: int) -> None:
    found = streams_of([one, other], total)
    share = (found == 0).sum() / total
    seen = np.cumsum(found == 0)
    assert np.abs(seen - share * np.arange(1, total + 1)).max() <= 0.5 + 1e-9
