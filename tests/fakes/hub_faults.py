"""What can go wrong between the fake Hub and its clients, request by request."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.wire import HttpReply, HttpRequest

DROP, LOSE, PASS = "drop", "lose", "pass"
"""Kinds that are no status: the connection is closed before the request is dealt with, or after it, unanswered; or
nothing happens to the request, but something before it."""


@dataclass
class Fault:
    """What happens to requests.

    Attributes:
      path: a regular expression that is searched in the path.
      kind: a status; `drop`, `lose` or `pass`.
      method: of the requests that are meant; "" for any.
      times: how many requests suffer it; the first `skip` ones don't.
      headers: of the answer.
      strike: called where the fault strikes; with the kind `lose` the request has been dealt with by then.
    """

    path: str
    kind: int | str
    method: str = ""
    times: int = 1 << 30
    skip: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    strike: Callable[[], None] = lambda: None

    def due(self, request: HttpRequest) -> bool:
        """Say whether it strikes this request, and count it."""
        if not re.search(self.path, request.path) or self.method not in ("", request.method):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return self.times >= 0

    def reply(self, dealt: Callable[[], HttpReply]) -> HttpReply:
        """Return what is sent; `dealt` deals with the request."""
        if self.kind == LOSE:
            dealt()
        self.strike()
        if self.kind == PASS:
            return dealt()
        if isinstance(self.kind, str):
            return HttpReply(200, b"", drop=0)
        return HttpReply(self.kind, b"injected", self.headers, content_type="text/plain")
