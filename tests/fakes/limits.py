"""Limits that are enforced: how many requests at a time, and how many requests and tokens in a minute."""

import asyncio
import time
from collections import deque

from tests.fakes import answers
from tests.fakes.settings import Settings
from tests.fakes.wire import HttpReply


class Limits:
    """Counts what was accepted. What was rejected doesn't count, so that a patient client always gets through."""

    def __init__(self) -> None:
        self.serving = 0
        self.peak_serving = 0
        self.used = 0
        self._accepted: deque[list[float]] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def refuse(self, settings: Settings, prompt: int) -> HttpReply | None:
        """Return the 429 for a request that is over a limit; else count it, and return nothing."""
        if settings.quota and self.used >= settings.quota:
            return answers.out_of_quota()
        now = time.monotonic()
        while self._accepted and self._accepted[0][0] <= now - settings.window:
            self._accepted.popleft()
        for what, limit, used in (
            ("requests", settings.rpm, len(self._accepted)),
            ("tokens", settings.tpm, prompt + sum(tokens for _, tokens in self._accepted) if settings.tpm else 0),
        ):
            over = used >= limit if what == "requests" else used > limit
            if limit and over:
                wait = self._accepted[0][0] + settings.window - now if self._accepted else settings.window
                return answers.rate_limited(what, round(wait + 0.001, 3))
        self._accepted.append([now, prompt])
        return None

    def spend(self, prompt: int, completion: int) -> None:
        """Count the tokens of an answer; those of its prompt were counted for the window when it was accepted."""
        self.used += prompt + completion
        if self._accepted:
            self._accepted[-1][1] += completion

    async def enter(self, settings: Settings) -> bool:
        """Wait for a place among those that are served; return False if there is none and nobody may wait."""
        if settings.concurrency and self.serving >= settings.concurrency:
            if settings.over == "reject":
                return False
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place  # whoever leaves hands over the place
        else:
            self.serving += 1
        self.peak_serving = max(self.peak_serving, self.serving)
        return True

    def leave(self) -> None:
        """Hand the place to who has waited longest."""
        if self._waiting:
            self._waiting.popleft().set_result(None)
        else:
            self.serving -= 1
