"""The endpoints of an engine, each with its gate: which is sent a request next, and which is asked no more."""

from collections.abc import Collection, Sequence

from transforms.translate.engines import Lane
from transforms.translate.limits import Gate


class Endpoints:
    """All gates of an engine, in the order of its lanes.

    Attributes:
      gates: one for each lane.
    """

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self.gates = [Gate(lane) for lane in lanes]

    def choose(self, tokens: float, misses: Collection[Gate], now: float) -> tuple[float, int] | None:
        """Return (seconds to wait, number) of the endpoint that may be asked soonest; None: none before an answer.

        One that the request misses is chosen only where all others are left alone.

        Args:
          tokens: what the request counts for, by estimate.
          misses: those that couldn't be reached with it, or refused it.
          now: the time, in seconds.
        """
        present, others = self.present, any(gate.paused <= now for gate in self.others(misses))
        waits = [
            (gate.wait(tokens, now), gate.in_flight, at)
            for at, gate in enumerate(self.gates)
            if not (present and gate.away and gate.in_flight)  # one request at a time shows whether it is back
            and not (others and gate in misses)
        ]
        free = [(wait, in_flight, at) for wait, in_flight, at in waits if wait is not None]
        if not free:
            return None
        wait, _, at = min(free)
        return wait, at

    def beside(self, gate: Gate) -> set[Gate]:
        """Return the gate, and those of other keys of its endpoint."""
        return {gate} | {other for other in self.gates if other.lane.url and other.lane.url == gate.lane.url}

    def others(self, misses: Collection[Gate]) -> list[Gate]:
        """Return those that answer, but for these."""
        return [gate for gate in self.gates if not (gate.closed or gate.away or gate in misses)]

    @property
    def present(self) -> bool:
        """Whether there is one that answers."""
        return bool(self.others(()))

    @property
    def open(self) -> bool:
        """Whether there is one that may be asked still."""
        return not all(gate.closed for gate in self.gates)

    @property
    def spent(self) -> bool:
        """Whether there is one that more money opens."""
        return any(gate.closed == "quota" for gate in self.gates)
