"""Mixtures: weights that depend on how many examples the streams have, which is known once they are surveyed.

Nothing is drawn at random, and no result depends on the machine: roots are taken in decimal arithmetic.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import ClassVar, Protocol, TypeVar

from transforms.order.schedule import normalized

DECIMAL = Context(prec=28, Emin=-999999, Emax=999999, traps=[])
"""Where roots are taken: binary ones differ between machines in the last digit."""

ROUNDING = 1e-9
"""By how much sums of shares may miss one."""

NOTHING = 1e-200
"""A share at or below this counts as none: no factor could raise it to a floor without overflowing."""


MOST_EPOCHS = 100_000
"""Ranks of every epoch that may be needed are counted: more than so many would take minutes for a handful of rows."""

Number = TypeVar("Number", int, float)


class ImpossibleError(Exception):
    """A dataset asks for more than its streams have, or for what contradicts itself."""


class Mixture(Protocol):
    """What gives the streams of a dataset their weights; `needs_total` says that these depend on its total."""

    needs_total: ClassVar[bool]

    def weights(
        self, streams: Sequence[str], sizes: Sequence[int], caps: Sequence[int], total: int | None
    ) -> Sequence[float]:
        """Return a weight for each stream, not all zero; a stream without examples has none.

        Args:
          streams: their names.
          sizes: how many examples each has, or tokens where these are counted; not all zero.
          caps: how many may be drawn from each.
          total: how many are to be drawn, None where that is left open.

        Raises ImpossibleError where there are no such weights.
        """
        ...


@dataclass(frozen=True)
class Temperature:
    """Shares by size, made more equal: seqio's `mixing_rate_num_examples` (google/seqio, seqio/utils.py).

    The rate of a stream is its number of examples times `scale`, clipped at `maximum`, to the power of 1/temperature;
    shares are proportional to rates. What goes beyond seqio is ours: a stream without examples has no share at an
    infinite temperature either; streams can count as one language; and a language's share has a floor and a cap, the
    others' being scaled alike to make up for it.

    Parameters:
      temperature: 1 leaves shares proportional to size, infinity (`.inf`) makes them equal.
      scale: what sizes are multiplied by before they are clipped.
      maximum: where sizes are clipped.
      floor, cap: the least and greatest share of each language; a number for all, or by language.
      languages: for each language the streams that count as one, and divide its share in proportion to their sizes;
        a stream that isn't named is a language of its own, under its own name.
    """

    temperature: float
    scale: float = 1.0
    maximum: float | None = None
    floor: float | dict[str, float] = 0.0
    cap: float | dict[str, float] = 1.0
    languages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    needs_total: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature is {self.temperature}; it must be above 0")
        if not 0 < self.scale <= 1e100:
            raise ValueError(f"scale is {self.scale}; it must be a number above 0, and at most 1e100")
        if self.maximum is not None and not self.maximum > 0:
            raise ValueError(f"maximum is {self.maximum}; it must be above 0")
        for name in ("floor", "cap"):
            for language, share in by_language(getattr(self, name)).items():
                if not 0 <= share <= 1 or (name == "cap" and not share):
                    what = f"{name} of {language}" if language else name
                    raise ValueError(f"the {what} is {share}; it is a share, from 0 to 1")
        check_order(self.floor, self.cap)

    def weights(
        self, streams: Sequence[str], sizes: Sequence[int], caps: Sequence[int], total: int | None
    ) -> list[float]:
        groups = grouped(streams, self.languages)
        counts = [sum(sizes[at] for at in members) for members in groups.values()]
        rates = temperature(counts, self.temperature, self.scale, self.maximum)
        if self.floor != 0 or self.cap != 1:
            floors = [bound_of(self.floor, name, 0.0) if n else 0.0 for name, n in zip(groups, counts, strict=True)]
            rates = bounded(rates, floors, [bound_of(self.cap, name, 1.0) for name in groups])
        return divided(rates, groups, sizes)


@dataclass(frozen=True)
class UniMax:
    """Shares as equal as they can be without more than so many epochs of any stream: UniMax (arXiv 2304.09151).

    The budget is the dataset's `total`. Ours: it counts examples (or tokens, by the dataset's unit), where the paper
    counts characters, and their number in `max_epochs` epochs is rounded down. The dataset's `repeat` is `max_epochs`
    too.

    Parameters:
      max_epochs: how often a stream may be gone through.
    """

    max_epochs: float = 1.0
    shorthand: ClassVar[str] = "max_epochs"
    needs_total: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_epochs(self.max_epochs)

    def weights(
        self, streams: Sequence[str], sizes: Sequence[int], caps: Sequence[int], total: int | None
    ) -> list[float]:
        assert total is not None
        return unimax(caps, total)


def check_epochs(max_epochs: float) -> None:
    """Raise ValueError where examples can't be drawn so often."""
    if not 1 <= max_epochs <= MOST_EPOCHS:
        raise ValueError(f"max_epochs is {max_epochs}; it must be a number from 1 to {MOST_EPOCHS}")


def temperature(
    sizes: Sequence[int], temperature: float, scale: float = 1.0, maximum: float | None = None
) -> list[float]:
    """Return rates proportional to seqio's: min(size * scale, maximum) ** (1 / temperature); 0 for a size of 0."""
    rates = [size * scale for size in sizes]
    if maximum is not None:
        rates = [min(rate, maximum) for rate in rates]
    if temperature == 1:
        return rates
    root = DECIMAL.divide(Decimal(1), Decimal(temperature))
    top = Decimal(max(rates))
    return [float(DECIMAL.power(DECIMAL.divide(Decimal(rate), top), root)) if rate else 0.0 for rate in rates]


def unimax(caps: Sequence[float], budget: float) -> list[float]:
    """Return how much of the budget each gets: algorithm 1 of the UniMax paper, before it normalizes.

    From the smallest cap on (in the paper a size times the number of epochs), each gets an equal part of what is left,
    but at most its cap. Where the budget is more than all of them may give, something of it is left.
    """
    given = [0.0] * len(caps)
    left = float(budget)
    order = sorted(range(len(caps)), key=lambda at: caps[at])
    for before, at in enumerate(order):
        given[at] = min(left / (len(order) - before), float(caps[at]))
        left -= given[at]
    return given


def bounded(rates: Sequence[float], floors: Sequence[float], caps: Sequence[float]) -> list[float]:
    """Return shares that sum to one: rates times one factor, but none below its floor or above its cap.

    Among the shares within the bounds, these are the nearest to the rates (in relative entropy). A rate of zero gives
    the floor.
    """
    shares = [share if share > NOTHING else 0.0 for share in normalized(rates)]
    bounds = [*zip(shares, floors, caps, strict=True)]
    least, most = sum(floors), sum(cap if share else floor for share, floor, cap in bounds)
    if least > 1 + ROUNDING:
        raise ImpossibleError(f"the floors of its languages sum to {least:.4g}, more than the whole")
    if most < 1 - ROUNDING:
        raise ImpossibleError(f"the caps of its languages that have examples sum to {most:.4g}, less than the whole")
    turns = [(floor / share, cap / share) if share else (math.inf, math.inf) for share, floor, cap in bounds]
    factors = sorted({turn for both in turns for turn in both if turn < math.inf})
    end = bisect_left(factors, True, hi=len(factors) - 1, key=lambda factor: _sum(bounds, factor) >= 1)
    before, after = factors[end - 1] if end else 0.0, factors[end]
    free = [at for at, (leaves, stays) in enumerate(turns) if leaves <= before and after <= stays]
    given = [cap if stays <= before else floor for (_, floor, cap), (_, stays) in zip(bounds, turns, strict=True)]
    rest = 1 - sum(value for at, value in enumerate(given) if at not in free)
    weight = sum(shares[at] for at in free)
    for at in free:
        given[at] = _clipped(rest * (shares[at] / weight), floors[at], caps[at])
    return given


def _sum(bounds: Sequence[tuple[float, float, float]], factor: float) -> float:
    return sum(_clipped(share * factor, floor, cap) for share, floor, cap in bounds)


def _clipped(value: float, floor: float, cap: float) -> float:
    return min(max(value, floor), cap)


def grouped(streams: Sequence[str], languages: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """Return the indexes of each language's streams; a stream that no language names is one of its own."""
    of_stream = {stream: language for language, members in languages.items() for stream in members}
    groups: dict[str, list[int]] = {}
    for at, stream in enumerate(streams):
        groups.setdefault(of_stream.get(stream, stream), []).append(at)
    return groups


def divided(weights: Sequence[float], groups: Mapping[str, Sequence[int]], sizes: Sequence[float]) -> list[float]:
    """Divide each language's weight among its streams, in proportion to their sizes."""
    parts = [0.0] * len(sizes)
    for weight, members in zip(weights, groups.values(), strict=True):
        whole = sum(sizes[at] for at in members)
        for at in members:
            parts[at] = weight if len(members) == 1 else weight * (sizes[at] / whole) if whole else 0.0
    return parts


def by_language(bound: Number | Mapping[str, Number] | None) -> Mapping[str, Number]:
    """Return a floor or cap by language; one that holds for all stands under an empty name."""
    return bound if isinstance(bound, Mapping) else {} if bound is None else {"": bound}


def bound_of(bound: Number | Mapping[str, Number] | None, language: str, without: Number) -> Number:
    """Return the floor or cap of a language; `without` where it has none."""
    return bound.get(language, without) if isinstance(bound, Mapping) else without if bound is None else bound


def check_order(floor: float | Mapping[str, float], cap: float | Mapping[str, float] | None) -> None:
    """Raise ValueError where a language's floor is above its cap."""
    for language in {**by_language(floor), **by_language(cap)}:
        low, high = bound_of(floor, language, 0.0), bound_of(cap, language, math.inf)
        if low > high:
            whose = f" of {language}" if language else ""
            raise ValueError(f"the floor{whose} is {low:g}, above the cap of {high:g}")
