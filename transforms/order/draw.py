"""What a dataset draws: from the recipe's order and the numbers of its streams to totals, epochs and shards."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from transforms.order.exhausted import redistribute, stop
from transforms.order.lasting import Stages
from transforms.order.mixtures import ImpossibleError, Mixture
from transforms.order.schedule import Placement, Schedule, demands, largest_total
from transforms.order.tokens import check_lengths, demands_of_tokens, largest_tokens, mean_lengths

TRAIN = "train"

OPTIONAL = ("history", "system")
"""Columns that most data sets leave empty: a file for trainers has their keys in all rows, or in none."""


@dataclass(frozen=True)
class Order:
    """A dataset's order, as the launcher ships it in the graph.

    Attributes:
      dataset: its name.
      seed: the recipe's seed.
      streams: the streams it draws from.
      schedule: their weights over the run; None concatenates them (in proportion to their sizes, without a total each
        of them whole).
      total: positions of the run, or None for the largest number that needs no more than there is.
      max_epochs: how often an example may be drawn.
      exhausted: where a stream has too few for `total`: `error`, `stop` the run there, or `redistribute` to the others.
      splits: names and shares of the splits that are cut before mixing, in order; what is left is `train`.
      rows_per_shard: rows in a shard, or None to divide by bytes.
      bytes_per_shard: UTF-8 bytes of text in a shard.
      buckets: into how many groups ranks are divided; no result depends on it.
      mixture: what makes the weights of the schedule, once the sizes of the streams are known.
      stages: what makes the schedule and the total then: stages that last for epochs of a stream.
      tokenizer: what tokens are counted with, or empty: none are.
      in_tokens: whether weights and `total` count tokens (see `transforms/order/tokens.py`).
    """

    dataset: str
    seed: int
    streams: tuple[str, ...]
    schedule: Schedule | None
    total: int | Fraction | None
    max_epochs: float
    exhausted: Literal["error", "stop", "redistribute"]
    splits: tuple[tuple[str, float], ...]
    rows_per_shard: int | None
    bytes_per_shard: int
    buckets: int
    mixture: Mixture | None = None
    stages: Stages | None = None
    tokenizer: str = ""
    in_tokens: bool = False

    def split_names(self) -> list[str]:
        """Return the names of all splits; `train` is the last, as the rest that the shares leave."""
        return [*(name for name, _ in self.splits), TRAIN]

    def epochs(self, split: str, held: int) -> int:
        """Return how many epochs a split may need of a stream that holds at least so many examples there.

        Or tokens, where shares count them: a run of `total` has no need of more epochs than go into it.
        """
        if split != TRAIN:
            return 1
        needed = -(-self.total // held) + 1 if self.total and held else math.inf  # one more for what is rounded
        return math.ceil(min(self.max_epochs, needed))

    def most(self, available: int) -> int:
        """Return how often a stream of so many examples may be drawn from."""
        return math.floor(available * Fraction(str(self.max_epochs)))  # 100 * 1.15 is 114.99999999999999 as a float

    def lengths(self, available: Sequence[int], tokens: Sequence[int]) -> list[Fraction]:
        """Return the mean number of tokens of each stream's examples; an empty list where shares count examples."""
        return mean_lengths(available, tokens) if self.in_tokens else []

    def weighed(self, available: Sequence[int], tokens: Sequence[int] = ()) -> "Order":
        """Return the order with the schedule that its mixture, or its stages, make for streams of these sizes.

        An order that has neither, or whose streams are empty, is returned as it is. ImpossibleError where no weights
        do what the mixture is asked for, or a stage would hold nothing.

        Args:
          available: how many examples each stream has.
          tokens: how many tokens they hold, where shares count tokens.
        """
        if not any(available) or (self.stages is None and self.mixture is None):
            return self
        lengths = self.lengths(available, tokens)
        if self.stages is not None:
            if lengths:
                check_lengths(self.streams, lengths, self.stages.weights())
            schedule, total = self.stages.schedule(self.streams, available, _whole(self.total), lengths)
            return replace(self, schedule=schedule, total=total)
        assert self.mixture is not None
        caps = [self.most(number) for number in available]
        if not lengths:
            weights = self.mixture.weights(self.streams, available, caps, _whole(self.total))
        elif any(tokens):
            caps = [math.floor(cap * length) for cap, length in zip(caps, lengths, strict=True)]
            weights = self.mixture.weights(self.streams, tokens, caps, _whole(self.total))
        else:
            raise ImpossibleError("its streams hold no tokens")
        return replace(self, schedule=Schedule.constant(weights))


def _whole(total: int | Fraction | None) -> int | None:
    assert not isinstance(total, Fraction)  # which it only is once stages have made it
    return total


@dataclass
class Tally:
    """Numbers of one stream in one split.

    Attributes:
      rows: examples.
      bytes: UTF-8 bytes of their text.
      used: which of OPTIONAL any of them uses.
      histogram: by epoch, as far as one may be needed, how many ranks fall in each bucket.
      tokens: tokens of their text, where they are counted.
    """

    rows: int
    bytes: int
    used: frozenset[str]
    histogram: Any
    tokens: int = 0

    def add(self, other: "Tally") -> None:
        """Add another part's numbers."""
        self.rows += other.rows
        self.bytes += other.bytes
        self.used |= other.used
        epochs = min(len(self.histogram), len(other.histogram))  # the whole needs no more than the larger part
        self.histogram = self.histogram[:epochs] + other.histogram[:epochs]
        self.tokens += other.tokens


Survey = dict[tuple[str, int], Tally]
"""The tally of each (split, stream's index)."""


def merge(surveys: Iterable[Survey]) -> Survey:
    """Return the sum of surveys."""
    total: Survey = {}
    for survey in surveys:
        for key, tally in survey.items():
            if key in total:
                total[key].add(tally)
            else:
                total[key] = replace(tally)
    return total


@dataclass(frozen=True)
class SplitDraw:
    """What is drawn for one split.

    Attributes:
      rows: positions in the split.
      available, drawn: for each stream, how many examples it has and gives (an epoch counts again).
      schedule: the weights, None where nothing is drawn.
      offsets: for each (stream, epoch) the rank at which each bucket begins.
      bounds: the position at which each shard begins, and the end.
      used: which of OPTIONAL the streams that are drawn from use.
      tokens: for each stream, how many tokens its examples hold, where they are counted.
    """

    rows: int
    available: tuple[int, ...]
    drawn: tuple[int, ...]
    schedule: Schedule | None
    offsets: Mapping[tuple[int, int], Any]
    bounds: Any
    used: tuple[str, ...]
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
    """What is drawn for each split, or the error that makes it impossible."""

    splits: Mapping[str, SplitDraw] = field(default_factory=dict)
    error: str = ""


def draw(order: Order, survey: Survey) -> Draws:
    """Return what the dataset draws, given the numbers of its streams."""
    splits = {}
    for split in order.split_names():
        tallies = [survey.get((split, at)) for at in range(len(order.streams))]
        available = [tally.rows if tally else 0 for tally in tallies]
        tokens = [tally.tokens if tally else 0 for tally in tallies] if order.tokenizer else []
        try:
            if split == TRAIN and any(available):
                schedule, drawn = _train(order.weighed(available, tokens), available, tokens)
            else:
                schedule, drawn = _others(order, split, available)
        except ImpossibleError as error:
            return Draws(error=f"dataset {order.dataset}: {error}")
        size = sum(n * tally.bytes // tally.rows for n, tally in zip(drawn, tallies, strict=True) if tally and n)
        offsets = {
            (at, epoch): np.concatenate([[0], np.cumsum(tally.histogram[epoch])])
            for at, tally in enumerate(tallies)
            if tally
            for epoch in range(-(-drawn[at] // tally.rows))
        }
        total = sum(drawn)
        bounds = _bounds(order, total, size)
        used = {name for tally, n in zip(tallies, drawn, strict=True) if tally and n for name in tally.used}
        numbers = tuple(available), tuple(drawn)
        splits[split] = SplitDraw(total, *numbers, schedule, offsets, bounds, tuple(sorted(used)), tuple(tokens))
    return Draws(splits)


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
    if not total:
        return schedule, [0] * len(available)
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
        changed = stop(schedule, total, caps, floats)
        return changed.schedule, min(changed.total, _most(changed.schedule, caps, lengths))
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
            return redistribute(schedule, total, caps, floats).schedule, order.total
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
    total = f"{float(order.total):.15g}{' tokens' if order.in_tokens else ''}" if order.total else "None"
    return (
        f"too few examples for total {total}: {'; '.join(short)}. "
        "Lower total, change the weights, allow repeat: {max_epochs: ...}, or say what to do then: exhausted: stop or "
        "redistribute"
    )


def _bounds(order: Order, rows: int, size: int) -> Any:
    shards = -(-rows // order.rows_per_shard) if order.rows_per_shard else -(-size // order.bytes_per_shard)
    shards = max(1, min(shards, rows))
    return np.array([at * rows // shards for at in range(shards + 1)], np.int64)
