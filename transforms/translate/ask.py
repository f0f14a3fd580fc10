"""Asking: a group of segments, a chain of engines, and the memory in between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.translate.engines import Answer, Engine
from transforms.translate.entries import HUMAN, Entry, key_of
from transforms.translate.journal import Journal
from transforms.translate.judge import Attempt, Failure, Request, begin, judge
from transforms.translate.memory import Memory


@dataclass
class Usage:
    """What an engine did for a target language; sums of these are the manifest's `translation`.

    Attributes:
      segments: translations that were wanted of it, with repetitions.
      unique: distinct ones, which were either in its memory or asked: unique = from_memory + asked.
      from_memory: found in the memory under its signature.
      asked: put to it.
      requests: how often, retries with another placeholder or for a lost number included.
      failed: of those asked, how many it has no translation for.
      input_tokens, output_tokens: as it reports them.
    """

    segments: int = 0
    unique: int = 0
    from_memory: int = 0
    asked: int = 0
    requests: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, other: "Usage") -> None:
        """Add the numbers of another group."""
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)


@dataclass
class Report:
    """What asking one group came to: usage by (engine's name, target language), and the failures of the whole chain."""

    usage: dict[tuple[str, str], Usage] = field(default_factory=dict)
    failures: dict[Request, str] = field(default_factory=dict)

    def of(self, engine: str, target: str) -> Usage:
        """Return the usage of an engine for a target language, to be added to."""
        return self.usage.setdefault((engine, target), Usage())


def resolve(memory: Memory, engines: Mapping[str, Engine], requests: Iterable[Request]) -> dict[Request, Entry]:
    """Return what the memory holds for these requests: what people translated, else the first engine's of the chain."""
    return {request: entry for request, (_, entry) in _remembered(memory, engines, requests).items()}


def ask(
    engines: Mapping[str, Engine], requests: Mapping[Request, int], memory: Memory, journal: Journal | None = None
) -> Report:
    """Ask a chain of engines for what the memory lacks; remember each translation before the next request starts.

    Args:
      engines: the chain, by name, in order; what one can't do goes to the next.
      requests: distinct requests, and how often each occurs in the run.
      memory: read right before asking, for all engines of the chain, so that a retried bundle pays nothing twice.
      journal: where to write; by default a new one of the memory's, closed at the end.

    Translations aren't returned: they are read from the memory (`resolve`) when all asking has ended.
    """
    report = Report()
    known = _remembered(memory, engines, requests)
    for request, (name, _) in known.items():
        usage = report.of(name, request.target)
        usage.segments += requests[request]
        usage.unique += 1
        usage.from_memory += 1
    pending = sorted((request for request in requests if request not in known), key=_order)
    if journal is not None:
        _ask_chain(engines, requests, pending, journal, report)
    elif pending:
        with memory.journal() as own:
            _ask_chain(engines, requests, pending, own, report)
    return report


def _ask_chain(
    engines: Mapping[str, Engine],
    requests: Mapping[Request, int],
    pending: list[Request],
    journal: Journal,
    report: Report,
) -> None:
    for name, engine in engines.items():
        for request in pending:
            usage = report.of(name, request.target)
            usage.segments += requests[request]
            usage.unique += 1
            usage.asked += 1
        failures = _ask_engine(name, engine, pending, journal, report)
        for request in failures:
            report.of(name, request.target).failed += 1
        report.failures = failures
        pending = sorted(failures, key=_order)


def _ask_engine(
    name: str, engine: Engine, requests: Iterable[Request], journal: Journal, report: Report
) -> dict[Request, str]:
    """Ask one engine; return the reason for each request that it has no translation for."""
    failures: dict[Request, str] = {}
    waiting = [begin(engine, request) for request in requests]
    waiting.reverse()  # retries are put on top and go first: a request is settled before others are begun
    while waiting:
        attempts = _next_batch(waiting, engine.batch)
        pair = attempts[0].request
        answers = engine.translate([attempt.text for attempt in attempts], pair.source, pair.target)
        entries = []
        for attempt, answer in zip(attempts, answers, strict=True):
            _count(report.of(name, pair.target), answer)
            match judge(name, engine, attempt, answer):
                case Entry() as entry:
                    entries.append(entry)
                case Attempt() as again:
                    waiting.append(again)
                case Failure(reason):
                    failures[attempt.request] = reason
        journal.append(entries)
        journal.flush()
    return failures


def _order(request: Request) -> tuple[str, str, str]:
    return request.source, request.target, request.text


def _next_batch(waiting: list[Attempt], size: int) -> list[Attempt]:
    """Take up to `size` attempts of one pair of languages from the end of the list."""
    batch = [waiting.pop()]
    pair = batch[0].request.source, batch[0].request.target
    while waiting and len(batch) < size and (waiting[-1].request.source, waiting[-1].request.target) == pair:
        batch.append(waiting.pop())
    return batch


def _count(usage: Usage, answer: Answer) -> None:
    usage.requests += 1
    usage.input_tokens += answer.input_tokens
    usage.output_tokens += answer.output_tokens


def _remembered(
    memory: Memory, engines: Mapping[str, Engine], requests: Iterable[Request]
) -> dict[Request, tuple[str, Entry]]:
    """Return for each request that is held the name it is held under (`human` or an engine's) and its entry."""
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    keys: dict[Request, Sequence[tuple[str, bytes]]] = {}
    for request in requests:
        pair = request.source, request.target
        if pair not in pairs:
            pairs[pair] = [(HUMAN, HUMAN), *((name, engine.signature(*pair)) for name, engine in engines.items())]
        keys[request] = [(name, key_of(signature, *pair, request.text)) for name, signature in pairs[pair]]
    held = memory.lookup({key for tries in keys.values() for _, key in tries})
    found = {}
    for request, tries in keys.items():
        hits = [(name, held[key]) for name, key in tries if key in held]
        if hits:
            found[request] = hits[0]
    return found
