"""Shares that count tokens: how many examples of each stream they come to.

A run's time is then the share of its tokens that has gone by, and a schedule's weights are shares of tokens. Stream i
with a mean length of m_i tokens gives T F_i(1) / m_i of its examples to a run of T tokens, rounded to a whole number:
its tokens, by the mean, are within half an example of what its weights ask. Nothing else changes: the k-th example is
due where a share (k + 1/2) / d_i of the stream's own tokens is, which no scale of its weight moves, so that `Placement`
puts examples where these weights have them. The method is ours.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

from transforms.order.mixtures import ImpossibleError
from transforms.order.schedule import Schedule

HALF = Fraction(1, 2)


def mean_lengths(examples: Sequence[int], tokens: Sequence[int]) -> list[Fraction]:
    """Return the mean number of tokens of each stream's examples, 1 where it has none.

    Where all of a stream's examples are without text, it is 0: `check_lengths` refuses to draw from it.
    """
    return [Fraction(held, number) if number else Fraction(1) for number, held in zip(examples, tokens, strict=True)]


def check_lengths(streams: Sequence[str], lengths: Sequence[Fraction], weights: Sequence[float]) -> None:
    """Raise ImpossibleError where a stream has a weight and examples, but no text."""
    for stream, length, weight in zip(streams, lengths, weights, strict=True):
        if weight and not length:
            raise ImpossibleError(
                f"the examples of {stream} hold no tokens, so that none of them make up a share of tokens; "
                f"give it the weight 0, or leave `unit: tokens` out"
            )


def shares(schedule: Schedule) -> list[Fraction]:
    """Return each stream's share of the whole run's tokens, exactly; they sum to one."""
    sums = [Fraction(schedule.integral(stream)[-1]) for stream in range(schedule.streams)]
    return [each / sum(sums) for each in sums]


def largest_tokens(schedule: Schedule, caps: Sequence[int], lengths: Sequence[Fraction]) -> Fraction:
    """Return the most tokens for which no stream is asked for more examples than its cap."""
    return min(
        cap * length / share for cap, length, share in zip(caps, lengths, shares(schedule), strict=True) if share
    )


def demands_of_tokens(schedule: Schedule, total: Fraction, lengths: Sequence[Fraction]) -> list[int]:
    """Return how many examples each stream gives to a run of so many tokens."""
    return [
        floor(total * share / length + HALF) if share else 0
        for share, length in zip(shares(schedule), lengths, strict=True)
    ]
