"""Purses: a budget is reserved by estimate before a request is sent, and settled when it is answered."""

from dataclasses import fields

from transforms.translate.budget import Budget, Cost
from transforms.translate.ledger import Ledger


class Purse:
    """What is left of a budget, or of one of several equal parts of it.

    Attributes:
      spent: what answered requests cost.
      reserved: what those in flight are expected to cost.
    """

    def __init__(self, budget: Budget | None = None, parts: int = 1, ledger: Ledger | None = None) -> None:
        self._limits = {} if budget is None else {f.name: getattr(budget, f.name) for f in fields(budget)}
        self._parts = parts
        self._ledger = ledger if budget else None
        self.spent = self._ledger.read() if self._ledger else Cost()
        self.reserved = Cost()

    @property
    def limited(self) -> bool:
        """Whether there is a budget."""
        return bool(self._limits)

    def admits(self, cost: Cost) -> bool:
        """Say whether this much more may be spent."""
        after = self.spent + self.reserved + cost
        return all(
            limit is None or getattr(after, name) <= limit / self._parts * (1 + 1e-9)
            for name, limit in self._limits.items()
        )

    def reserve(self, cost: Cost) -> None:
        """Set this much aside."""
        self.reserved += cost

    def settle(self, reserved: Cost, spent: Cost) -> None:
        """Put what was set aside back, and take what was spent."""
        self.reserved -= reserved
        self.spent += spent
        if self._ledger:
            self._ledger.note(self.spent)
