"""Allocation: a budget of sentence pairs, spent where it raises the mean score of the languages most.

The idea is x-LLaMA's (arXiv 2308.04948): a scaling law, fitted for each language, says what score so many pairs of
parallel text give, and the budget is divided so that the mean of the scores is greatest. The paper has two parameters
to fit and the language's similarity to English; it doesn't say how similarity is computed or how the division is found.
We could not check its equations to the letter, and take the law to be

    score(x) = ceiling - scale * x ** -exponent        for x pairs

with the similarity in the scale, from which no fit can tell it. Ours are the fit, a scale and an exponent for each
language, and the division, which is exact. With exponents of zero or more the problem is convex: at its solution, one
more pair raises the score by the same in every language that isn't at its floor or its cap (the KKT conditions).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from transforms.order.mixtures import ImpossibleError, bound_of, by_language, check_order, grouped, unimax
from transforms.order.scaling_law import Curve
from transforms.order.schedule import largest_remainder


@dataclass(frozen=True)
class Allocation:
    """A division of the budget.

    Attributes:
      exact: the pairs of each language, as real numbers.
      pairs: whole pairs: these made integer by largest remainder.
      residual: by how much `exact` misses the KKT conditions: the greatest relative excess of the gain of one more pair
        over, or lack under, the common one.
    """

    exact: tuple[float, ...]
    pairs: tuple[int, ...]
    residual: float


@dataclass(frozen=True)
class Division:
    """A dataset's total, divided among its languages.

    Attributes:
      languages: the indexes of each language's streams; languages that have nothing to draw aren't among them.
      floors, caps: the least and most pairs of each, with what there is to draw considered.
      allocation: what each gets.
    """

    languages: Mapping[str, Sequence[int]]
    floors: tuple[int, ...]
    caps: tuple[int, ...]
    allocation: Allocation


@dataclass(frozen=True)
class Allocate:
    """The dataset's `total` spent on its languages as scaling laws advise.

    Parameters:
      points: a CSV file with the columns `language`, `pairs` and `score`: three or more measured points a language.
      ceiling: the score that no number of pairs reaches.
      floor, cap: the least and most pairs of each language; a number for all, or by language.
      languages: for each language the streams that hold its pairs; a stream that isn't named is a language of its own,
        under its own name.
    """

    points: str
    ceiling: float = 100.0
    floor: int | dict[str, int] = 0
    cap: int | dict[str, int] | None = None
    languages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    shorthand: ClassVar[str] = "points"
    needs_total: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not math.isfinite(self.ceiling):
            raise ValueError(f"ceiling is {self.ceiling}; it must be a finite number")
        for name, bound in (("floor", self.floor), ("cap", self.cap)):
            for language, pairs in by_language(bound).items():
                if pairs < 0:
                    raise ValueError(
                        f"the {name}{f' of {language}' if language else ''} is {pairs}; it can't be negative"
                    )
        check_order(self.floor, self.cap)

    def weights(
        self, streams: Sequence[str], sizes: Sequence[int], caps: Sequence[int], total: int | None
    ) -> list[float]:
        assert total is not None
        divided = self.divide(streams, caps, total)
        parts = [0.0] * len(streams)
        for pairs, members in zip(divided.allocation.pairs, divided.languages.values(), strict=True):
            shares = [caps[at] / sum(caps[at] for at in members) for at in members]
            for at, part in zip(members, largest_remainder(shares, [pairs])[0], strict=True):
                parts[at] = float(part)
        return parts

    def divide(self, streams: Sequence[str], caps: Sequence[int], total: int) -> Division:
        """Return how a total is divided among the languages of streams that may be drawn from so often.

        ImpossibleError where floors or caps don't allow it.
        """
        groups = grouped(streams, self.languages)
        there = {name: sum(caps[at] for at in members) for name, members in groups.items()}
        groups = {name: members for name, members in groups.items() if there[name]}
        floors = [bound_of(self.floor, name, 0) for name in groups]
        most = [min(there[name], bound_of(self.cap, name, there[name])) for name in groups]
        for name, floor in zip(groups, floors, strict=True):
            if floor > there[name]:
                raise ImpossibleError(f"{name} has {there[name]} pairs to draw, and its floor is {floor}")
        if sum(most) < min(total, sum(there.values())):
            raise ImpossibleError(f"the caps of its languages allow {sum(most)} pairs, and total is {total}")
        found = allocate([self.curves[name] for name in groups], total, floors, most)
        return Division(groups, tuple(floors), tuple(most), found)


def allocate(curves: Sequence[Curve], budget: int, floors: Sequence[int], caps: Sequence[int]) -> Allocation:
    """Divide a budget among languages so that the mean of their scores is greatest.

    Each language gets from its floor to its cap. Where the caps sum to less than the budget, each gets its cap.
    ImpossibleError where the floors sum to more.
    """
    if sum(floors) > budget:
        raise ImpossibleError(f"the floors of its languages sum to {sum(floors)} pairs, and total is {budget}")
    if any(low > high for low, high in zip(floors, caps, strict=True)):
        raise ValueError(f"floors {list(floors)} aren't all below the caps {list(caps)}")
    budget = min(budget, sum(caps))
    exact = _divide(curves, budget, floors, caps)
    if not budget:
        return Allocation(tuple(exact), (0,) * len(exact), 0.0)
    shares = np.array(exact) / budget
    pairs = largest_remainder(shares.tolist(), [budget])[0]
    return Allocation(tuple(exact), tuple(pairs.tolist()), residual(curves, exact, floors, caps))


def _divide(curves: Sequence[Curve], budget: int, floors: Sequence[int], caps: Sequence[int]) -> list[float]:
    """Return the pairs of each language: the gain that all have in common is found by bisection of its logarithm."""
    steep = [at for at, curve in enumerate(curves) if curve.exponent and floors[at] < caps[at]]
    flat = [at for at, curve in enumerate(curves) if not curve.exponent and floors[at] < caps[at]]
    given = [float(floor) for floor in floors]
    spare = budget - sum(floors)
    room = sum(caps[at] - floors[at] for at in steep)
    if spare >= room:  # more than the steep ones can take: flat ones, to which all is the same, get it evenly
        for at in steep:
            given[at] = float(caps[at])
        for at, more in zip(flat, unimax([caps[at] - given[at] for at in flat], spare - room), strict=True):
            given[at] += more
    elif spare:
        _bisect(given, [(at, curves[at]) for at in steep], spare + sum(floors[at] for at in steep), floors, caps)
    return given


def _bisect(
    given: list[float], steep: Sequence[tuple[int, Curve]], budget: float, floors: Sequence[int], caps: Sequence[int]
) -> None:
    def taken(log_gain: float) -> list[float]:
        return [_pairs(curve, log_gain, floors[at], caps[at]) for at, curve in steep]

    even = (budget - sum(floors[at] for at, _ in steep)) / len(steep)
    low = min(curve.log_gain(caps[at]) for at, curve in steep)  # here all take their caps
    high = max(curve.log_gain(floors[at] + even) for at, curve in steep)  # here none takes more than an even part
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if sum(taken(middle)) > budget else (low, middle)
    found = taken(high)
    inside = [at for at, (index, _) in enumerate(steep) if floors[index] < found[at] < caps[index]]
    left = budget - sum(found)
    whole = sum(found[at] for at in inside)
    for at, (index, _) in enumerate(steep):  # what rounding has left is divided too
        more = left * found[at] / whole if at in inside else 0.0
        given[index] = min(max(found[at] + more, floors[index]), caps[index])


def _pairs(curve: Curve, log_gain: float, floor: int, cap: int) -> float:
    wanted = curve.log_pairs(log_gain)
    return float(cap) if wanted >= math.log(cap) else min(max(math.exp(wanted), floor), cap)


def residual(curves: Sequence[Curve], pairs: Sequence[float], floors: Sequence[int], caps: Sequence[int]) -> float:
    """Return by how much a division misses the KKT conditions, relative to the common gain of one more pair.

    One more pair must add as much in a language below its cap as in any language above its floor, or less.
    """
    gains = [curve.log_gain(number) for curve, number in zip(curves, pairs, strict=True)]
    wanting = [gain for gain, x, cap in zip(gains, pairs, caps, strict=True) if x < cap]
    having = [gain for gain, x, floor in zip(gains, pairs, floors, strict=True) if x > floor]
    if not wanting or not having or max(wanting) <= min(having):
        return 0.0
    return math.expm1(max(wanting) - min(having)) if max(wanting) - min(having) < 700 else math.inf
