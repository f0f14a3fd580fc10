"""What a dataset draws: from its order and the numbers of its streams to totals, epochs and shards."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from transforms.order.dataset_order import TRAIN, Order
from transforms.order.exhausted import redistribute, stop
from transforms.order.mixtures import MOST_EPOCHS, ImpossibleError, UniMax
from transforms.order.schedule import Placement, Schedule, demands, largest_total
from transforms.order.survey import Survey
from transforms.order.tokens import check_lengths, demands_of_tokens, largest_tokens


@dataclass(frozen=True)
class SplitDraw:
    """What is drawn for one split.

    Attributes:
      rows: positions in the split.
      available, drawn: for each stream, how many examples it has and gives (an epoch counts again).
      schedule: the weights, None where nothing is drawn.
      offsets: for each (stream, epoch) the rank at which each bucket begins.
      bounds: the position at which each shard begins, and the end.
      tokens: for each stream, how many tokens its examples hold, where they are counted.
    """

    rows: int
    available: tuple[int, ...]
    drawn: tuple[int, ...]
    schedule: Schedule | None
    offsets: Mapping[tuple[int, int], Any]
    bounds: Any
    tokens: tuple[int, ...] = ()

    def placement(self) -> Placement:
        """Return the positions that these draws have."""
        assert self.schedule is not None
        return Placement(self.schedule, self.drawn)

    def weights(self, moments: int) -> list[list[float]]:
        """Return the streams' weights at the middle of each of so many equal stretches, as they are carried out.

        That is after streams which run out have been dealt with; where nothing is drawn, each weighs nothing.
        """
        if self.schedule is None:
            return [[0.0] * len(self.drawn)] * moments
        return [self.schedule.weights_at((at + 0.5) / moments) for at in range(moments)]

    def shard(self, positions: Any) -> Any:
        """Return the index of the shard that each position falls in."""
        return np.searchsorted(self.bounds, positions, "right") - 1


@dataclass(frozen=True)
class Draws:
    """What is drawn for each split, or the error that makes it impossible.

    Attributes:
      splits: by name what each draws.
      used: for each stream, which of `system` and `history` it uses in the splits that draw from it.
      error: why nothing can be drawn; empty where it can.
    """

    splits: Mapping[str, SplitDraw] = field(default_factory=dict)
    used: tuple[frozenset[str], ...] = ()
    error: str = ""

    def keys(self) -> tuple[str, ...]:
        """Return which of `system` and `history` any example of the dataset uses.

        It is one answer for all splits: who loads their files together wants the same columns in all.
        """
        return tuple(sorted(frozenset().union(*self.used)))


def draw(order: Order, survey: Survey) -> Draws:
    """Return what the dataset draws, given the numbers of its streams."""
    splits: dict[str, SplitDraw] = {}
    used: list[frozenset[str]] = [frozenset()] * len(order.streams)
    for split in order.split_names():
        supplies = [survey.get((split, at)) for at in range(len(order.streams))]
        available = [supply.rows if supply else 0 for supply in supplies]
        tokens = [supply.tokens if supply else 0 for supply in supplies] if order.tokenizer else []
        try:
            if split == TRAIN and any(available):
                schedule, drawn = _train(order.weighed(available, tokens), available, tokens)
            else:
                schedule, drawn = _others(order, split, available)
        except ImpossibleError as error:
            taken = ", ".join(f"{name} {other.rows}" for name, other in splits.items() if other.rows)
            first = f"\nthe other splits took theirs first: {taken}" if taken else ""
            return Draws(error=f"dataset {order.dataset}: {error}{first}")
        size = sum(n * supply.bytes // supply.rows for n, supply in zip(drawn, supplies, strict=True) if supply and n)
        offsets = {
            (at, epoch): np.concatenate([[0], np.cumsum(supply.histogram[epoch])])
            for at, supply in enumerate(supplies)
            if supply
            for epoch in range(-(-drawn[at] // supply.rows))
        }
        for at, (supply, number) in enumerate(zip(supplies, drawn, strict=True)):
            used[at] |= supply.used if supply and number else frozenset()
        splits[split] = SplitDraw(
            rows=sum(drawn),
            available=tuple(available),
            drawn=tuple(drawn),
            schedule=schedule,
            offsets=offsets,
            bounds=_bounds(order, sum(drawn), size),
            tokens=tuple(tokens),
        )
    return Draws(splits, tuple(used))


def _others(order: Order, split: str, available: list[int]) -> tuple[Schedule | None, list[int]]:
    """Return what a split that holds all its rows draws: each stream whole, mixed in proportion to its size."""
    if sum(available):
        return Schedule.constant(available), available
    if split == TRAIN and order.total:
        raise ImpossibleError(f"total is {order.total}, but its streams are empty")
    return None, available


def _train(order: Order, available: list[int], tokens: list[int]) -> tuple[Schedule | None, list[int]]:
    """Return the schedule, and how many examples each stream gives; ImpossibleError where that is more than it has."""
    if order.schedule is None and order.total is None:
        return _others(order, TRAIN, available)
    asked = order.schedule or Schedule.constant(available)
    caps = [order.most(number) for number in available]
    lengths = order.lengths(available, tokens)
    weights = [asked.integral(at)[-1] for at in range(len(available))]
    if lengths:
        check_lengths(order.streams, lengths, weights)
    schedule, total = _schedule(order, asked, caps, lengths)
    drawn = demands_of_tokens(schedule, Fraction(total), lengths) if lengths else demands(schedule, int(total))
    if order.exhausted == "redistribute":
        room = [cap if weight else 0 for cap, weight in zip(caps, weights, strict=True)]
        return schedule, [min(pair) for pair in zip(drawn, caps, strict=True)] if lengths else _capped(drawn, room)
    if any(asked > cap for asked, cap in zip(drawn, caps, strict=True)):
        raise ImpossibleError(_lack(order, available, caps, drawn))
    return schedule, drawn


def _schedule(
    order: Order, schedule: Schedule, caps: list[int], lengths: list[Fraction]
) -> tuple[Schedule, float | Fraction]:
    """Return the schedule and the positions, or tokens, of the run, once streams that run out have been dealt with."""
    unit = "tokens" if lengths else "examples"
    if order.total is None:
        return schedule, _most(schedule, caps, lengths)
    floats = [float(length) for length in lengths]
    total = float(order.total) if isinstance(order.total, Fraction) else order.total
    if order.exhausted == "stop":
        schedule, total = stop(schedule, total, caps, floats)
        return schedule, min(total, _most(schedule, caps, lengths))
    if order.exhausted == "redistribute":
        each = lengths or [Fraction(1)] * len(caps)
        drawn = [bool(schedule.integral(at)[-1]) for at in range(len(caps))]
        held = sum(cap * length for cap, length, may in zip(caps, each, drawn, strict=True) if may)
        if held < order.total:
            whose = "all its streams" if all(drawn) else "those of its streams that have a weight"
            raise ImpossibleError(
                f"total is {float(order.total):.15g} {unit}, but {whose} together have {math.floor(held)}"
            )
        try:
            return redistribute(schedule, total, caps, floats), order.total
        except ValueError as error:
            raise ImpossibleError(f"too few examples for total {float(order.total):.15g}: {error}") from None
    return schedule, order.total


def _most(schedule: Schedule, caps: list[int], lengths: list[Fraction]) -> int | Fraction:
    return largest_tokens(schedule, caps, lengths) if lengths else largest_total(schedule, caps)


def _capped(drawn: list[int], caps: list[int]) -> list[int]:
    """Give what rounding asks of a stream beyond its cap to the first other one that has more.

    One that may not be drawn from has a cap of 0; together they have enough.
    """
    drawn = list(drawn)
    for at, cap in enumerate(caps):
        while drawn[at] > cap:
            other = next(to for to, most in enumerate(caps) if drawn[to] < most)
            drawn[at], drawn[other] = drawn[at] - 1, drawn[other] + 1
    return drawn


def _lack(order: Order, available: list[int], caps: list[int], drawn: list[int]) -> str:
    short = []
    for stream, has, cap, asked in zip(order.streams, available, caps, drawn, strict=True):
        if asked > cap:
            times = f", which max_epochs {order.max_epochs:g} makes {cap}" if order.max_epochs != 1 else ""
            short.append(f"{stream} is asked for {asked} and has {has}{times}")
    assert order.total is not None  # without one, no stream is asked for more than it has
    return (
        f"too few examples for total {float(order.total):.15g}{' tokens' if order.in_tokens else ''}: "
        f"{'; '.join(short)}. "
        f"Lower total, change the weights, {_repeat(order, available, drawn)}"
        "or say what to do then: exhausted: stop or redistribute"
    )


def _repeat(order: Order, available: list[int], drawn: list[int]) -> str:
    """Return what allows so many draws; nothing where no number of epochs does."""
    if any(asked and not has for has, asked in zip(available, drawn, strict=True)):
        return ""
    hundredths = max(-(-100 * asked // has) for has, asked in zip(available, drawn, strict=True) if asked)
    if hundredths > 100 * MOST_EPOCHS:
        return ""
    most = f"max_epochs: {Decimal(hundredths) / 100:f}"
    return f"allow {most if isinstance(order.mixture, UniMax) else f'repeat: {{{most}}}'}, "


def _bounds(order: Order, rows: int, size: int) -> Any:
    shards = -(-rows // order.rows_per_shard) if order.rows_per_shard else -(-size // order.bytes_per_shard)
    shards = max(1, min(shards, rows))
    return np.array([at * rows // shards for at in range(shards + 1)], np.int64)
