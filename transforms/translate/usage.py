"""What engines did: numbers for the manifest, and a file for the display while they are at it."""

import json
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from transforms.files import is_local, write_bytes

DEFERRED = "deferred:"
"""What the reason of a segment begins with that is left for later: `deferred:budget`, `deferred:unreachable`, ..."""

SECONDS = 1.0

TALLIED = ("begun", "known", "done", "failed", "usd", "unanswered")
"""What is counted for the display; of what is begun, the memory knows a part."""


@dataclass
class Usage:
    """What an engine did for a target language; sums of these are the manifest's `translation`.

    What a killed run or a lost worker did isn't in it: what came of that is `from_memory`.

    Attributes:
      segments: translations that were wanted of it, with repetitions.
      unique: distinct ones: found in its memory, asked, or deferred before they were asked.
      from_memory: found in the memory under its signature.
      asked: put to it.
      requests: how often, retries included.
      failed: of those asked, how many it has no translation for.
      deferred: of the distinct ones, how many are left for later.
      input_tokens, output_tokens: as it reports them.
      usd: what that costs, by its price.
      unanswered: how many requests got no answer, by why: `connection`, `timeout`, `malformed`, `error_reply` (an
        error that came as an answer), `rate_limited`, ...
      retired: what endpoints said, of several, that were asked no more: they refused their keys, or had no such model.
      usd_unanswered: what requests without an answer in time may cost besides, by estimate: a budget is charged for it.
    """

    segments: int = 0
    unique: int = 0
    from_memory: int = 0
    asked: int = 0
    requests: int = 0
    failed: int = 0
    deferred: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    usd_unanswered: float = 0.0
    unanswered: Counter[str] = field(default_factory=Counter)
    retired: Counter[str] = field(default_factory=Counter)

    def want(self, number: int, remembered: bool = False) -> None:
        """Take note of a distinct segment that is wanted so often, and whether the memory holds it."""
        self.segments += number
        self.unique += 1
        self.from_memory += remembered

    def add_request(self, input_tokens: int, output_tokens: int, usd: float = 0.0) -> None:
        """Take note of a request, and what it used."""
        self.requests += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        self.usd += usd

    def add(self, other: "Usage") -> None:
        """Add the numbers of another group."""
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)


@dataclass
class Tally:
    """What a group's asking has come to so far, written every second for the display (`pipeline/progress.py`).

    Attributes:
      path: a local file; empty where nothing is to be written.
      label: what is being asked for.
    """

    path: str = ""
    label: str = ""
    _numbers: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TALLIED, 0))
    _expected: int = 0
    _end: float = 0
    _written: float = 0.0

    @classmethod
    def in_work_folder(cls, work: str, label: str, group: int) -> "Tally":
        """Return one that writes into the work folder, where that is local."""
        return cls(f"{work}/asking/{label}-{group}.json" if is_local(work) else "", label)

    def expect(self, wanted: int) -> None:
        """Take note that about so many segments will be wanted in all."""
        self._expected = wanted

    def begin(self, wanted: int, known: int) -> None:
        """Take note of how many more segments are wanted, and how many of them the memory holds."""
        self._end = self._numbers["done"] + wanted
        self._add(begun=wanted, known=known, done=known)
        self.flush()

    def add(self, done: int = 0, failed: int = 0, usd: float = 0.0, unanswered: int = 0) -> None:
        """Add to the numbers: of segments, and of requests that got no answer."""
        self._add(done=done, failed=failed, usd=usd, unanswered=unanswered)
        if self.path and time.monotonic() - self._written > SECONDS:
            self.flush()

    def _add(self, **numbers: float) -> None:
        for name, number in numbers.items():
            self._numbers[name] += number

    def go_on(self, left: int) -> None:
        """Take note that so many segments are put to another engine, and so aren't done."""
        self._numbers["done"] = self._end - left

    def flush(self) -> None:
        """Write the numbers now."""
        self._written = time.monotonic()
        if not self.path:
            return
        with suppress(OSError):  # what is paid for isn't to stop for a display that finds no room
            wanted = max(self._expected, self._numbers["begun"])
            write_bytes(self.path, json.dumps({"label": self.label, "wanted": wanted, **self._numbers}).encode())
