"""Requests to a service that wait to be sent: those that may go now, and those that are put off for a while."""

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from transforms.translate.budget import Cost
from transforms.translate.forecast import Load
from transforms.translate.judge import Attempt
from transforms.translate.limits import Gate

NONE: frozenset[Gate] = frozenset()


@dataclass(eq=False)
class Job:
    """A request to the service: attempts that it holds, its estimated cost, and how often it was sent in vain.

    What is reserved for it follows the estimates.

    Attributes:
      attempts: what it asks for; one, or several segments in one request.
      load: what is known of its size.
      cost: what it will cost, by the estimate of when it was last looked at.
      fresh: whether what it holds hasn't been asked for yet.
      tries: how often it was sent in vain.
      reserved: what is set aside for it while it is in flight.
      sent: how many requests had been answered when it was sent.
      halved: how often its endpoint's window had been halved when it was sent.
      misses: endpoints that couldn't be reached with it, or refused it; as long as there are others it goes to them.
    """

    attempts: list[Attempt]
    load: Load
    cost: Cost
    fresh: bool = False
    tries: int = 0
    reserved: Cost = field(default_factory=Cost)
    sent: int = 0
    halved: int = 0
    misses: frozenset[Gate] = NONE


class Jobs:
    """All jobs that aren't in flight. Those that miss the same endpoints queue up, and hold up no others."""

    def __init__(self) -> None:
        self._ready: dict[frozenset[Gate], deque[Job]] = {}
        self._later: list[tuple[float, int, Job]] = []
        self._numbered = 0

    def __iter__(self) -> Iterator[Job]:
        return chain(chain.from_iterable(self._ready.values()), (entry[2] for entry in self._later))

    def add(self, job: Job) -> None:
        """Let a job go as soon as an endpoint takes it."""
        self._ready.setdefault(job.misses, deque()).append(job)

    def put_off(self, job: Job, until: float) -> None:
        """Keep a job back until then, in seconds of the clock that `wake` is told."""
        self._numbered += 1
        heapq.heappush(self._later, (until, self._numbered, job))

    def wake(self, now: float) -> None:
        """Let go what was put off until now."""
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2])

    @property
    def due(self) -> float | None:
        """When the next of those put off may go; None where there is none."""
        return self._later[0][0] if self._later else None

    @property
    def for_any(self) -> bool:
        """Whether there is one that misses no endpoint."""
        return NONE in self._ready

    @property
    def heads(self) -> list[Job]:
        """The first job of each queue; those that miss endpoints before one that any endpoint may take."""
        return sorted((queue[0] for queue in self._ready.values()), key=lambda job: -len(job.misses))

    def take(self, job: Job) -> None:
        """Remove the first job of a queue."""
        queue = self._ready[job.misses]
        queue.popleft()
        if not queue:
            del self._ready[job.misses]
