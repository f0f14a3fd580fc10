"""Engines: what translates segments, one file each, and the protocols that they follow."""

from collections.abc import Sequence, Sized
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, Self, runtime_checkable

from transforms.translate.cutting import Unit

Kind = Literal["mt", "llm", "identity"]


class UnsupportedPair(ValueError):  # noqa: N818 - it names what was asked for; `check` reports it as a recipe's error
    """An engine can't translate between these two languages. The message names the engine and what it can do."""


class MissingExtra(ImportError):  # noqa: N818 - as above
    """An engine's library isn't installed. The message is one sentence with the install line."""


class EngineError(RuntimeError):
    """An engine can't be used at all (a key that is refused, a model that isn't there): the run stops.

    The message says what to do, and holds no key.
    """


class Refused(EngineError):  # noqa: N818 - as above
    """The service doesn't take a request, and doesn't say whether that is for its text or would be for any.

    Where others are answered it is the text's failure (`request_refused`); where none is, the engine can't be used.
    """


class Unavailable(Exception):  # noqa: N818 - it is handled, not reported
    """A request got no answer this time, for a reason that lies with the service: it may be sent again.

    Attributes:
      reason: `rate_limited`, `overloaded`, `timeout`, `connection`, `malformed`, `quota`, ...
      wait: seconds that the service asked to be left alone, or None.
      slow_down: whether it said that there were too many requests.
    """

    def __init__(self, reason: str, wait: float | None = None, slow_down: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.wait, self.slow_down = reason, wait, slow_down


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine made of one text.

    Attributes:
      text: the raw translation, placeholders in it; where it failed, what was said instead, if anything.
      failure: why there is none (`panic`, `too_long`, `refusal`, ...), or None. Reasons are counted: no data in them.
      input_tokens, output_tokens: usage as the engine reports it; 0 where it has no notion of it.
    """

    text: str
    failure: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0


SAID = 200
"""So many characters are kept of an answer that isn't a translation."""


@dataclass(frozen=True, slots=True)
class Query:
    """What an engine is asked at once: texts in one language, to be translated into another.

    Attributes:
      texts: the segments' texts, placeholders in them.
      source, target: the languages (BCP-47).
      terms: pairs (term, its translation) that a prompt should ask for.
      candidate: which of several translations of these texts is wanted, from 0.
      again: why an earlier answer to the text couldn't be used; empty where it is asked for the first time.
    """

    texts: tuple[str, ...]
    source: str
    target: str
    terms: tuple[tuple[str, str], ...] = ()
    candidate: int = 0
    again: str = ""


@dataclass(frozen=True)
class Price:
    """What tokens cost, in USD per million."""

    input: float
    output: float

    def __post_init__(self) -> None:
        for name in ("input", "output"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"price {name} is {getattr(self, name)}: it must be 0 or more USD per million tokens")

    def usd(self, input_tokens: float, output_tokens: float) -> float:
        """Return what these tokens cost."""
        return (input_tokens * self.input + output_tokens * self.output) / 1_000_000


class Engine(Protocol):
    """Translates segments. Engines are frozen dataclasses whose fields are a recipe's parameters.

    An engine holds no model and no key: these are loaded where it runs. Beyond what stands here it is `Local`, `Remote`
    or `Batched`.

    Attributes:
      kind: `mt`, `llm`, or `identity`, which may give its input back. With the engine's name in the recipe it is the
        `origin` of what it translates.
      unit: what a segment is: a sentence, a line, a paragraph, or a whole field.
      placeholders: the forms (`X{}X`) in which it is asked, in order of trial.
      deterministic: whether the same text always has the same answer, so that asking again is pointless.

    It may also have `longest`, the most characters of a segment (0: any number); `incidental`, the names of those of
    its parameters on which no answer depends (limits, prices, keys): they are no part of a run's signature; and a
    static method `look`, which raises MissingExtra where its library isn't installed, for `langloom engines`.
    """

    @property
    def kind(self) -> Kind: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def placeholders(self) -> tuple[str, ...]: ...
    @property
    def deterministic(self) -> bool: ...

    def groups(self, cores: int) -> int:
        """Return into how many groups a run's segments are divided, each served by one process."""
        ...

    def signature_of(self, source: str, target: str) -> str:
        """Return what the answers depend on (model's content, prompt, sampling), the same on any machine and path."""
        ...

    def check(self, source: str, target: str) -> None:
        """Raise UnsupportedPair, MissingExtra or FileNotFoundError where that can be known without loading a model."""
        ...


@runtime_checkable
class Local(Engine, Protocol):
    """An engine that runs in the process that asks it.

    Attributes:
      batch: how many texts `translate` is given at once.
    """

    @property
    def batch(self) -> int: ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        """Return an answer to each text. What fails for one text is that answer's failure, never an exception."""
        ...


@dataclass(frozen=True)
class Lane:
    """The limits of one endpoint, or of one key of it.

    Attributes:
      concurrency: requests in flight at most.
      rpm, tpm: requests and tokens a minute at most; None for no limit.
      url: the endpoint, where several lanes may be of one; what it doesn't take isn't asked there with another key.
    """

    concurrency: int
    rpm: float | None = None
    tpm: float | None = None
    url: str = ""


def check_number(answers: Sized, texts: Sized) -> None:
    """Raise ValueError where an engine hasn't one answer for each text."""
    if len(answers) != len(texts):
        raise ValueError(f"{len(answers)} answers for {len(texts)} texts")


class Session(Protocol):
    """An engine's open connections."""

    async def ask(self, lane: int, query: Query) -> list[Answer]:
        """Send one request to an endpoint; return an answer to each text, the usage with the first.

        Raises Unavailable where the request may be sent again, Refused where this one may not, EngineError where no
        request will ever be answered.
        """
        ...


@runtime_checkable
class Remote(Engine, Protocol):
    """An engine behind a network: many requests are in flight at once (`transforms/translate/window.py`).

    Attributes:
      per_request: how many segments one request holds at most.
      max_tries: how often a request is sent at most.
    """

    longest: int
    price: Price | None
    per_request: int
    max_tries: int

    def share(self, groups: int) -> Self:
        """Return the engine with the part of its limits that each of so many groups has."""
        ...

    def lanes(self) -> tuple[Lane, ...]:
        """Return the limits of each endpoint."""
        ...

    def overhead(self, source: str, target: str) -> str:
        """Return the text that a request holds beside its segments, to forecast its tokens."""
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open connections; EngineError where a key that the recipe names isn't there."""
        ...


CLOCK_SKEW = 3600.0
"""Seconds by which the clocks of two launchers, or of a launcher and a service, may differ."""


@dataclass(frozen=True, slots=True)
class BatchState:
    """How a batch stands at its service.

    Attributes:
      status: `running`; `ended`, where all that was done before it expired counts; `cancelled`; or `failed` as a whole.
      problem: why it failed: `enqueued` (it may be sent when less is waiting), `quota`, or a message without keys.
      results: the files that hold what became of its lines.
    """

    status: Literal["running", "ended", "cancelled", "failed"]
    problem: str = ""
    results: tuple[str, ...] = ()


class BatchService(Protocol):
    """A service of batches. All methods raise Unavailable where trying again may help, EngineError where it won't."""

    def upload(self, data: bytes) -> str:
        """Hand in the lines of a batch; return the file's name at the service. It costs nothing yet."""
        ...

    def create(self, file: str, mark: str) -> str:
        """Start a batch of a file's lines; return its name at the service."""
        ...

    def find(self, mark: str, since: float) -> str | None:
        """Return the batch with this mark, of those created since a time (seconds since 1970), or None."""
        ...

    def look(self, batch: str) -> BatchState | None:
        """Return how a batch stands; None where the service doesn't know it."""
        ...

    def results(self, state: BatchState) -> tuple[dict[str, bytes], bool]:
        """Return what became of lines, by their identifiers, and whether all files were still there."""
        ...

    def read(self, result: bytes, query: Query) -> Answer:
        """Return the answer that a result holds; Refused where the request may be at fault, not its text."""
        ...

    def delete(self, files: Sequence[str]) -> None:
        """Delete files, where that works; never raises."""
        ...


@runtime_checkable
class Batched(Engine, Protocol):
    """An engine that takes files of requests and answers hours later (`transforms/translate/batches.py`).

    Attributes:
      batch_requests, batch_bytes: how many requests and bytes a batch holds at most.
      max_tries: how often a request is sent at most.
      poll: seconds between two looks at the batches.
      wait: seconds after which a run leaves them for later.
      grace: seconds after which a batch that was announced but not begun never will be.
    """

    longest: int
    price: Price | None
    batch_requests: int
    batch_bytes: int
    max_tries: int
    poll: float
    wait: float

    @property
    def grace(self) -> float: ...

    def overhead(self, source: str, target: str) -> str:
        """Return the text that a request holds beside its segment, to forecast its tokens."""
        ...

    def place(self) -> str:
        """Return the same text for the same service, to tell whose a batch is; it holds no key."""
        ...

    def line(self, identifier: str, query: Query) -> bytes:
        """Return a request as a line of a batch."""
        ...

    def service(self) -> AbstractContextManager[BatchService]:
        """Open a connection; EngineError where a key that the recipe names isn't there."""
        ...
