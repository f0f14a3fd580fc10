"""A faulty OpenAI-compatible endpoint, as a process of its own.

    python -m tests.fakes.endpoint --port 0 --latency 0.05 --faults '{"mix": 0.2}'

prints its port on the first line. Tests start it by `with Endpoint(latency=0.05, faults={"mix": 0.2}) as endpoint:`.
`Settings` says what it can be told; besides the API it answers `GET /_log`, `GET /_stats`, `POST /_reset`,
`POST /_configure` and `POST /_restart`. Starting a process takes longer than most tests of it: a module has one, which
begins anew for each test by `endpoint.restart()`.
"""

import asyncio
import dataclasses
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.request import Request, urlopen

import orjson

from tests.fakes import answers
from tests.fakes.batches import Batches
from tests.fakes.chat import Chat
from tests.fakes.settings import Settings, parse
from tests.fakes.wire import HttpReply, HttpRequest, json_reply, serve


class Server:
    """What the process answers, by path."""

    def __init__(self, settings: Settings) -> None:
        self._told = settings
        self._start()

    def _start(self) -> None:
        self.chat = Chat(self._told)
        self.batches = Batches(self.chat)

    async def answer(self, request: HttpRequest) -> tuple[HttpReply, Callable[[], None]]:
        """Return the response to a request, and what to call when it has been sent."""
        if (request.method, request.path) == ("POST", "/v1/chat/completions"):
            return await self.chat.answer(request)
        return self._other(request), lambda: None

    def _other(self, request: HttpRequest) -> HttpReply:
        if request.path.startswith("/_"):
            return self._control(request)
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if self.chat.settings.key and key != self.chat.settings.key:
            return answers.wrong_key(key)
        if (request.method, request.path) == ("GET", "/v1/models"):
            model = {"id": self.chat.settings.model, "object": "model", "created": 0, "owned_by": "tests"}
            return json_reply({"object": "list", "data": [model]})
        missing = f"Invalid URL ({request.method} {request.path})"
        return self.batches.answer(request) or answers.not_found(missing)

    def _control(self, request: HttpRequest) -> HttpReply:
        if request.path == "/_log":
            return json_reply(self.chat.log.to_json())
        if request.path == "/_stats":
            return json_reply(self.chat.log.stats() | {"peak_serving": self.chat.limits.peak_serving})
        if request.path == "/_reset":
            self.chat.reset()
            return json_reply({})
        if request.path == "/_restart":
            self._start()
            return json_reply({})
        if request.path == "/_configure":
            try:
                self.chat.configure(self.chat.settings.changed(orjson.loads(request.body)))
            except ValueError as problem:
                return answers.bad_request(str(problem))
            return json_reply({})
        return answers.not_found(f"no {request.path} here")


async def listen(settings: Settings, port: int) -> None:
    """Serve on 127.0.0.1 for good; print the port first."""
    server = Server(settings)
    listener = await asyncio.start_server(lambda r, w: serve(server.answer, r, w), "127.0.0.1", port, backlog=4096)
    sys.stdout.write(f"{listener.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with listener:
        await listener.serve_forever()


class Endpoint:
    """The endpoint in a process of its own, for as long as the `with` block; parameters are those of `Settings`.

    Attributes:
      port: where it listens; given, it is that one.
    """

    def __init__(self, port: int = 0, **settings: Any) -> None:
        self.port = port
        self._settings = self._told = Settings(**settings)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.fakes.endpoint", "--port", str(self.port), "--with-parent"]
        for one in dataclasses.fields(Settings):
            value = getattr(self._settings, one.name)
            text = orjson.dumps(value).decode() if one.name in ("faults", "script") else str(value)
            command.append(f"--{one.name.replace('_', '-')}={text}")
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(
            command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, close_fds=True
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line.strip().isdigit():
            raise RuntimeError(f"the fake endpoint ended with status {self._process.wait()} before it listened")
        self.port = int(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process, as a machine that goes down would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        self._process = None

    @property
    def url(self) -> str:
        """Return the base URL for clients."""
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """Return the numbers: see `Log.stats`."""
        return dict(self._call("_stats"))

    def log(self) -> list[dict[str, Any]]:
        """Return all requests for completions: see `Entry`."""
        return list(self._call("_log"))

    def configure(self, **changes: Any) -> None:
        """Change settings; a script or seed begins anew, what was seen is remembered."""
        self._settings = self._settings.changed(changes)
        self._call("_configure", changes)

    def reset(self) -> None:
        """Forget all requests, and how often each was seen; files and batches stay."""
        self._call("_reset", {})

    def restart(self) -> None:
        """Be as at the start: its settings, nothing seen, no files and no batches; what was at work is forgotten."""
        self._settings = self._told
        self._call("_restart", {})

    def _call(self, path: str, data: Any = None) -> Any:
        body = None if data is None else orjson.dumps(data)
        with urlopen(Request(f"http://127.0.0.1:{self.port}/{path}", body), timeout=60) as reply:
            return orjson.loads(reply.read())


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    told, options = parse(sys.argv[1:])
    if options.with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    asyncio.run(listen(told, options.port))
