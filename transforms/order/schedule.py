"""Schedules: who stands where, as a closed form.

A schedule gives each stream a weight at every moment t of a run, from 0 to 1; weights are piecewise linear in t and sum
to one. F_i(t) is the integral of stream i's weight. A run of N positions asks stream i for d_i examples (N F_i(1), made
integer by largest remainder), and its k-th one is due at t_i(k), the smallest t with d_i F_i(t) / F_i(1) >= k + 1/2.
All draws, ordered by (t_i(k), i, k), are the run.

The method is ours. Only +, -, *, / and square roots are used, which IEEE 754 fixes to the last bit: every machine
computes the same positions, and each worker those of its own examples alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Schedule:
    """Piecewise linear weights.

    Attributes:
      knots: 0 = t_0 < t_1 < ... < t_m = 1.
      left, right: for each stream and each of the m segments, its weight where the segment begins, and where it ends.
    """

    knots: tuple[float, ...]
    left: tuple[tuple[float, ...], ...]
    right: tuple[tuple[float, ...], ...]

    @classmethod
    def constant(cls, weights: Sequence[float]) -> "Schedule":
        """Return the schedule whose weights, made to sum to one, never change; ValueError where they can't be."""
        shares = normalized(weights)
        return cls((0.0, 1.0), tuple((share,) for share in shares), tuple((share,) for share in shares))

    @property
    def streams(self) -> int:
        """Return the number of streams."""
        return len(self.left)

    def integral(self, stream: int) -> list[float]:
        """Return F of the stream at each knot."""
        sums = [0.0]
        for at, (a, b) in enumerate(zip(self.left[stream], self.right[stream], strict=True)):
            sums.append(sums[-1] + (a + b) / 2 * (self.knots[at + 1] - self.knots[at]))
        return sums

    def weights_at(self, t: float) -> list[float]:
        """Return every stream's weight at t (where a step changes it, the weight after)."""
        segment = min(int(np.searchsorted(self.knots, t, "right")) - 1, len(self.knots) - 2)
        share = (t - self.knots[segment]) / (self.knots[segment + 1] - self.knots[segment])
        return [a[segment] + (b[segment] - a[segment]) * share for a, b in zip(self.left, self.right, strict=True)]


def normalized(weights: Sequence[float]) -> list[float]:
    """Return the weights divided by their sum; ValueError where one is negative or none is above zero."""
    if any(not weight >= 0 or weight == float("inf") for weight in weights):
        raise ValueError(f"weights {list(weights)} hold one that isn't a number of zero or more")
    total = sum(weights)
    if not total > 0:
        raise ValueError(f"weights {list(weights)} sum to nothing")
    return [weight / total for weight in weights]


def between(one: Sequence[float], other: Sequence[float], share: float) -> list[float]:
    """Return weights that have gone this share of the way from some to others."""
    return [a + (b - a) * share for a, b in zip(one, other, strict=True)]


def largest_remainder(shares: Sequence[float], totals: Any) -> Any:
    """Divide each total by shares that sum to one; return an integer array of shape (totals, shares).

    Each share gets its floor, the largest remainders one more (of equal ones the first; a share of zero gets nothing).
    """
    weights = np.asarray(shares, float)
    exact = np.asarray(totals, np.int64)[:, None] * weights
    parts = np.floor(exact).astype(np.int64)
    remainder = np.where(weights > 0, exact - parts, -1.0)
    place = np.argsort(np.argsort(-remainder, axis=1, kind="stable"), axis=1, kind="stable")
    missing = np.asarray(totals, np.int64) - parts.sum(axis=1)
    return parts + ((place < missing[:, None]) & (weights > 0))


def demands(schedule: Schedule, total: int) -> list[int]:
    """Return how many examples each stream gives to a run of `total` positions."""
    numbers: list[int] = largest_remainder(_shares(schedule), [total])[0].tolist()
    return numbers


def largest_total(schedule: Schedule, caps: Sequence[int]) -> int:
    """Return the largest number of positions for which no stream is asked for more than its cap.

    Largest remainders don't grow evenly with the total, so candidates are tried from above, some thousands at a time.
    """
    shares = _shares(schedule)
    top = int(min((cap + 1) / share for cap, share in zip(caps, shares, strict=True) if share > 0)) + 1
    while top > 0:
        totals = np.arange(top, max(top - 65536, 0), -1)
        fits = (largest_remainder(shares, totals) <= np.asarray(caps)).all(axis=1)
        if fits.any():
            return int(totals[fits.argmax()])
        top -= 65536
    return 0


def _shares(schedule: Schedule) -> list[float]:
    return normalized([schedule.integral(stream)[-1] for stream in range(schedule.streams)])


def inverse(knots: Any, sums: Any, left: Any, right: Any, due: Any) -> Any:
    """Return the smallest t at which a stream's integral reaches each value of `due`: non-decreasing in it.

    `sums` is the integral at the knots; `left` and `right` are the stream's weights where segments begin and end.
    """
    segment = np.clip(np.searchsorted(sums, due, "left") - 1, 0, len(sums) - 2)
    start, end = knots[segment], knots[segment + 1]
    a, b = left[segment], right[segment]
    rest = np.maximum(due - sums[segment], 0.0)
    # a s + (b - a) s^2 / 2h = rest, solved in the form that loses no digits where b is near a
    root = np.sqrt(np.maximum(a * a + 2.0 * rest * (b - a) / (end - start), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(rest > 0, 2.0 * rest / (a + root), 0.0)
    return np.minimum(start + step, end)


class Placement:
    """The positions of a run: the schedule, and how many examples each stream gives (`demand`)."""

    def __init__(self, schedule: Schedule, demand: Sequence[int]) -> None:
        self.demand = tuple(demand)
        self._knots = np.array(schedule.knots)
        self._left = np.array(schedule.left)
        self._right = np.array(schedule.right)
        self._sums = np.array([schedule.integral(stream) for stream in range(schedule.streams)])

    def times(self, stream: int, k: Any) -> Any:
        """Return t of the stream's draws k (an array of integers from 0): non-decreasing in k."""
        sums = self._sums[stream]
        due = (k + 0.5) * sums[-1] / self.demand[stream]
        return inverse(self._knots, sums, self._left[stream], self._right[stream], due)

    def positions(self, stream: int, k: Any) -> Any:
        """Return the positions (from 0) of the stream's draws k in the run: over all streams, a permutation."""
        due = self.times(stream, k)
        place = k.astype(np.int64)
        for other, number in enumerate(self.demand):
            if other != stream and number:
                place = place + self._before(other, due, ties=other < stream)
        return place

    def _before(self, stream: int, due: Any, ties: bool) -> Any:
        """Count the stream's draws that come before each moment (with `ties`, also those at it).

        A guess from the inverse is corrected by looking at the draws beside it: what decides is `times` alone, since
        evaluating the forward form at another stream's time would, by rounding, give some positions twice.
        """
        number = self.demand[stream]
        side = "right" if ties else "left"
        sums = self._sums[stream]
        segment = np.clip(np.searchsorted(self._knots, due, "left") - 1, 0, len(sums) - 2)
        passed = due - self._knots[segment]
        a, b = self._left[stream][segment], self._right[stream][segment]
        width = self._knots[segment + 1] - self._knots[segment]
        reached = sums[segment] + passed * (a + (b - a) * passed / (2.0 * width))
        count = np.clip(np.rint(reached / sums[-1] * number), 0, number).astype(np.int64)
        while True:
            low, high = self.times(stream, np.maximum(count - 1, 0)), self.times(stream, np.minimum(count, number - 1))
            over = (count > 0) & (low > due if side == "right" else low >= due)
            under = (count < number) & (high <= due if side == "right" else high < due)
            if not (over.any() or under.any()):
                return count
            count = count - over + under
