"""The picture of an allocation: each language's measured points, the curve fitted to them, and what it was given."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from sinks.pictures.panel import HEIGHT, MARGIN, WIDTH, Panel, beside, colour, legend, legend_height, title, under

STEPS = 96
"""Points of each curve that is drawn."""


def allocation_panel(name: str, allocation: Mapping[str, Any]) -> Panel:
    """Return the picture of a dataset's allocation as the manifest has it: scores over pairs, the latter by logarithm.

    Circles are measured points, lines the curves, and a diamond stands where a language has the pairs it was given.
    """
    languages = allocation["languages"]
    axes = _Axes(allocation)
    parts = [title(f"{name}: scores expected of {allocation['budget']:,} pairs"), *axes.frame()]
    # What stands in an <svg> of its own is cut off at its edges.
    parts.append(f'<svg x="{MARGIN}" y="{MARGIN}" width="{WIDTH}" height="{HEIGHT}">')
    for at, each in enumerate(languages.values()):
        parts += _language(at, each, allocation["ceiling"], axes)
    parts.append("</svg>")
    told = [f"{language}: {each['pairs']:,} pairs" for language, each in languages.items()]
    height = HEIGHT + 2 * MARGIN + 18 + legend_height(told)
    return Panel("".join([*parts, *legend(told, MARGIN + HEIGHT + 44)]), height)


def _language(at: int, each: Mapping[str, Any], ceiling: float, axes: "_Axes") -> Iterator[str]:
    curve = []
    for step in range(STEPS + 1):
        exponent = axes.left + (axes.right - axes.left) * step / STEPS
        curve.append(f"{step * WIDTH / STEPS:.1f},{axes.y(_score(each, ceiling, exponent)):.1f}")
    yield f'<polyline points="{" ".join(curve)}" fill="none" stroke="{colour(at)}" stroke-width="1.5"/>'
    for pairs, score in each["points"]:
        yield f'<circle cx="{axes.x(pairs):.1f}" cy="{axes.y(score):.1f}" r="3.5" fill="{colour(at)}"/>'
    if each["pairs"] and each["score"] is not None:
        x, y = axes.x(each["pairs"]), axes.y(each["score"])
        shape = f"{x - 6:.1f},{y:.1f} {x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f}"
        down = f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x:.1f}" y2="{HEIGHT}"'
        yield f'{down} stroke="{colour(at)}" stroke-dasharray="3 3"/>'
        yield f'<polygon points="{shape}" fill="white" stroke="{colour(at)}" stroke-width="2"/>'


def _score(each: Mapping[str, Any], ceiling: float, exponent: float) -> float:
    """Return the score expected of 10 ** exponent pairs."""
    log_lack = each["log_scale"] - each["exponent"] * exponent * math.log(10)
    return float(ceiling - math.exp(min(log_lack, 30.0)))  # beyond that it is far below the picture


class _Axes:
    """Where pairs and scores stand: from `left` to `right` in powers of ten, from `low` to `high` in scores."""

    def __init__(self, allocation: Mapping[str, Any]) -> None:
        pairs, scores = [], []
        for each in allocation["languages"].values():
            pairs += [x for x, _ in each["points"]]
            scores += [y for _, y in each["points"]]
            if each["pairs"]:
                pairs.append(each["pairs"])
            if each["score"] is not None:
                scores.append(each["score"])
        self.left, self.right = _widened(math.log10(min(pairs)), math.log10(max(pairs)), 0.1)
        self.low, self.high = _widened(min(scores), max(scores), 1.0)

    def x(self, pairs: float) -> float:
        return (math.log10(pairs) - self.left) / (self.right - self.left) * WIDTH

    def y(self, score: float) -> float:
        """Return how far down a score stands; what is far outside stands not much further than the picture."""
        part = (score - self.low) / (self.high - self.low)
        return (1 - min(max(part, -1.0), 2.0)) * HEIGHT

    def frame(self) -> Iterator[str]:
        """Yield the outline, and the marks of both axes with a line across for each."""
        yield f'<rect x="{MARGIN}" y="{MARGIN}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#bbbbbb"/>'
        for pairs in _marks_of_pairs(self.left, self.right):
            x = MARGIN + self.x(pairs)
            yield f'<line x1="{x:.1f}" y1="{MARGIN}" x2="{x:.1f}" y2="{MARGIN + HEIGHT}" stroke="#eeeeee"/>'
            yield under(x, f"{pairs:,.6g}")
        for score in _marks(self.low, self.high):
            y = MARGIN + self.y(score)
            yield f'<line x1="{MARGIN}" y1="{y:.1f}" x2="{MARGIN + WIDTH}" y2="{y:.1f}" stroke="#eeeeee"/>'
            yield beside(y, f"{score:g}")
        told = "scores over pairs: \u25cf measured, \u25c7 allocated"
        yield f'<text x="{MARGIN + WIDTH / 2:.1f}" y="{MARGIN + HEIGHT + 32}" text-anchor="middle">{told}</text>'


def _widened(low: float, high: float, least: float) -> tuple[float, float]:
    more = max((high - low) * 0.06, least)
    return low - more, high + more


def _marks_of_pairs(left: float, right: float) -> list[float]:
    """Return powers of ten, and 2 and 5 times them where there are few."""
    powers = [10.0**exponent for exponent in range(math.floor(left), math.ceil(right) + 1)]
    factors = (1, 2, 5) if right - left < 2.5 else (1,)
    marks = [power * factor for power in powers for factor in factors]
    return [mark for mark in marks if left <= math.log10(mark) <= right]


def _marks(low: float, high: float) -> list[float]:
    """Return some five round numbers of a range."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]
