"""What is known of an engine's service from asking it: kept from one asking to the next of the same run."""

from dataclasses import dataclass
from typing import Self

from transforms.translate.endpoints import Endpoints
from transforms.translate.engines import Remote
from transforms.translate.pricing import Pricing


@dataclass
class Service:
    """A service, as far as it is known.

    Attributes:
      endpoints: which are asked, how much at once, and what their limits have left.
      pricing: what requests cost.
      answers: whether it has answered one.
      stopped: why nothing more is asked of it: `budget`, `quota`, `unreachable`; or "".
    """

    endpoints: Endpoints
    pricing: Pricing
    answers: bool = False
    stopped: str = ""

    @classmethod
    def of(cls, engine: Remote) -> Self:
        """Return a service of which nothing is known yet."""
        return cls(Endpoints(engine.lanes()), Pricing(engine))
