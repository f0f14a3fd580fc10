"""Scaling laws: what score so many sentence pairs of a language give, fitted to measured points.

The law, and what of it is the paper's and what is ours, is told in `transforms/order/allocate.py`.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

COLUMNS = ("language", "pairs", "score")
LEAST_POINTS = 3
"""Fewer measured points say nothing of how well the law fits."""

FLAT = 1e-9
"""An exponent below this is rounding."""

MOST = 700.0
"""The greatest logarithm of which the exponential is still a number."""


@dataclass(frozen=True)
class Curve:
    """A language's scaling law: what the score lacks of the ceiling is scale * pairs ** -exponent.

    Attributes:
      log_scale: the natural logarithm of the scale.
      exponent: zero or more; zero where more pairs raised no score.
      error: the root mean square of what the points are off the curve, in scores.
      points: the (pairs, score) that it was fitted to.
    """

    log_scale: float
    exponent: float
    error: float = 0.0
    points: tuple[tuple[float, float], ...] = ()

    def lack(self, pairs: float) -> float:
        """Return what the score lacks of the ceiling with so many pairs; infinite where that is beyond all numbers."""
        if not self.exponent:
            return math.exp(min(self.log_scale, MOST))
        log_lack = self.log_scale - self.exponent * math.log(pairs) if pairs > 0 else math.inf
        return math.exp(log_lack) if log_lack <= MOST else math.inf

    def log_gain(self, pairs: float) -> float:
        """Return the logarithm of what one more pair adds to the score: its derivative."""
        if not self.exponent:
            return -math.inf
        slope = self.log_scale + math.log(self.exponent)
        return slope - (self.exponent + 1) * math.log(pairs) if pairs > 0 else math.inf

    def log_pairs(self, log_gain: float) -> float:
        """Return the logarithm of the pairs at which one more adds so much: the inverse."""
        return (self.log_scale + math.log(self.exponent) - log_gain) / (self.exponent + 1)


def read_points(text: str) -> dict[str, list[tuple[float, float]]]:
    """Return the measured points of a CSV file's text; ValueError, with the line, where it doesn't hold them."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    points: dict[str, list[tuple[float, float]]] = {}
    try:
        lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if lacking:
            raise ValueError(f"has no column {', '.join(map(repr, lacking))}; it needs {', '.join(COLUMNS)}")
        for row in reader:
            if not row["language"]:
                raise ValueError("language is empty")
            points.setdefault(row["language"], []).append((_number(row, "pairs"), _number(row, "score")))
    except (csv.Error, ValueError) as error:
        raise ValueError(f"line {reader.line_num or 1}: {error}") from None
    return points


def _number(row: Mapping[str, str | None], name: str) -> float:
    try:
        value = float(row[name] or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (name == "pairs" and value <= 0):
        wanted = "a number above 0" if name == "pairs" else "a number"
        raise ValueError(f"{name} is {str(row[name])[:40]!r}; expected {wanted}")
    return value


def fit(points: Sequence[tuple[float, float]], ceiling: float = 100.0) -> Curve:
    """Return the curve through measured points: least squares of log(ceiling - score) on log(pairs).

    Where scores don't rise with pairs, the curve is flat, at the mean. ValueError where there are too few points, or
    where one is not below the ceiling.
    """
    if len(points) < LEAST_POINTS or len({pairs for pairs, _ in points}) < 2:
        raise ValueError(f"{len(points)} measured points; a curve needs {LEAST_POINTS}, not all at one number of pairs")
    if reached := [score for _, score in points if score >= ceiling]:
        raise ValueError(f"a score of {max(reached):g} isn't below the ceiling of {ceiling:g}")
    pairs, scores = np.array(points, float).T
    x, y = np.log(pairs), np.log(ceiling - scores)
    slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    exponent = -slope if -slope > FLAT else 0.0
    log_scale = float(y.mean() + exponent * x.mean())
    error = float(np.sqrt(np.mean((ceiling - np.exp(log_scale - exponent * x) - scores) ** 2)))
    return Curve(log_scale, exponent, error, tuple((float(x), float(y)) for x, y in points))
