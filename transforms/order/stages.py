"""From the stages of a recipe's `order` to a schedule."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from transforms.order.schedule import Schedule, between, normalized

COSINE_PIECES = 32
"""A cosine ramp is drawn as so many straight pieces, once, by the launcher: cosines differ between machines."""


@dataclass(frozen=True)
class Stretch:
    """A stage whose end is known: a fraction of the run. Its weights are one a stream.

    `step` has them from the beginning; `linear` and `cosine` go to them from those of the stretch before.
    """

    end: float
    weights: Sequence[float]
    ramp: Literal["step", "linear", "cosine"] = "step"


def compile_stages(stretches: Sequence[Stretch]) -> Schedule:
    """Return the schedule that follows these stretches; the last one ends at 1, whatever its end says.

    Each stretch's weights are made to sum to one first. The first has nothing to ramp from and is constant.
    """
    knots = [0.0]
    left: list[list[float]] = []
    right: list[list[float]] = []
    before: list[float] | None = None
    for at, stretch in enumerate(stretches):
        start, end = knots[-1], 1.0 if at == len(stretches) - 1 else stretch.end
        now = normalized(stretch.weights)
        come = now if before is None or stretch.ramp == "step" else before
        shares = _shares(stretch.ramp) if come is not now else [0.0, 1.0]
        for piece in range(len(shares) - 1):
            last = piece == len(shares) - 2
            knots.append(end if last else start + (end - start) * (piece + 1) / (len(shares) - 1))
            left.append(between(come, now, shares[piece]))
            right.append(now if last else between(come, now, shares[piece + 1]))
        before = now
    return Schedule(tuple(knots), tuple(zip(*left, strict=True)), tuple(zip(*right, strict=True)))


def _shares(ramp: str) -> list[float]:
    """Return how much of the way is done at each knot of a ramp."""
    if ramp == "linear":
        return [0.0, 1.0]
    done = [(1 - math.cos(math.pi * at / COSINE_PIECES)) / 2 for at in range(COSINE_PIECES + 1)]
    return [0.0, *done[1:-1], 1.0]
