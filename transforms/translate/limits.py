"""Limits on requests: so many a minute, so many tokens a minute, so many at once. Pure arithmetic; time is given."""

from dataclasses import dataclass, field

from transforms.translate.engines import Lane

BURST = 0.01
"""A bucket holds at most this share of a minute (and at least one request), so that no window of 60 seconds has more
than 1% above its limit, whenever it begins; another 1% is left for what the network shifts."""

MANY, SHARE = 3, 0.1
"""The window shrinks after so many rejections, where they are this share of what was answered since it last changed."""

LATE = 0.25
"""The window is halved where this share of it, and of what was answered since it last changed, comes too late."""

SILENT = 4
"""An endpoint is away that gave no answer to so many requests in a row."""

FIRST_REST, LONGEST_REST = 0.5, 30.0
"""Seconds for which one that is away is left alone, at first and at most; each time twice as many."""

ROUNDS = 64
"""More is tried at the latest after so many windows' worth of successes."""


@dataclass
class Bucket:
    """A token bucket: it fills at a steady rate, and what is taken from it must be there first.

    Attributes:
      per_minute: the rate.
      level: what is in it; below 0 after a settlement for more than was reserved.
      at: when that was so, in seconds.
    """

    per_minute: float
    level: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.capacity

    @property
    def capacity(self) -> float:
        """What it holds at most."""
        return max(1.0, BURST * self.per_minute)

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until so much may be taken; more than it ever holds may be taken when it is full."""
        self._fill(now)
        return max(0.0, min(amount, self.capacity) - self.level) * 60 / self.per_minute

    def take(self, amount: float, now: float) -> None:
        """Take this much; a negative amount is given back."""
        self._fill(now)
        self.level = min(self.capacity, self.level - amount)

    def _fill(self, now: float) -> None:
        if now > self.at:
            self.level = min(self.capacity, self.level + (now - self.at) * self.per_minute / 60)
            self.at = now


@dataclass
class Throttle:
    """How many requests may be in flight: fewer where many are rejected, then carefully more again.

    A service that takes only so many at once rejects the rest: what is in flight at that moment is what it takes. After
    a window's worth of successes an eighth more is tried, and after twice as many each time that this is rejected.
    Single rejections among many successes say nothing of the window. A service that lets requests queue answers too
    late where there are too many: half as many are tried then, and what was sent before says no more.

    Attributes:
      most: the limit that the recipe sets.
      limit: the limit now.
      halved: how often it was halved.
    """

    most: int
    limit: int = 0
    halved: int = 0
    _successes: int = 0
    _rejections: int = 0
    _late: int = 0
    _rounds: int = 1
    _probing: bool = False

    def __post_init__(self) -> None:
        self.limit = self.most

    def rejected(self, in_flight: int) -> bool:
        """Take note that one was too many, while so many others were in flight; return whether there are many such."""
        self._rejections += 1
        if self._rejections < MANY or self._rejections < SHARE * (self._rejections + self._successes):
            return False
        self._shrink(in_flight)
        return True

    def late(self, halved: int) -> None:
        """Take note that one wasn't answered in time, sent when the window had been halved so often."""
        self._late += halved == self.halved
        if self._late < max(MANY, LATE * max(self.limit, self._late + self._successes)):
            return
        self._shrink(self.limit // 2)
        self.halved += 1
        self._late = 0

    def _shrink(self, limit: int) -> None:
        if self._probing:
            self._rounds, self._probing = min(ROUNDS, 2 * self._rounds), False
        self.limit = max(1, min(self.limit, limit))
        self._successes = 0

    def succeeded(self) -> None:
        """Take note that a request was answered."""
        self._successes += 1
        if self._successes < self.limit * self._rounds:
            return
        if self._probing:  # the last probe went well
            self._rounds = max(1, self._rounds // 2)
        self._probing = self.limit < self.most
        self.limit = min(self.most, self.limit + max(1, self.limit // 8))
        self._successes = self._rejections = self._late = 0


@dataclass(eq=False)
class Gate:
    """All limits of one endpoint.

    Attributes:
      lane: the limits.
      in_flight: requests sent and not answered.
      paused: until when nothing is sent, in seconds.
      closed: why nothing is sent any more: `quota`, `refused`; or "".
      silent: requests in a row without an answer, while it wasn't left alone.
    """

    lane: Lane
    in_flight: int = 0
    paused: float = 0.0
    closed: str = ""
    silent: int = 0
    throttle: Throttle = field(init=False)
    requests: Bucket | None = field(init=False)
    tokens: Bucket | None = field(init=False)

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.lane.concurrency)
        self.requests = Bucket(self.lane.rpm) if self.lane.rpm else None
        self.tokens = Bucket(self.lane.tpm) if self.lane.tpm else None

    def wait(self, tokens: float, now: float) -> float | None:
        """Return the seconds until a request of so many tokens may be sent; None: not before another is answered."""
        if self.closed or self.in_flight >= self.throttle.limit:
            return None
        waits = [self.paused - now, 0.0]
        if self.requests:
            waits.append(self.requests.wait(1, now))
        if self.tokens:
            waits.append(self.tokens.wait(tokens, now))
        return max(waits)

    @property
    def away(self) -> bool:
        """Whether the endpoint seems to be away."""
        return self.silent >= SILENT

    def unanswered(self, now: float) -> None:
        """Take note that a request got no answer; what was in flight before it was left alone says no more."""
        self.silent += self.paused <= now

    def rest(self, now: float) -> None:
        """Leave alone an endpoint that is away, each time for longer."""
        if self.paused <= now:
            self.pause(min(LONGEST_REST, FIRST_REST * 2 ** min(10, self.silent - SILENT)), now)

    def send(self, tokens: float, now: float) -> None:
        """Take note that a request of so many tokens, by estimate, is being sent."""
        self.in_flight += 1
        if self.requests:
            self.requests.take(1, now)
        if self.tokens:
            self.tokens.take(tokens, now)

    def settle(self, estimate: float, used: float, now: float) -> None:
        """Take note that a request has ended, and how many tokens it used."""
        self.in_flight -= 1
        if self.tokens:
            self.tokens.take(used - estimate, now)

    def pause(self, seconds: float, now: float) -> None:
        """Send nothing for so many seconds."""
        self.paused = max(self.paused, now + seconds)
