"""Stages that last for epochs of a stream: how long they are is known once the streams are counted.

Counts are whole numbers, computed exactly: such a stage draws from its stream what the epochs have, no more and no
less, and from each other one what the weights ask beside it, rounded; what rounding leaves is made up for in the stages
after. Schedules of only such stages follow OpusTrainer's `until` without the ends of its batches.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import floor
from typing import Literal

from transforms.order.mixtures import ImpossibleError
from transforms.order.schedule import Schedule
from transforms.order.stages import Stretch, compile_stages

HALF = Fraction(1, 2)

MAX_POSITION = 1 << 53
"""The last position that a run may have: floating point doesn't tell higher ones apart."""


@dataclass(frozen=True)
class Epochs:
    """The end of a stage: so many epochs of a stream, counted from where the stage begins."""

    stream: str
    epochs: float

    def __post_init__(self) -> None:
        if not 0 < self.epochs < float("inf"):
            raise ValueError(f"epochs is {self.epochs}; it must be a finite number above 0")


@dataclass(frozen=True)
class OrderStage:
    """A stage of an order: where it ends, its weights (one a stream, in their order), and how these are reached.

    The end is a fraction of the run (a float up to 1), a cumulative position, or a number of epochs of a stream.
    """

    until: int | float | Epochs
    weights: tuple[float, ...]
    ramp: Literal["step", "linear", "cosine"] = "step"


@dataclass(frozen=True)
class Stages:
    """Stages in a row, at least one of which lasts for epochs."""

    stages: tuple[OrderStage, ...]

    def schedule(
        self, streams: Sequence[str], sizes: Sequence[int], total: int | None, lengths: Sequence[Fraction] = ()
    ) -> tuple[Schedule, int | Fraction]:
        """Return the schedule for streams of these sizes, and the number of its positions.

        Where weights and ends count tokens, `lengths` are the mean numbers of tokens of the streams' examples, and the
        number returned is one of tokens. `total` is needed where a stage ends at a fraction. ImpossibleError where a
        stage would hold nothing.
        """
        counts = self.counts(streams, sizes, total, lengths)
        each = lengths or [Fraction(1)] * len(streams)
        given = [[part * length for part, length in zip(stage, each, strict=True)] for stage in counts]
        reached = list(accumulate(sum(stage, Fraction(0)) for stage in given))
        ends = [float(end / reached[-1]) for end in reached]
        stretches = [Stretch(end, stage.weights, stage.ramp) for end, stage in zip(ends, self.stages, strict=True)]
        schedule = _fitted(compile_stages(stretches), given, ends, self.means())
        return schedule, reached[-1] if lengths else int(reached[-1])

    def counts(
        self, streams: Sequence[str], sizes: Sequence[int], total: int | None, lengths: Sequence[Fraction] = ()
    ) -> list[list[int]]:
        """Return for each stage how many examples it draws from each stream; `lengths` as for `schedule`."""
        found: list[list[int]] = []
        owed = [Fraction(0)] * len(streams)  # what the weights asked for so far, less what was given
        position = Fraction(0)
        for at, (stage, means) in enumerate(zip(self.stages, self.means(), strict=True)):
            rates = [mean / length for mean, length in zip(means, lengths, strict=True)] if lengths else means
            if isinstance(stage.until, Epochs):
                stream = streams.index(stage.until.stream)
                number = _examples(stage.until, sizes[stream], at)
                owed = [debt + number / rates[stream] * rate for debt, rate in zip(owed, rates, strict=True)]
                given = _rounded(owed, rates)
                given[stream] = number
            else:
                left = _end(stage.until, total) - position
                if left < 1:
                    raise ImpossibleError(_late(at, _end(stage.until, total), position))
                owed = [debt + left * rate for debt, rate in zip(owed, rates, strict=True)]
                given = _rounded(owed, rates) if lengths else _divided(owed, rates, int(left))
            if not any(given):
                raise ImpossibleError(f"stage {at + 1} would hold no example: it is too short")
            owed = [debt - part for debt, part in zip(owed, given, strict=True)]
            position += (
                sum(part * length for part, length in zip(given, lengths, strict=True)) if lengths else sum(given)
            )
            if position > MAX_POSITION:
                raise ImpossibleError(
                    f"stage {at + 1} would last beyond position 2^53: its stream's weight is too small"
                )
            found.append(given)
        return found

    def weights(self) -> list[float]:
        """Return for each stream the sum of its weights, which is zero where it is never drawn from."""
        return [sum(weights) for weights in zip(*(stage.weights for stage in self.stages), strict=True)]

    def means(self) -> list[list[Fraction]]:
        """Return the mean share of each stream in each stage; a ramp's is half way between its ends."""
        means, before = [], None
        for stage in self.stages:
            weights = [Fraction(str(weight)) for weight in stage.weights]
            now = [weight / sum(weights) for weight in weights]
            come = now if before is None or stage.ramp == "step" else before
            means.append([(a + b) / 2 for a, b in zip(come, now, strict=True)])
            before = now
        return means


def _examples(until: Epochs, size: int, at: int) -> int:
    number = floor(size * Fraction(str(until.epochs)))
    if not number:
        raise ImpossibleError(
            f"stage {at + 1} lasts for {until.epochs:g} epochs of {until.stream}, which has {size} examples"
        )
    return number


def _end(until: int | float, total: int | None) -> int:
    if isinstance(until, int):
        return until
    assert total is not None
    return floor(total * Fraction(str(until)) + HALF)


def _late(at: int, end: int, position: Fraction) -> str:
    return f"stage {at + 1} is to end at position {end}, but the stages before it last up to {floor(position)}"


def _rounded(owed: Sequence[Fraction], rates: Sequence[Fraction]) -> list[int]:
    """Give each stream what it is owed, to the nearest whole number."""
    return [max(0, floor(debt + HALF)) if rate else 0 for debt, rate in zip(owed, rates, strict=True)]


def _divided(owed: Sequence[Fraction], means: Sequence[Fraction], number: int) -> list[int]:
    """Divide so many positions: to each stream what it is owed, rounded so that the sum is right."""
    given = [max(0, floor(debt)) if mean else 0 for debt, mean in zip(owed, means, strict=True)]
    while (missing := number - sum(given)) != 0:
        step = 1 if missing > 0 else -1
        may = [at for at, mean in enumerate(means) if mean and given[at] + step >= 0]
        best = max(may, key=lambda at: (step * (owed[at] - given[at]), -at))
        given[best] += step
    return given


def _fitted(
    schedule: Schedule,
    amounts: Sequence[Sequence[Fraction]],
    ends: Sequence[float],
    means: Sequence[Sequence[Fraction]],
) -> Schedule:
    """Return the schedule with each stage's weights scaled, so that their integrals are its amounts."""
    scales = []
    for given, mean in zip(amounts, means, strict=True):
        length = sum(given)
        scales.append([float(part / (length * m)) if m else 0.0 for part, m in zip(given, mean, strict=True)])
    stages = [bisect_right(ends, start) for start in schedule.knots[:-1]]
    left, right = (
        tuple(
            tuple(weight * scales[stage][stream] for weight, stage in zip(weights, stages, strict=True))
            for stream, weights in enumerate(side)
        )
        for side in (schedule.left, schedule.right)
    )
    return Schedule(schedule.knots, left, right)
