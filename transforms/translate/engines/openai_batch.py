"""Language models behind an OpenAI-compatible Batch API: files of requests, answered within a day, at a lower price."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, TypeVar

import orjson

from transforms.example import digest
from transforms.translate.cutting import Unit
from transforms.translate.engines import CLOCK_SKEW, Answer, BatchState, EngineError, Kind, Price, Query, Unavailable
from transforms.translate.engines.openai import DEFAULT_KEY, DEFAULT_URL, NO_KEY, OpenAI
from transforms.translate.engines.openai_errors import (
    SPENT,
    complaint,
    error_of,
    error_within,
    raise_if_temporary,
    text_failure,
)
from transforms.translate.prompts import load_prompt, resolve_prompt
from transforms.translate.replies import read_reply
from transforms.translate.secrets import redacted, resolve_key

ENDPOINT = "/v1/chat/completions"
"""What each line of a batch is for."""

WINDOW: Literal["24h"] = "24h"
"""The only time that the API offers for a batch."""

MARK = "langloom"
"""The entry of a batch's metadata by which it is found again."""

T = TypeVar("T")


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
    def service(self) -> Iterator["_Service"]:
        """Open a client."""
        from openai import OpenAI as Client

        where = self.api_key or (DEFAULT_KEY if self.base_url == DEFAULT_URL else "")
        key = resolve_key(where) if where else NO_KEY
        with Client(base_url=self.base_url, api_key=key, max_retries=0, timeout=self.timeout) as client:
            yield _Service(self, client, where, [key] if where else [])


class _Service:
    """The files and batches of an account."""

    def __init__(self, engine: OpenAIBatch, client: Any, where: str, keys: Sequence[str]) -> None:
        self._engine, self._client, self._where, self._keys = engine, client, where, keys

    def upload(self, data: bytes) -> str:
        """Hand in the lines of a batch."""
        create = self._client.files.create
        return self._known(self._call(lambda: _name(create(file=(f"{MARK}.jsonl", data), purpose="batch"))), "files")

    def create(self, file: str, mark: str) -> str:
        """Start a batch of a file's lines."""
        create = self._client.batches.create
        asked = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": WINDOW, "metadata": {MARK: mark}}
        return self._known(self._call(lambda: _name(create(**asked))), "batches")

    def find(self, mark: str, since: float) -> str | None:
        """Return the batch with this mark; the newest are listed first."""
        return self._call(lambda: self._find(mark, since - CLOCK_SKEW))

    def _find(self, mark: str, since: float) -> str | None:
        for batch in self._client.batches.list(limit=100):
            if (batch.metadata or {}).get(MARK) == mark:
                return _name(batch)
            if batch.created_at < since:
                break
        return None

    def look(self, batch: str) -> BatchState | None:
        """Return how a batch stands."""
        return self._call(lambda: self._state(self._client.batches.retrieve(batch)))

    def _state(self, found: Any) -> BatchState:
        _name(found)
        results = tuple(file for file in (found.output_file_id, found.error_file_id) if file)
        if found.status == "failed":
            return BatchState("failed", self._problem(found), results)
        if found.status == "cancelled":
            return BatchState("cancelled", "", results)
        return BatchState("ended" if found.status in ("completed", "expired") else "running", "", results)

    def _problem(self, batch: Any) -> str:
        """Return why a batch failed as a whole."""
        errors = (batch.errors.data if batch.errors else None) or []
        codes = {str(error.code) for error in errors}
        if "token_limit_exceeded" in codes:
            return "enqueued"
        if codes & SPENT:
            return "quota"
        said = (
            "; ".join(dict.fromkeys(f"{error.code}: {error.message}" for error in errors[:5])) or "it doesn't say why"
        )
        return self._redacted(said)

    def results(self, state: BatchState) -> tuple[dict[str, bytes], bool]:
        """Return what became of lines."""
        found: dict[str, bytes] = {}
        whole = True
        for file in state.results:
            lines = self._call(lambda file=file: _lines(self._client.files.content(file).content))  # type: ignore[misc]
            if lines is None:
                whole = False
                continue
            for identifier, line in lines.items():
                found.setdefault(identifier, line)  # answers come before errors: what is paid for counts
        return found, whole

    def read(self, result: bytes, query: Query) -> Answer:
        """Return the answer of a line of an output or error file."""
        try:
            row = orjson.loads(result)
            response = row.get("response")
            if not response:
                code = str((row.get("error") or {}).get("code"))
                raise Unavailable("cancelled" if "cancel" in code else "expired")
            body = response["body"]
            status = int(response["status_code"])
            if refused := error_within(body) if status == 200 else status:
                return self._refused(refused, body)
            [answer] = read_reply(body, query, load_prompt(self._engine.prompt))
            return answer
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise Unavailable("malformed") from None

    def delete(self, files: Sequence[str]) -> None:
        """Delete files, where that works."""
        for file in files:
            try:
                self._call(lambda file=file: self._client.files.delete(file))  # type: ignore[misc]
            except (Unavailable, EngineError):
                continue

    def _refused(self, status: int, body: Any) -> Answer:
        """Return why the text of a line fails; Unavailable or EngineError where it isn't the text."""
        error = error_of(body)
        if failure := text_failure(status, error):
            return Answer("", failure)
        raise_if_temporary(status, error, {})
        raise self._complaint(status, error)

    def _call(self, call: Callable[[], T]) -> T | None:
        """Return what a call gives; None where the endpoint says that there is no such thing.

        What isn't what the API gives (a page that something between here and there puts in its place) is no answer.
        """
        import openai

        try:
            return call()
        except openai.APIStatusError as error:
            if error.status_code == 404:
                return None
            body = error_of(error.body)
            raise_if_temporary(error.status_code, body, error.response.headers)
            raise self._complaint(error.status_code, body) from None
        except openai.APITimeoutError:
            raise Unavailable("timeout") from None
        except (openai.APIConnectionError, openai.APIResponseValidationError, ValueError, AttributeError, TypeError):
            raise Unavailable("connection") from None

    def _known(self, thing: T | None, path: str) -> T:
        if thing is None:
            raise EngineError(f"{self._engine.base_url} has no {path}: use the engine `openai` there")
        return thing

    def _complaint(self, status: int, error: Mapping[str, Any]) -> EngineError:
        return complaint(status, error, self._engine.base_url, self._engine.model, self._where, self._keys)

    def _redacted(self, text: str) -> str:
        return redacted(text[:300], self._keys)


def _name(thing: Any) -> str:
    """Return what a file or batch is called at the service; ValueError where it is none."""
    if not isinstance(thing.id, str):
        raise ValueError("it has no name")
    return thing.id


def _lines(content: bytes) -> dict[str, bytes]:
    """Return the lines of a file of results by their identifiers, the first of each; ValueError where it is none."""
    lines: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        if line.strip():
            lines.setdefault(_identifier(line), line)
    if lines and not any(lines):
        raise ValueError("no line is a result")
    return lines


def _identifier(line: bytes) -> str:
    try:
        return str(orjson.loads(line)["custom_id"])
    except (ValueError, KeyError, TypeError):
        return ""
