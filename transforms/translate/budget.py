"""Budgets: what a run may spend, reserved by estimate before a request is sent and settled when it is answered."""

from dataclasses import dataclass, fields
from typing import Protocol


@dataclass(frozen=True)
class Budget:
    """What a `translate` step may spend in one run. Nothing is sent beyond it; the rest is left for later.

    Parameters:
      usd: US dollars, by the prices of the engines (a remote engine without `price` can't be held to it).
      tokens: tokens, of input and output together, as engines report them.
      requests: requests, retries included.
    """

    usd: float | None = None
    tokens: int | None = None
    requests: int | None = None

    def __post_init__(self) -> None:
        if all(getattr(self, field.name) is None for field in fields(self)):
            raise ValueError("budget is empty: give usd, tokens or requests")
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0 <= value < float("inf"):
                raise ValueError(f"budget {field.name} is {value}: it must be 0 or more")


@dataclass(frozen=True)
class Cost:
    """What requests cost."""

    usd: float = 0.0
    tokens: float = 0.0
    requests: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.usd + other.usd, self.tokens + other.tokens, self.requests + other.requests)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.usd - other.usd, self.tokens - other.tokens, self.requests - other.requests)


class Book(Protocol):
    """Where it is written what was spent (`ledger.py`)."""

    def read(self) -> Cost:
        """Return what was spent before."""
        ...

    def note(self, cost: Cost) -> None:
        """Take note of what is spent by now."""
        ...


class Purse:
    """What is left of a budget, or of one of several equal parts of it.

    Attributes:
      spent: what answered requests cost.
      reserved: what those in flight are expected to cost.
    """

    def __init__(self, budget: Budget | None = None, parts: int = 1, book: Book | None = None) -> None:
        self._limits = {} if budget is None else {f.name: getattr(budget, f.name) for f in fields(budget)}
        self._parts = parts
        self._book = book if budget else None
        self.spent = self._book.read() if self._book else Cost()
        self.reserved = Cost()

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
        if self._book:
            self._book.note(self.spent)
