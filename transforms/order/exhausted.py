"""What becomes of a schedule when streams have too few examples: it stops, or the others take over."""

import math
from collections.abc import Collection, Sequence

import numpy as np

from transforms.order.schedule import Schedule, between, inverse, normalized

PIECES = 64
"""Where weights ramp, the shares of the streams that take over are curves: so many straight pieces make a whole run."""


def stop(
    schedule: Schedule, total: float, caps: Sequence[int], lengths: Sequence[float] = ()
) -> tuple[Schedule, float]:
    """End the run where the first stream has given all that it has; return its schedule, and the positions left.

    Where shares and `total` count tokens, `lengths` are the mean numbers of tokens of the streams' examples; `caps` are
    examples all the same.
    """
    stream, end = _first(schedule, total, caps, (), lengths)
    if stream < 0:
        return schedule, total
    # `end` is right to some 15 digits: 1000 * 0.39999999999999997 are the 400 positions for which there is enough.
    return _until(schedule, end), int(total * end * (1 + 1e-12))


def redistribute(schedule: Schedule, total: float, caps: Sequence[int], lengths: Sequence[float] = ()) -> Schedule:
    """Let the others take over where a stream has given all that it has, in proportion to their weights there.

    `lengths` are as for `stop`. ValueError where there is no other with a weight left.
    """
    gone: set[int] = set()
    while True:
        stream, end = _first(schedule, total, caps, gone, lengths)
        if stream < 0:
            return schedule
        schedule = _without(schedule, stream, end)
        gone.add(stream)


def _first(
    schedule: Schedule, total: float, caps: Sequence[int], gone: Collection[int], lengths: Sequence[float]
) -> tuple[int, float]:
    """Return the stream that runs out first, and where; -1 if none does."""
    first, where = -1, 1.0
    for stream in range(schedule.streams):
        sums = schedule.integral(stream)
        length = lengths[stream] if lengths else 1.0
        if stream in gone or total * sums[-1] <= (caps[stream] + 0.5) * length:  # what rounding may settle
            continue
        weights = np.array(schedule.left[stream]), np.array(schedule.right[stream])
        due = np.array([caps[stream] * length / total])
        end = float(inverse(np.array(schedule.knots), np.array(sums), *weights, due)[0])
        if first < 0 or end < where:
            first, where = stream, end
    return first, where


def _cut(schedule: Schedule, at: float) -> Schedule:
    """Return the same schedule with a knot at this place."""
    if at in schedule.knots or not 0 < at < 1:
        return schedule
    segment = int(np.searchsorted(schedule.knots, at)) - 1
    weights = schedule.weights_at(at)
    knots = (*schedule.knots[: segment + 1], at, *schedule.knots[segment + 1 :])
    left = tuple((*a[: segment + 1], w, *a[segment + 1 :]) for a, w in zip(schedule.left, weights, strict=True))
    right = tuple((*b[:segment], w, *b[segment:]) for b, w in zip(schedule.right, weights, strict=True))
    return Schedule(knots, left, right)


def _until(schedule: Schedule, end: float) -> Schedule:
    """Return the schedule up to this place, stretched to the whole run."""
    schedule = _cut(schedule, end)
    segments = max(1, sum(1 for knot in schedule.knots[1:] if knot <= end))
    knots = (*(knot / end if end else 0.0 for knot in schedule.knots[:segments]), 1.0)
    return Schedule(knots, tuple(a[:segments] for a in schedule.left), tuple(b[:segments] for b in schedule.right))


def _without(schedule: Schedule, stream: int, start: float) -> Schedule:
    """Return the schedule with a stream gone from this place on, the others' weights scaled to sum to one."""
    schedule = _cut(schedule, start)
    knots, left, right = [0.0], list[list[float]](), list[list[float]]()
    for at, (begin, end) in enumerate(zip(schedule.knots, schedule.knots[1:], strict=False)):
        first, last = ([each[at] for each in side] for side in (schedule.left, schedule.right))
        pieces = 1 if begin < start or first == last else math.ceil((end - begin) * PIECES)
        for piece in range(pieces):
            one, other = (between(first, last, (piece + more) / pieces) for more in (0, 1))
            if begin >= start:
                one, other = _taken_over(one, other, stream, begin)
            knots.append(end if piece == pieces - 1 else begin + (end - begin) * (piece + 1) / pieces)
            left.append(one)
            right.append(other)
    return Schedule(tuple(knots), tuple(zip(*left, strict=True)), tuple(zip(*right, strict=True)))


def _taken_over(
    one: Sequence[float], other: Sequence[float], stream: int, place: float
) -> tuple[list[float], list[float]]:
    """Return the weights at both ends of a piece without the stream, each made to sum to one.

    Where the others' weights fade to nothing at one end, their shares there are those of the other end.
    """
    bare = [[0.0 if at == stream else weight for at, weight in enumerate(weights)] for weights in (one, other)]
    if not any(map(any, bare)):
        raise ValueError(f"from {100 * place:.3g}% of the run on no other stream has a weight to take over with")
    first, last = (normalized(weights) if any(weights) else None for weights in bare)
    return first or last or [], last or first or []
