"""Budgets: what a run may spend, and what requests cost."""

from dataclasses import dataclass, fields


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
