"""Language models behind an OpenAI-compatible endpoint, asked through the `openai` library."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import httpx2
import orjson

from transforms.example import digest
from transforms.translate.cutting import Unit
from transforms.translate.engines import Answer, Kind, Lane, Price, Query, Unavailable
from transforms.translate.engines.openai_errors import (
    complaint,
    error_of,
    error_within,
    raise_if_temporary,
    text_failure,
)
from transforms.translate.entries import HUMAN
from transforms.translate.prompts import Prompt, is_file, load_prompt, resolve_prompt
from transforms.translate.replies import read_reply
from transforms.translate.secrets import resolve_key, without_keys

NO_KEY = "none"
"""What is sent as the key of a server that needs none."""

NO_CONNECTION = httpx2.ConnectTimeout, httpx2.PoolTimeout
"""What the library takes for a late answer, and is none: with aiohttp also a connection that is refused or closed."""

DEFAULT_URL, DEFAULT_KEY = "https://api.openai.com/v1", "env:OPENAI_API_KEY"


@dataclass(frozen=True)
class OpenAI:
    """Translates with a language model behind any OpenAI-compatible endpoint.

    Parameters:
      model: the model's name at the endpoint.
      base_url: the endpoint; several share the work (with one key, or one each).
      api_key: where the key is, `env:NAME` or `file:PATH`; several share the work, each with the whole limits. Without
        one, `env:OPENAI_API_KEY` for OpenAI's own endpoint and none for others.
      concurrency: requests in flight at most.
      rpm, tpm: requests and tokens a minute at most.
      price: USD per million tokens, `{input, output}`.
      timeout: seconds to wait for an answer.
      max_tries: how often a request is sent at most when the service doesn't answer it; of several endpoints, those
        that can't be reached don't count while others can.
      temperature, seed, max_tokens: sampling parameters, sent where they are given; of several translations of one
        text each has the next seed.
      prompt: the template of messages, a name, or `FILE.toml:NAME` (the file from the recipe's folder; see
        `transforms/translate/prompts.toml`).
      extra: further parameters of the request, such as `{reasoning_effort: low, max_completion_tokens: 4000}`.
      per_request: how many segments one request holds; several are sent and answered as a JSON array.
      unit: what a segment is: `line`, `sentence`, `paragraph` (more context, but its lines must come back as many) or
        `field`.
      max_segment_chars: longer segments are cut, between lines, sentences or words.
      shards: into how many groups the segments are divided; each has its equal part of all limits.
      signature: under which name translations are remembered, instead of one made of the model, the prompt and the
        sampling parameters: for a model that endpoints call by different names. Whatever else changes, what is
        remembered under it counts as this engine's.

    Answers fail as `cut` (it reached its limit of tokens, or was broken off), `filtered`, `refusal`, `reply_format`,
    `request_refused` (the service didn't take the request, while it takes others), or as any engine's. Of several keys
    or endpoints, one whose money is spent is asked no more, nor is one that is refused; where none is left, the rest is
    left for later (`deferred:quota`), or the run fails if all are refused.
    """

    model: str
    base_url: tuple[str, ...] = (DEFAULT_URL,)
    api_key: tuple[str, ...] = ()
    concurrency: int = 32
    rpm: float | None = None
    tpm: float | None = None
    price: Price | None = None
    timeout: float = 60.0
    max_tries: int = 5
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    prompt: str = "default"
    extra: Mapping[str, Any] = field(default_factory=dict)
    per_request: int = 1
    unit: Unit = "line"
    max_segment_chars: int = 6000
    shards: int = 1
    signature: str = ""

    kind: ClassVar[Kind] = "llm"
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X", "[[{}]]", "Z{}Q")
    deterministic: ClassVar[bool] = False
    incidental: ClassVar[frozenset[str]] = frozenset(
        {"base_url", "api_key", "concurrency", "rpm", "tpm", "price", "timeout", "max_tries", "shards"}
    )

    def __post_init__(self) -> None:
        for name in ("concurrency", "max_tries", "per_request", "shards"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be 1 or more")
        for name in ("rpm", "tpm", "timeout", "max_tokens"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name} is {value}: it must be above 0")
        if self.max_segment_chars < 200:
            raise ValueError(f"max_segment_chars is {self.max_segment_chars}: it must be 200 or more")
        if not self.base_url:
            raise ValueError("base_url is empty: name an endpoint")
        for url in self.base_url:
            _check_url(url)
        if len(self.api_key) > 1 and len(self.base_url) > 1 and len(self.api_key) != len(self.base_url):
            raise ValueError(f"{len(self.api_key)} keys don't go with {len(self.base_url)} endpoints")
        _check_extra(self.extra)
        if self.signature == HUMAN or self.signature.strip() != self.signature or not self.signature.isprintable():
            raise ValueError(f"signature is {self.signature!r}: it must be a name of one line, and not {HUMAN!r}")
        if not is_file(self.prompt):
            load_prompt(self.prompt)

    def resolved(self, base: str) -> Self:
        """Return the engine with its prompt read, where that is in a file; ValueError where it can't be."""
        return replace(self, prompt=resolve_prompt(self.prompt, base))

    @property
    def longest(self) -> int:
        """The most characters of a segment."""
        return self.max_segment_chars

    def groups(self, cores: int) -> int:
        """Return `shards`."""
        return self.shards

    def signature_of(self, source: str, target: str) -> str:
        """Return `signature`, or `openai:`, the model, and a hash of the prompt and the sampling parameters."""
        if self.signature:
            return self.signature
        given = [self.temperature, self.seed, self.max_tokens, self.per_request > 1, dict(self.extra)]
        sampling = json.dumps(given, sort_keys=True)  # the order in which `extra` is written says nothing
        return _signature(self.model, self.prompt, sampling)

    def check(self, source: str, target: str) -> None:
        """Accept any pair: what a model can't do shows in its answers."""

    def share(self, groups: int) -> Self:
        """Return the engine with the part of its limits that each of so many groups has."""
        if groups == 1:
            return self
        return replace(
            self,
            concurrency=max(1, self.concurrency // groups),
            rpm=self.rpm / groups if self.rpm else None,
            tpm=self.tpm / groups if self.tpm else None,
        )

    def lanes(self) -> tuple[Lane, ...]:
        """Return the limits of each endpoint: those of the recipe."""
        return tuple(Lane(self.concurrency, self.rpm, self.tpm, url) for url, _ in self._endpoints())

    def overhead(self, source: str, target: str) -> str:
        """Return the messages around a text."""
        texts = ("",) * min(2, self.per_request)
        return "\n".join(m["content"] for m in self._prompt.messages(Query(texts, source, target)))

    @asynccontextmanager
    async def session(self) -> AsyncIterator["_Session"]:
        """Open a client for each endpoint."""
        from openai import AsyncOpenAI, DefaultAioHttpClient

        endpoints = self._endpoints()
        keys = [resolve_key(key) if key else NO_KEY for _, key in endpoints]
        async with AsyncExitStack() as stack:
            clients = []
            for (url, _), key in zip(endpoints, keys, strict=True):
                # With its aiohttp transport the library takes half the processor time of a request.
                http = DefaultAioHttpClient(timeout=self.timeout)
                client = AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=self.timeout, http_client=http)
                clients.append(await stack.enter_async_context(client))
            yield _Session(self, clients, endpoints, [key for key in keys if key != NO_KEY])

    @property
    def _prompt(self) -> Prompt:
        return load_prompt(self.prompt)

    def body(self, query: Query) -> dict[str, Any]:
        """Return what is sent beside `extra`."""
        seed = None if self.seed is None else self.seed + query.candidate
        sampling = {"temperature": self.temperature, "seed": seed, "max_tokens": self.max_tokens}
        given = {name: value for name, value in sampling.items() if value is not None}
        return {"model": self.model, "messages": self._prompt.messages(query), **given}

    def _endpoints(self) -> list[tuple[str, str]]:
        """Return the endpoints, each with where its key is."""
        number = max(len(self.base_url), len(self.api_key))
        urls = self.base_url * (number if len(self.base_url) == 1 else 1)
        names = self.api_key * (number if len(self.api_key) == 1 else 1)
        return [
            (url, names[at] if names else (DEFAULT_KEY if url == DEFAULT_URL else "")) for at, url in enumerate(urls)
        ]


def _check_url(url: str) -> None:
    """Raise ValueError where an endpoint's address can't be one, or holds what is secret."""
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"base_url is {url!r}: it begins with http:// or https://")
    if not _is_address(url):
        raise ValueError(f"base_url is {url!r}: it must be an address such as http://127.0.0.1:8000/v1")
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise ValueError("base_url holds a name or a password, before an @: what is secret is named by api_key")
    if "?" in url or "#" in url:
        raise ValueError("base_url holds a ? or a #: give the address alone; what is secret is named by api_key")


def _check_extra(extra: Mapping[str, Any]) -> None:
    """Raise ValueError where further parameters can't be sent, or would take the place of the engine's own."""
    if overruled := sorted({"model", "messages", "stream", "n"} & set(extra)):
        raise ValueError(f"extra can't hold {', '.join(overruled)}")
    try:
        json.dumps(dict(extra), allow_nan=False)
    except (ValueError, TypeError):
        raise ValueError("extra can't be sent as JSON: numbers must be finite, and dates in quotes") from None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:  # a port or an IPv6 address that can't be one
        return False


@lru_cache(maxsize=64)
def _signature(model: str, prompt: str, sampling: str) -> str:
    return f"openai:{model}:{digest(load_prompt(prompt).signature(), sampling).hex()[:16]}"


class _Session:
    """Clients, one for each endpoint."""

    def __init__(
        self, engine: OpenAI, clients: Sequence[Any], endpoints: Sequence[tuple[str, str]], keys: Sequence[str]
    ) -> None:
        self._engine, self._clients, self._endpoints, self._keys = engine, clients, endpoints, keys

    async def ask(self, lane: int, query: Query) -> list[Answer]:
        """Send one request; see `Session`."""
        import openai

        try:
            body = {**self._engine.body(query), **self._engine.extra}
            # The bare request, and the reply as it is: checking a body that is right against the library's types takes
            # time for each request, and of a reply that was cut the library could make no object.
            reply = await self._clients[lane].post("/chat/completions", cast_to=httpx2.Response, body=body)
            data = reply.content
        except openai.APIStatusError as error:
            return self._refused(lane, query, error.status_code, error_of(error.body), error.response.headers)
        except openai.APITimeoutError as error:
            raise Unavailable("connection" if isinstance(error.__cause__, NO_CONNECTION) else "timeout") from None
        except openai.APIConnectionError:
            raise Unavailable("connection") from None
        try:
            body = orjson.loads(data)
            if status := error_within(body):
                return self._refused(lane, query, status, error_of(body), reply.headers)
            return without_keys(read_reply(body, query, load_prompt(self._engine.prompt)), self._keys)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise Unavailable("malformed") from None

    def _refused(
        self, lane: int, query: Query, status: int, error: Mapping[str, Any], headers: Mapping[str, str]
    ) -> list[Answer]:
        """Deal with an error: raise Unavailable or EngineError, or return why the texts fail."""
        if failure := text_failure(status, error):
            return [Answer("", failure)] * len(query.texts)
        raise_if_temporary(status, error, headers)
        url, key = self._endpoints[lane]
        raise complaint(status, error, url, self._engine.model, key, self._keys) from None
