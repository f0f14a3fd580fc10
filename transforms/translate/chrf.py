"""chrF, by the field's reference implementation."""

from functools import cache
from typing import Any


def chrf(hypothesis: str, reference: str) -> float:
    """Return the sentence chrF (character n-grams up to 6, beta 2, from 0 to 100), by sacrebleu."""
    score: float = _metric().sentence_score(hypothesis, [reference]).score
    return score


@cache
def _metric() -> Any:
    from sacrebleu.metrics.chrf import CHRF

    return CHRF()
