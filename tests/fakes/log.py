"""What the endpoint remembers of the requests for completions, and the numbers that follow."""

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Entry:
    """One request; times are those of the monotonic clock, which all processes of a machine share.

    Attributes:
      arrived: when it had been read.
      finished: when its answer had been sent, or 0.
      status: the HTTP status; 0 where none was sent.
      fault: the kind of fault it suffered; `rejected` where it was no fault, but a wrong key, a
        wrong body or a limit.
      prompt: tokens of the messages.
      completion: tokens of the answer.
      hash: of the text.
      text: what was to be translated.
      key: the hash of the API key.
      batch: the batch it was a line of.
    """

    arrived: float
    finished: float = 0.0
    status: int = 0
    fault: str = ""
    prompt: int = 0
    completion: int = 0
    hash: str = ""
    text: str = ""
    key: str = ""
    batch: str = ""


@dataclass
class Log:
    """The entries in the order of arrival, and how many requests were being dealt with."""

    entries: list[Entry] = field(default_factory=list)
    in_flight: int = 0
    peak_in_flight: int = 0

    def arrive(self, key: str) -> Entry:
        """Begin an entry."""
        self.entries.append(Entry(time.monotonic(), key=key))
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return self.entries[-1]

    def finish(self, entry: Entry) -> None:
        """End an entry."""
        entry.finished = time.monotonic()
        self.in_flight -= 1

    def stats(self) -> dict[str, Any]:
        """Return the numbers.

        `paid_twice` counts good answers to a text that had one already.
        """
        entries = self.entries
        good = Counter(one.hash for one in entries if one.status == 200 and not one.fault)
        return {
            "requests": len(entries),
            "texts": len({one.hash for one in entries if one.hash}),
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "faults": dict(Counter(one.fault for one in entries if one.fault)),
            "statuses": dict(Counter(str(one.status) for one in entries)),
            "good": good.total(),
            "paid_twice": good.total() - len(good),
            "first_arrival": entries[0].arrived if entries else None,
            "last_finish": max((one.finished for one in entries), default=None),
            "prompt_tokens": sum(one.prompt for one in entries),
            "completion_tokens": sum(one.completion for one in entries),
            "total_tokens": sum(one.prompt + one.completion for one in entries),
        }

    def to_json(self) -> list[dict[str, Any]]:
        """Return all entries."""
        return [asdict(one) for one in self.entries]
