"""What requests to an engine will cost, by an estimate that learns from those that were answered, and what they did."""

from collections.abc import Sequence

from transforms.translate.budget import Cost
from transforms.translate.engines import Batched, Remote
from transforms.translate.forecast import Estimator, Load, rough_tokens
from transforms.translate.judge import Attempt
from transforms.translate.purse import Purse

THOUGHTS = 20
"""So many times its estimate a request may cost as long as none was answered: no telling what a model thinks first."""


class Pricing:
    """The costs of requests to one engine; without a price, tokens are still counted."""

    def __init__(self, engine: Remote | Batched) -> None:
        self._engine = engine
        self._estimator = Estimator()
        self._overheads: dict[tuple[str, str], float] = {}

    def load(self, attempts: Sequence[Attempt]) -> Load:
        """Return what a request of these attempts, which are of one pair of languages, holds."""
        pair = attempts[0].request.source, attempts[0].request.target
        if pair not in self._overheads:
            self._overheads[pair] = rough_tokens(self._engine.overhead(*pair))
        return Load(self._overheads[pair], sum(rough_tokens(attempt.text) for attempt in attempts), *pair)

    def expected(self, load: Load) -> Cost:
        """Return what a request will cost by today's estimate."""
        return self._cost(*self._estimator.estimate(load))

    def paid(self, used: tuple[int, int]) -> Cost:
        """Return what a request cost that used these tokens of input and output."""
        return self._cost(*used)

    def affords(self, purse: Purse, cost: Cost) -> bool:
        """Say whether a purse admits a cost; before the first answer, THOUGHTS times what is in flight.

        The first request goes by its estimate, or none would ever be sent.
        """
        reserved = purse.reserved
        if self._estimator.knows or not reserved.requests:
            return purse.admits(cost)
        usd, tokens = (
            THOUGHTS * (getattr(reserved, name) + getattr(cost, name)) - getattr(reserved, name)
            for name in ("usd", "tokens")
        )
        return purse.admits(Cost(usd, tokens, cost.requests))

    def learn(self, load: Load, used: tuple[int, int]) -> None:
        """Take note of the tokens of input and output that an answered request used."""
        self._estimator.learn(load, used)

    def _cost(self, input_tokens: float, output_tokens: float) -> Cost:
        price = self._engine.price
        return Cost(price.usd(input_tokens, output_tokens) if price else 0.0, input_tokens + output_tokens, 1)
