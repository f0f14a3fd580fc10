"""Chance without random state: what happens to an example is a pure function of a seed, a name and the example's id."""

from typing import Any

import numpy as np

from transforms.example import digest, id_words
from transforms.order.rank import rank_hashes

HASHES = 1 << 64
"""How many different hashes there are: whole numbers from 0 up to, not including, this."""


def bound(probability: float) -> int:
    """Return the hash below which something of this probability happens."""
    return min(int(probability * HASHES), HASHES)


def happens(seed: int, name: str, ids: Any, probability: float) -> Any:
    """Return for each id (an Arrow array) whether what is called `name` happens to it."""
    if probability >= 1:
        return np.ones(len(ids), bool)
    return rank_hashes(seed, f"augment/{name}", 0, *id_words(ids)) < np.uint64(bound(probability))


def check_probability(name: str, probability: float) -> None:
    """Raise ValueError for what is no probability."""
    if not 0 <= probability <= 1:
        raise ValueError(f"{name} is {probability}: a probability is from 0 to 1")


class Chance:
    """Draws one after the other, all derived from a seed, names and an example's id."""

    def __init__(self, seed: int, *names: str) -> None:
        self._key = digest("augment", str(seed), *names)
        self._drawn = 0

    def hash(self) -> int:
        """Return a whole number below HASHES."""
        self._drawn += 1
        return int.from_bytes(digest(self._key, str(self._drawn))[:8], "big")

    def below(self, number: int) -> int:
        """Return a whole number from 0 up to, not including, `number`, which is at least 1."""
        return self.hash() * number >> 64

    def between(self, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`, both included."""
        return least + self.below(most - least + 1)

    def happens(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self.hash() < bound(probability)
