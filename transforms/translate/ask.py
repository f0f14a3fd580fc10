"""Asking: a group of segments, a chain of engines, and the memory in between."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from transforms.translate import batches, local, window
from transforms.translate.books import Books
from transforms.translate.engines import Batched, Engine, Local, Remote, UnsupportedPair
from transforms.translate.entries import HUMAN, Entry, key_of
from transforms.translate.journal import Journal
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.usage import DEFERRED, Tally, Usage
from transforms.translate.wanted import Want

LOOKED_UP = 200_000
"""Segments are looked up so many at a time, with the keys and the entries of no more in memory."""


@dataclass
class Report:
    """What asking one group came to: usage by (engine's name, target language), and why segments have no translation.

    A reason that begins with `deferred:` means that asking again later may help.
    """

    usage: dict[tuple[str, str], Usage] = field(default_factory=dict)
    failures: dict[Request, str] = field(default_factory=dict)

    def of(self, engine: str, target: str) -> Usage:
        """Return the usage of an engine for a target language, to be added to."""
        if (engine, target) not in self.usage:
            self.usage[engine, target] = Usage()
        return self.usage[engine, target]

    def add_usage(self, other: "Report") -> None:
        """Add what asking another chain came to."""
        for key, usage in other.usage.items():
            self.of(*key).add(usage)


def remembered_entries(
    memory: Memory, engines: Mapping[str, Engine], requests: Iterable[Request]
) -> dict[Request, Entry]:
    """Return what the memory holds for these requests: what people translated, else the first engine's of the chain."""
    return {request: entry for request, _, entry in remembered(memory, engines, requests)}


def ask(
    engines: Mapping[str, Engine],
    wants: Mapping[Request, Want],
    memory: Memory,
    purse: Purse | None = None,
    tally: Tally | None = None,
) -> Report:
    """Ask a chain of engines for what the memory lacks; remember each translation before the next request starts.

    Args:
      engines: the chain, by name, in order; what one can't do goes to the next.
      wants: distinct requests, and how much each is wanted.
      memory: read right before asking, for all engines of the chain, so that a retried bundle pays nothing twice.
      purse: what may be spent; by default anything.
      tally: is told what is going on, for the display.

    Translations aren't returned: they are read from the memory (`remembered_entries`) when all asking has ended. Raises
    EngineError where an engine can't be used at all.
    """
    report, tally = Report(), tally or Tally()
    known = {request: name for request, name, _ in remembered(memory, engines, wants)}
    for request, name in known.items():
        report.of(name, request.target).want(wants[request].number, remembered=True)
    pending = sorted((request for request in wants if request not in known), key=lambda one: (wants[one].rank, one))
    tally.begin(len(wants), len(known))
    if not pending:
        return report
    with memory.journal() as journal:
        try:
            _ask_chain(engines, wants, pending, journal, purse or Purse(), report, tally)
        finally:
            tally.flush()
    return report


def _ask_chain(
    engines: Mapping[str, Engine],
    wants: Mapping[Request, Want],
    pending: Sequence[Request],
    journal: Journal,
    purse: Purse,
    report: Report,
    tally: Tally,
) -> None:
    for name, engine in engines.items():
        able = [request for request in pending if knows(engine, request)]
        if any(request in report.failures for request in pending):  # the engine before had them
            tally.go_on(len(pending))
        for request in able:
            report.of(name, request.target).want(wants[request].number)
        usages = {request.target: report.of(name, request.target) for request in able}
        failures = _drive(name, engine, able, Books(journal, purse, usages, tally)) if able else {}
        for request, reason in failures.items():
            usage = report.of(name, request.target)
            usage.deferred += reason.startswith(DEFERRED)
            usage.failed += not reason.startswith(DEFERRED)
        asked = set(able)
        for request in able:
            if request not in failures:
                report.failures.pop(request, None)
            elif not report.failures.get(request, "").startswith(DEFERRED):
                report.failures[request] = failures[request]
        # What waits for money or in a batch waits for this engine; all else that failed goes to the next.
        waits = {one for one, reason in failures.items() if reason in (f"{DEFERRED}budget", f"{DEFERRED}batch")}
        pending = [one for one in pending if (one in failures or one not in asked) and one not in waits]
    for request in pending:
        report.failures.setdefault(request, "unsupported_pair")


def _drive(name: str, engine: Engine, requests: Sequence[Request], books: Books) -> dict[Request, str]:
    """Ask one engine, in the way that it takes; return why it has no translation for some of the requests."""
    if isinstance(engine, Remote):
        return window.drive(name, engine, requests, books)
    if isinstance(engine, Batched):
        return batches.drive(name, engine, requests, books)
    if isinstance(engine, Local):
        return local.drive(name, engine, requests, books)
    raise TypeError(f"the engine {name} isn't local, remote or batched: see transforms/translate/engines/__init__.py")


def knows(engine: Engine, request: Request) -> bool:
    """Say whether an engine translates between the request's languages."""
    try:
        engine.check(request.source, request.target)
    except UnsupportedPair:
        return False
    return True


def remembered(
    memory: Memory, engines: Mapping[str, Engine], requests: Iterable[Request]
) -> Iterator[tuple[Request, str, Entry]]:
    """Yield each request that is held, the name it is held under (`human` or an engine's) and its entry.

    What an engine said once and no longer passes as an answer isn't held: it is asked again.
    """
    signatures: dict[tuple[Any, ...], Sequence[tuple[str, str]]] = {}

    def keys_of(request: Request) -> list[tuple[str, bytes]]:
        kind = request[1:]
        if kind not in signatures:
            able = [(name, request.signature(engine)) for name, engine in engines.items() if knows(engine, request)]
            signatures[kind] = [(HUMAN, HUMAN), *able]
        pair = request.source, request.target
        return [(name, key_of(signature, *pair, request.text)) for name, signature in signatures[kind]]

    rest = iter(requests)
    while some := [(request, keys_of(request)) for request in islice(rest, LOOKED_UP)]:
        held = memory.lookup({key for _, keys in some for _, key in keys})
        fit = {key: entry for key, entry in held.items() if entry.fit}
        for request, keys in some if fit else ():
            if hit := next(((name, fit[key]) for name, key in keys if key in fit), None):
                yield request, *hit
