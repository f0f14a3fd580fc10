"""Asking: a group of segments, a chain of engines, and the memory in between."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from transforms.translate import batches, local, window
from transforms.translate.backlog import Backlog
from transforms.translate.books import Books
from transforms.translate.engines import Batched, Engine, Local, Remote, UnsupportedPair
from transforms.translate.entries import HUMAN, Entry, key_of
from transforms.translate.journal import Journal
from transforms.translate.judge import Failure, Request
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.service import Service
from transforms.translate.usage import DEFERRED, Tally, Usage
from transforms.translate.wanted import Fail, Wanted

LOOKED_UP = 100_000
"""Segments are looked up so many at a time, with the keys and the entries of no more in memory."""

WAITING = (f"{DEFERRED}budget", f"{DEFERRED}batch")
"""Why a segment waits for an engine: for money, or in a batch. What fails otherwise goes to the next engine."""


@dataclass
class Report:
    """What asking one group came to.

    Attributes:
      usage: what engines did, by (engine's name, target language).
      failures: why segments have no translation.
      services: what is known of engines' services.
    """

    usage: dict[tuple[str, str], Usage] = field(default_factory=dict)
    failures: dict[Request, Failure] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)

    def of(self, engine: str, target: str) -> Usage:
        """Return the usage of an engine for a target language, to be added to."""
        if (engine, target) not in self.usage:
            self.usage[engine, target] = Usage()
        return self.usage[engine, target]

    def add_usage(self, other: "Report") -> None:
        """Add what asking another chain came to."""
        for key, usage in other.usage.items():
            self.of(*key).add(usage)

    def fail(self, wanted: Wanted, failure: Failure) -> None:
        """Take note of a segment that has no translation."""
        self.failures[wanted.request] = failure


def ask(
    engines: Mapping[str, Engine],
    wants: Iterable[Wanted],
    memory: Memory,
    purse: Purse | None = None,
    tally: Tally | None = None,
    fail: Fail | None = None,
    work: str = "",
    report: Report | None = None,
) -> Report:
    """Ask a chain of engines for what the memory lacks; remember each translation before the next request starts.

    Args:
      engines: the chain, by name, in order; what one can't do goes to the next.
      wants: distinct segments, any number of them.
      memory: read right before asking, for all engines of the chain, so that a retried bundle pays nothing twice.
      purse: what may be spent; by default anything.
      tally: is told what is going on, for the display.
      fail: takes each segment that has no translation in the end; by default they are in the report.
      work: the folder for what doesn't fit in memory.
      report: what the same engines were asked before in this run, to be added to.

    Translations aren't returned: they are read from the memory (`remembered_entries`) when all asking has ended. Raises
    EngineError where an engine can't be used at all.
    """
    report, tally, known = report or Report(), tally or Tally(), 0
    with Backlog(work) as pending:
        for one, name, _ in look_up(memory, engines, wants):
            if name:
                report.of(name, one.request.target).want(one.want.number, remembered=True)
                known += 1
            else:
                pending.add(one)
        tally.begin(known + len(pending), known)
        if pending:
            with memory.journal() as journal:
                try:
                    _ask_chain(engines, pending, journal, purse or Purse(), report, tally, fail or report.fail)
                finally:
                    tally.flush()
    return report


def _ask_chain(
    engines: Mapping[str, Engine],
    pending: Backlog,
    journal: Journal,
    purse: Purse,
    report: Report,
    tally: Tally,
    fail: Fail,
) -> None:
    with ExitStack() as files:
        for name, engine in engines.items():
            tally.go_on(len(pending))
            usages = {to: one for (by, to), one in report.usage.items() if by == name and to in pending.targets}
            turn = _Turn(name, engine, report, fail, files.enter_context(Backlog(pending.folder)), usages)
            able = turn.able(pending)
            if first := next(able, None):
                books = Books(journal, purse, turn.usages, tally, turn.fail, report.services)
                _drive(name, engine, chain([first], able), books)
            pending = turn.left
        for one in pending:
            fail(one, one.failure or Failure("unsupported_pair"))


@dataclass
class _Turn:
    """An engine's turn in a chain: what is put to it, and what is left for the next.

    Attributes:
      name, engine: the engine, and what the recipe calls it.
      report: where what it does is counted.
      end: takes what isn't left for the next engine.
      left: what it can't do, and what it has no translation for.
      usages: what it does, by those target languages that are put to it.
    """

    name: str
    engine: Engine
    report: Report
    end: Fail
    left: Backlog
    usages: dict[str, Usage]

    def able(self, pending: Iterable[Wanted]) -> Iterator[Wanted]:
        """Yield what the engine knows the languages of."""
        known: dict[tuple[str, str], bool] = {}
        for one in pending:
            pair = one.request.source, one.request.target
            if pair not in known:  # engines look at their files to tell
                known[pair] = knows(self.engine, *pair)
            if known[pair]:
                usage = self.usages[one.request.target] = self.report.of(self.name, one.request.target)
                usage.want(one.want.number)
                yield one
            else:
                self.left.add(one)

    def fail(self, one: Wanted, failure: Failure) -> None:
        """Take what the engine has no translation for. What an engine before left for later is."""
        usage = self.usages[one.request.target]
        usage.deferred += failure.for_later
        usage.failed += not failure.for_later
        why = one.failure if one.failure and one.failure.for_later else failure
        if failure.reason in WAITING:
            self.end(one, why)
        else:
            self.left.add(one._replace(failure=why))


def _drive(name: str, engine: Engine, wanted: Iterable[Wanted], books: Books) -> None:
    """Ask one engine, in the way that it takes."""
    if isinstance(engine, Remote):
        window.drive(name, engine, wanted, books)
    elif isinstance(engine, Batched):
        batches.drive(name, engine, wanted, books)
    elif isinstance(engine, Local):
        local.drive(name, engine, wanted, books)
    else:
        where = "transforms/translate/engines/__init__.py"
        raise TypeError(f"the engine {name} isn't local, remote or batched: see {where}")


def knows(engine: Engine, source: str, target: str) -> bool:
    """Say whether an engine translates between two languages."""
    try:
        engine.check(source, target)
    except UnsupportedPair:
        return False
    return True


def remembered_entries(
    memory: Memory, engines: Mapping[str, Engine], requests: Iterable[Request]
) -> dict[Request, Entry]:
    """Return what the memory holds for these requests: what people translated, else the first engine's of the chain."""
    found = look_up(memory, engines, map(Wanted, requests))
    return {one.request: entry for one, _, entry in found if entry}


def look_up(
    memory: Memory, engines: Mapping[str, Engine], wants: Iterable[Wanted]
) -> Iterator[tuple[Wanted, str, Entry | None]]:
    """Yield each segment with the name that it is held under (`human` or an engine's) and its entry, if it is held.

    What an engine said once and no longer passes as an answer isn't held: it is asked again.
    """
    signatures: dict[tuple[Any, ...], Sequence[tuple[str, str]]] = {}

    def keys_of(request: Request) -> list[tuple[str, bytes]]:
        kind = request[1:]
        pair = request.source, request.target
        if kind not in signatures:
            able = [(name, request.signature(engine)) for name, engine in engines.items() if knows(engine, *pair)]
            signatures[kind] = [(HUMAN, HUMAN), *able]
        return [(name, key_of(signature, *pair, request.text)) for name, signature in signatures[kind]]

    rest = iter(wants)
    while some := [(one, keys_of(one.request)) for one in islice(rest, LOOKED_UP)]:
        held = memory.lookup({key for _, keys in some for _, key in keys})
        fit = {key: entry for key, entry in held.items() if entry.fit}
        for one, keys in some:
            name, entry = next(((name, fit[key]) for name, key in keys if key in fit), ("", None))
            yield one, name, entry
