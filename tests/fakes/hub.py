"""A stand-in for the Hugging Face Hub: as much of it as publishing and loading data sets takes, in a thread.

`with Hub(folder) as hub:` serves on a free port; `hub.repositories` is what it holds, `hub.log` what it was asked, and
`hub.faults` what is to go wrong. Commits are atomic and honour their parent, as the Hub's do; blobs stay where they
arrived, committed or not.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.hub_api import Api, matched, refused
from tests.fakes.hub_blobs import Blobs
from tests.fakes.hub_faults import Fault
from tests.fakes.hub_files import Files
from tests.fakes.hub_repositories import Repository
from tests.fakes.wire import HttpReply, HttpRequest, json_reply, serve

TOKEN = "hf_QzXvKqWjYpLmRtNbGsHdCfZxVkPwJy"
"""Who has it may write."""

READER = "hf_WmVnBcXzLkJhGfDsPqOwIeUrTyAlSk"
"""Who has it may read."""


@dataclass
class Seen:
    """A request: its status is 0 where it got no answer; `size` is that of its body."""

    method: str
    path: str
    status: int
    size: int


class Hub:
    """The stand-in, for as long as the `with` block.

    Args:
      folder: where it keeps blobs.
      xet: whether it offers Xet, too.
      latency: seconds an upload of a blob takes.
    """

    def __init__(self, folder: Path, xet: bool = False, latency: float = 0.0) -> None:
        cas = folder / "cas"
        if xet:
            cas.mkdir(parents=True)
        self.api = Api(Blobs(folder / "blobs", cas if xet else None))
        self.faults: list[Fault] = []
        self.log: list[Seen] = []
        self.latency = latency
        self.uploading = self.most_uploading = 0
        self._routes = [*self.api.routes(), *Files(self.api).routes()]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def url(self) -> str:
        """Return the endpoint for clients."""
        return self.api.base

    @property
    def repositories(self) -> dict[str, Repository]:
        """Return what is held, by name."""
        return self.api.repositories

    @property
    def received(self) -> list[str]:
        """Return the SHA-256 of each blob that came through LFS, in order."""
        return self.api.blobs.received

    def asked(self, method: str, part: str) -> list[Seen]:
        """Return the requests with this method and this part in their path."""
        return [seen for seen in self.log if seen.method == method and part in seen.path]

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def listen() -> None:
            server = await asyncio.start_server(lambda r, w: serve(self._answer, r, w), "127.0.0.1", 0)
            self.api.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()

        self._loop.run_until_complete(listen())
        self._loop.run_forever()
        open_connections = asyncio.all_tasks(self._loop)
        for task in open_connections:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*open_connections, return_exceptions=True))
        self._loop.close()

    async def _answer(self, request: HttpRequest) -> tuple[HttpReply, Callable[[], None]]:
        if request.path.startswith("/lfs/") and request.method == "PUT":
            self.uploading += 1
            self.most_uploading = max(self.most_uploading, self.uploading)
            await asyncio.sleep(self.latency)
            self.uploading -= 1
        fault = next((fault for fault in self.faults if fault.due(request)), None)
        reply = fault.reply(lambda: self._deal(request)) if fault else self._deal(request)
        if request.method == "HEAD":
            reply = replace(reply, body=b"", length=len(reply.body))
        status = 0 if reply.drop == 0 else reply.status
        self.log.append(Seen(request.method, request.path, status, len(request.body)))
        return reply, lambda: None

    def _deal(self, request: HttpRequest) -> HttpReply:
        for method, pattern, answer in self._routes:
            parts = matched(pattern, request.path) if method == request.method else None
            if parts is not None:
                return self._denied(request, parts.get("name")) or answer(request, **parts)
        return json_reply({"error": "Not found"}, 404)

    def _denied(self, request: HttpRequest, name: str | None) -> HttpReply | None:
        """Return why a request isn't allowed, or None where it is; addresses of uploads carry no token."""
        if request.path.startswith("/lfs/") and request.method == "PUT":
            return None
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and token not in (TOKEN, READER):
            return refused(401, "", "Invalid credentials in Authorization header")
        there = self.repositories.get(name) if name else None
        if name and (not there or (there.private and not token)):
            return refused(404 if token else 401, "RepoNotFound", "Repository not found")
        looks = request.method in ("GET", "HEAD") or "/paths-info/" in request.path
        if not looks and token != TOKEN:
            return refused(403, "", "You have read access but not the required permissions for this operation")
        return None
