"""What an allocation came to, for `plan` and the manifest: the curves, the division, and how exactly it was found."""

import math
from collections.abc import Sequence
from typing import Any

from pipeline.dataset_order import order_of
from pipeline.model import Dataset, Recipe
from transforms.order.allocate import Allocate
from transforms.order.mixtures import ImpossibleError

LAW = "score = ceiling - exp(log_scale) * pairs ** -exponent"

WHOSE = (
    "The idea, a budget divided by scaling laws, is x-LLaMA's (arXiv 2308.04948); the law's form is told of the paper, "
    "and wasn't checked. The fit and the exact division are ours."
)


def described_allocation(recipe: Recipe, dataset: Dataset, available: Sequence[int]) -> dict[str, Any]:
    """Return what a dataset's budget came to as plain data; empty where nothing is allocated.

    Args:
      recipe: what is run.
      dataset: one of its datasets.
      available: how many examples each of the dataset's streams has in the split `train`.
    """
    mixture, total = dataset.mixture, dataset.total
    if not isinstance(mixture, Allocate) or total is None or not any(available):
        return {}
    order = order_of(recipe, dataset, 1)
    try:
        divided = mixture.divide(order.streams, [order.most(number) for number in available], total)
    except ImpossibleError:
        return {}  # which the draws say, with the numbers
    found, languages = divided.allocation, {}
    for at, (name, members) in enumerate(divided.languages.items()):
        curve = mixture.curves[name]
        languages[name] = {
            "streams": [order.streams[member] for member in members],
            "points": [list(point) for point in curve.points],
            "log_scale": _rounded(curve.log_scale),
            "exponent": _rounded(curve.exponent),
            "fit_error": _rounded(curve.error),
            "floor": divided.floors[at],
            "cap": divided.caps[at],
            "pairs": found.pairs[at],
            "score": _rounded(mixture.ceiling - curve.lack(found.pairs[at])),
        }
    return {
        "law": LAW,
        "whose": WHOSE,
        "ceiling": mixture.ceiling,
        "budget": total,
        "kkt_residual": _rounded(found.residual, 2),
        "languages": languages,
    }


def _rounded(value: float, digits: int = 6) -> float | None:
    """Return a number to so many digits, which machines agree on; None for what JSON has no number for."""
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None
