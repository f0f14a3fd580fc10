"""As much of HTTP/1.1 as a fake endpoint needs, on asyncio's streams: keep-alive, bodies of known length, and rudeness.

A framework would cost several times as much a request, and would not let a handler send half of a body.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus

import orjson

LARGEST = 256 << 20
"""Bytes in a request."""


@dataclass(frozen=True)
class HttpRequest:
    """A request as it was read; names of headers are in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    gone: Callable[[float], Awaitable[None]]
    """Waits until the client closes the connection, or for so many seconds."""


@dataclass(frozen=True)
class HttpReply:
    """A response.

    Attributes:
      status: the HTTP status.
      body: what is sent.
      headers: further headers.
      drop: close the connection after so many bytes of the whole response, or None.
      length: what `content-length` says where no body is sent (HEAD).
      content_type: the media type of the body.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: int | None = None
    content_type: str = "application/json"
    length: int | None = None


def json_reply(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpReply:
    """Return a response with a JSON body."""
    return HttpReply(status, orjson.dumps(data), headers or {})


Handler = Callable[[HttpRequest], Awaitable[tuple[HttpReply, Callable[[], None]]]]
"""Gives the response, and what to call when it has been sent."""


async def serve(handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection, one after the other, until either side closes it."""
    with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
        while True:
            request = await _read(reader)
            reply, sent = await handler(request)
            data = _bytes(reply)
            try:
                if reply.drop is not None:
                    writer.write(data[: reply.drop])
                    with suppress(ConnectionError):
                        await writer.drain()
                    break
                writer.write(data)
                await writer.drain()
            finally:
                sent()
            if request.headers.get("connection", "").lower() == "close":
                break
    writer.close()


async def _read(reader: asyncio.StreamReader) -> HttpRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    size = int(headers.get("content-length", 0))
    if size > LARGEST:
        raise ConnectionError(f"a body of {size} bytes is larger than {LARGEST}")
    if "chunked" in headers.get("transfer-encoding", ""):
        body = await _chunks(reader)
    else:
        body = await reader.readexactly(size) if size else b""
    path, _, query = target.partition("?")

    async def gone(seconds: float) -> None:
        with suppress(TimeoutError, ConnectionError):
            await asyncio.wait_for(reader.read(1), seconds)

    return HttpRequest(method, path, query, headers, body, gone)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    chunks = []
    while size := int((await reader.readline()).split(b";")[0], 16):
        chunks.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(chunks)


def _bytes(reply: HttpReply) -> bytes:
    phrase = HTTPStatus(reply.status).phrase
    lines = [
        f"HTTP/1.1 {reply.status} {phrase}",
        f"content-type: {reply.content_type}",
        f"content-length: {len(reply.body) if reply.length is None else reply.length}",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + reply.body
