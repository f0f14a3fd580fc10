"""A dataset's order: what the recipe asks for, and the schedule that it comes to once the streams are counted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from transforms.order.epoch_stages import Stages
from transforms.order.mixtures import ImpossibleError, Mixture
from transforms.order.schedule import Schedule
from transforms.order.tokens import check_lengths, mean_lengths

TRAIN = "train"


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
