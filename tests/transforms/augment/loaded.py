"""Dice whose throws are known."""

from collections.abc import Iterable

from transforms.augment.chance import HASHES, Chance


class Loaded(Chance):
    """Draws what it is told, one after the other: shares from 0 up to, not including, 1."""

    def __init__(self, shares: Iterable[float]) -> None:
        super().__init__(0)
        self._shares = list(shares)

    def hash(self) -> int:
        return int(self._shares.pop(0) * HASHES)
