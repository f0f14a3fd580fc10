"""Requests to the Hub that are repeated when that may help, and what is said of those that fail for good.

huggingface_hub itself repeats some requests (files, listings) and not others (commits, looking into a repository,
creating, tagging), and waits as long as a server says. Here the latter are repeated, and no wait is longer than
LONGEST seconds.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging import ERROR
from typing import TypeVar

import httpx2
from huggingface_hub import get_session
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.utils import logging
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from sinks.hub.errors import HubError

TRIES = 6
"""Times that a request is made before it counts as failed."""

LONGEST = 300.0
"""Seconds that are waited at most before a request is repeated: the Hub counts requests in windows of five minutes."""

TIMEOUT = httpx2.Timeout(LONGEST, connect=30.0)
"""Seconds without a byte after which a connection counts as dropped; huggingface_hub would wait for ever."""

BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

DROPPED = (httpx2.TimeoutException, httpx2.NetworkError, httpx2.RemoteProtocolError, json.JSONDecodeError)
"""Errors after which the same request may succeed; a gateway's page is what can't be read as JSON."""

ERRORS = (OSError, RuntimeError, ValueError, httpx2.HTTPError)
"""What huggingface_hub and hf_xet raise where a request, an upload or an answer goes wrong."""

XET = {"HF_XET_CLIENT_RETRY_MAX_ATTEMPTS": "4", "HF_XET_CLIENT_RETRY_BASE_DELAY": "1s"}
"""How hf_xet, which sends files by itself, repeats requests: some 20 seconds each. Its own way takes over three minutes
for a request that fails for good, without a word. What the environment says goes before this."""

LIMIT = re.compile(r"r\s*=\s*0\s*;\s*t\s*=\s*(\d+)", re.ASCII)
"""In the header `ratelimit` (an IETF draft), which the Hub sends: no request is left; there are more in t seconds."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retries:
    """Repeats requests that failed for a passing reason; `tell` is given a line each time."""

    tell: Callable[[str], None]

    def ask(
        self,
        what: str,
        request: Callable[[], Answer],
        tries: int = TRIES,
        expected: tuple[type[Exception], ...] = (),
    ) -> Answer:
        """Return what the request returns; HubError, which says `what` failed, where it doesn't succeed.

        Errors that are `expected` are answers, too: they are raised as they are.
        """
        number = 1
        while True:
            configure_client()
            try:
                return request()
            except expected:
                raise
            except ERRORS as error:
                self.wait(what, error, number, tries)
            number += 1

    def wait(self, what: str, error: Exception, number: int, tries: int = TRIES) -> None:
        """Wait after the try of this number (from 1) has failed; HubError where another one has no use."""
        cause = _cause(error)
        if isinstance(cause, HubError):
            raise cause
        seconds = _seconds(cause, number)
        if seconds is None or number >= tries:
            often = f", {number} times" if number > 1 else ""
            raise HubError(f"{what}: {describe(cause)}{often}") from None
        self.tell(f"{what}: {describe(cause)}; trying again in {seconds:g} s")
        time.sleep(seconds)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep huggingface_hub from logging (its lines hold addresses that let one write) and from drawing bars; and hf_xet
    from trying for minutes."""
    for name, value in XET.items():
        os.environ.setdefault(name, value)  # read when hf_xet begins, which it does once in a process
    before, drawn = logging.get_verbosity(), not are_progress_bars_disabled()
    logging.set_verbosity(ERROR)
    disable_progress_bars()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if drawn:
            enable_progress_bars()


def describe(error: BaseException) -> str:
    """Return what went wrong, as a clause of a sentence."""
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, so that the Hub isn't asked; unset it"
    if isinstance(error, RevisionNotFoundError):
        return "there is no such revision"
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such repository, or the token may not see it"
    if isinstance(error, json.JSONDecodeError):
        return "the Hub's answer can't be read"
    if isinstance(error, HfHubHTTPError):
        return _answer(error.response.status_code, _line(error.server_message or ""))
    named = _line(str(error)) or type(error).__name__
    if isinstance(error, ConnectionError):  # hf_xet's, which has no errors of its own
        return f"{named}; run the same command later, or with HF_HUB_DISABLE_XET=1, which sends files another way"
    return f"the connection failed ({named})" if isinstance(error, httpx2.HTTPError) else named


def _answer(status: int, said: str) -> str:
    hint = {401: "; log in anew with `hf auth login`", 403: "; the token needs the right to write there"}
    return f"the Hub answered {status}{f' ({said})' if said else ''}{hint.get(status, '')}"


def _cause(error: BaseException) -> BaseException:
    """Return what an upload failed for: it is told as the cause of another error."""
    while type(error) is RuntimeError and error.__cause__:
        error = error.__cause__
    return error


def _seconds(error: BaseException, number: int) -> float | None:
    """Return how long to wait before the next try, or None where there should be none."""
    backoff = float(min(2 ** (number - 1), 8))
    if isinstance(error, DROPPED):
        return backoff
    if isinstance(error, HfHubHTTPError) and error.response.status_code in BUSY:
        return _told(error.response) or backoff
    return None


def _told(response: httpx2.Response) -> float | None:
    """Return how long a server says to wait, in seconds: by the Hub's own headers, or `Retry-After`."""
    limit = LIMIT.search(response.headers.get("ratelimit", ""))
    if response.status_code == 429 and limit:
        return float(limit[1]) + 1
    after = response.headers.get("retry-after", "").strip()
    return float(after) if after.isdigit() else None


def configure_client() -> None:
    """Give the client that huggingface_hub shares our timeout, and have it judge its answers.

    huggingface_hub may have made a new client, so this is done before each request.
    """
    client = get_session()
    client.timeout = TIMEOUT
    hooks = client.event_hooks
    if _judge not in hooks["response"]:
        client.event_hooks = {**hooks, "response": [*hooks["response"], _judge]}


def _judge(response: httpx2.Response) -> None:
    """Raise HubError for what would wait too long, and what huggingface_hub reads without looking at its status."""
    seconds = _told(response) if response.status_code in BUSY else None
    if seconds and seconds > LONGEST:
        wait = f"{seconds:,.0f} s ({response.status_code})"
        raise HubError(f"the Hub asks to wait {wait}; run the same command then: what was sent isn't sent again")
    if response.status_code > 400 and response.url.path.endswith("/validate-yaml"):
        response.read()
        raise HfHubHTTPError("the card can't be validated", response=response)


def _line(text: str) -> str:
    """Return a text that others wrote on one line, and no longer than a line."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line if len(line) <= 200 else f"{line[:197]}..."
