"""Language models behind an OpenAI-compatible Batch API: files of requests, answered within a day, at a lower price."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import orjson

from transforms.example import digest
from transforms.translate.cutting import Unit
from transforms.translate.engines import Kind, Price, Query
from transforms.translate.engines.openai import DEFAULT_KEY, DEFAULT_URL, NO_KEY, OpenAI
from transforms.translate.engines.openai_batch_service import ENDPOINT, Service
from transforms.translate.prompts import resolve_prompt
from transforms.translate.secrets import resolve_key


@dataclass(frozen=True)
class OpenAIBatch:
    """Translates with a language model through OpenAI's Batch API, or any endpoint that has `/files` and `/batches`.

    What is sent is recorded in the translation memory's folder `batches`: a run that is killed, or whose `wait` is
    over, loses nothing, and the same command goes on. What `openai` has translated with the same model, prompt and
    sampling counts, and the other way round.

    Parameters:
      model: the model's name at the endpoint.
      base_url: the endpoint.
      api_key: where the key is, `env:NAME` or `file:PATH`. Without one, `env:OPENAI_API_KEY` for OpenAI's own endpoint
        and none for others.
      price: USD per million tokens, `{input, output}`: that of batches.
      timeout: seconds to wait for each answer of the endpoint, not for a batch.
      max_tries: how often a request is put into a batch at most where it comes back unanswered (the batch expired, the
        service was overloaded), and how often the endpoint is called at most where it can't be reached.
      temperature, seed, max_tokens: sampling parameters, sent where they are given.
      prompt: the template of messages, a name, or `FILE.toml:NAME` (the file from the recipe's folder; see
        `transforms/translate/prompts.toml`).
      extra: further parameters of the requests, such as `{reasoning_effort: low, max_completion_tokens: 4000}`.
      batch_requests, batch_bytes: how many requests and bytes a batch holds at most; OpenAI takes 50,000 and 200 MB.
      poll: seconds between two looks at the batches.
      wait: seconds that a run waits for batches, from when it begins to ask (0: it only sends them, and takes what has
        ended). What is under way then goes on, and the run ends with exit status 3; the same command takes the results.
      unit: what a segment is.
      max_segment_chars: longer segments are cut.
      signature: as that of `openai`.

    Answers fail as those of `openai`. A batch that was cancelled at the provider isn't sent again by the same run.
    """

    model: str
    base_url: str = DEFAULT_URL
    api_key: str = ""
    price: Price | None = None
    timeout: float = 60.0
    max_tries: int = 5
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    prompt: str = "default"
    extra: Mapping[str, Any] = field(default_factory=dict)
    batch_requests: int = 50_000
    batch_bytes: int = 200_000_000
    poll: float = 30.0
    wait: float = 26 * 3600.0
    unit: Unit = "line"
    max_segment_chars: int = 6000
    signature: str = ""

    kind: ClassVar[Kind] = OpenAI.kind
    placeholders: ClassVar[tuple[str, ...]] = OpenAI.placeholders
    deterministic: ClassVar[bool] = OpenAI.deterministic
    incidental: ClassVar[frozenset[str]] = frozenset(
        {"base_url", "api_key", "price", "timeout", "max_tries", "batch_requests", "batch_bytes", "poll", "wait"}
    )

    def __post_init__(self) -> None:
        for name, most in (("batch_requests", 50_000), ("batch_bytes", 200_000_000)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be from 1 to {most}")
        if not 0 < self.poll < float("inf"):
            raise ValueError(f"poll is {self.poll}: it must be above 0")
        if not 0 <= self.wait < float("inf"):
            raise ValueError(f"wait is {self.wait}: it must be 0 or more seconds")
        _ = self._live  # checks the others

    def resolved(self, base: str) -> Self:
        """Return the engine with its prompt read, where that is in a file; ValueError where it can't be."""
        return replace(self, prompt=resolve_prompt(self.prompt, base))

    @property
    def _live(self) -> OpenAI:
        """The engine that sends the same requests one by one."""
        return OpenAI(
            self.model,
            base_url=(self.base_url,),
            timeout=self.timeout,
            max_tries=self.max_tries,
            temperature=self.temperature,
            seed=self.seed,
            max_tokens=self.max_tokens,
            prompt=self.prompt,
            extra=self.extra,
            unit=self.unit,
            max_segment_chars=self.max_segment_chars,
            signature=self.signature,
        )

    @property
    def longest(self) -> int:
        """The most characters of a segment."""
        return self.max_segment_chars

    @property
    def grace(self) -> float:
        """Twice as long as the request that begins a batch may take."""
        return 2 * self.timeout

    def groups(self, cores: int) -> int:
        """Return 1: one process sends all batches."""
        return 1

    def signature_of(self, source: str, target: str) -> str:
        """Return that of `openai` with the same model, prompt and sampling parameters."""
        return self._live.signature_of(source, target)

    def check(self, source: str, target: str) -> None:
        """Accept any pair: what a model can't do shows in its answers."""

    def overhead(self, source: str, target: str) -> str:
        """Return the messages around a text."""
        return self._live.overhead(source, target)

    def place(self) -> str:
        """Return a hash of the endpoint."""
        return digest("place", self.base_url.rstrip("/")).hex()

    def line(self, identifier: str, query: Query) -> bytes:
        """Return a request as a line of a batch."""
        body = {**self._live.body(query), **self.extra}
        return orjson.dumps({"custom_id": identifier, "method": "POST", "url": ENDPOINT, "body": body}) + b"\n"

    @contextmanager
    def service(self) -> Iterator[Service]:
        """Open a client."""
        from openai import OpenAI as Client

        where = self.api_key or (DEFAULT_KEY if self.base_url == DEFAULT_URL else "")
        key = resolve_key(where) if where else NO_KEY
        with Client(base_url=self.base_url, api_key=key, max_retries=0, timeout=self.timeout) as client:
            yield Service(self, client, where, [key] if where else [])
