"""The Beam graph of a step that has segments translated: from parts to answers.

The distinct segments of each part are written to the work folder (`wanted.py`), divided into as many groups as the
first engine of the chain wants. What crosses the shuffle is where they are. Each group is asked by one process
(`ask.py`), which puts translations into the memory and nowhere else. When all asking has ended, the memory is read,
bucket by bucket, and the answers are written to the work folder, where parts look them up (`answers.py`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import apache_beam as beam
import pyarrow as pa

from transforms.collective import Context
from transforms.example import digest
from transforms.keys import Range
from transforms.parts import Part
from transforms.steps import Outcome
from transforms.translate.answers import Answers, Found, range_of, segment_key, write_answers
from transforms.translate.ask import Report, ask, look_up
from transforms.translate.best_of import BestOf, ask_best, choose
from transforms.translate.budget import Budget
from transforms.translate.cutting import Cutting
from transforms.translate.engines import Engine, Remote
from transforms.translate.entries import Entry
from transforms.translate.judge import Failure, Request
from transforms.translate.ledger import Ledger
from transforms.translate.memory import Memory
from transforms.translate.planning import STAND_IN, forecast, forecast_best
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally
from transforms.translate.wanted import Failures, Want, Wanted, add_want, read_distinct, read_wanted, write_wanted

FORGOTTEN = Failure("forgotten")
"""Why there is no translation of what had one when it was asked: somebody has removed it from the memory since."""


class Asker(Protocol):
    """A step that has segments translated: it says which, and makes something of the answers."""

    @property
    def chain(self) -> tuple[str, ...]:
        """The names of the engines, in order."""
        ...

    @property
    def budget(self) -> Budget | None:
        """What it may spend in a run."""
        ...

    @property
    def best_of(self) -> BestOf | None:
        """How often each segment is translated, and which translation counts."""
        ...

    @property
    def backwards(self) -> bool:
        """Whether it translates translations back. A plan doesn't know the texts of those that aren't made yet."""
        ...

    def wanted(self, batch: pa.RecordBatch, how: Cutting) -> dict[Request, Want]:
        """Return the distinct segments of a batch, and how much each is wanted."""
        ...

    def apply(self, batch: pa.RecordBatch, how: Cutting, answers: Answers, stream: str, step: str) -> Outcome:
        """Deal with a batch whose segments have been asked."""
        ...


@dataclass(frozen=True)
class Asking:
    """What every worker knows about a step that has segments translated.

    Attributes:
      asker: the step.
      engines: the chain, by name, in order, each with a group's share of its limits.
      judges: those that translate candidates back, where the best of several counts.
      label: the stream's and the step's name.
      groups: into how many groups the distinct segments are divided for asking.
      buckets: into how many files the answers are.
      memory: the folder of the translation memory.
      work: the work folder.
      plan: whether nothing is asked, and what asking would come to is reported instead.
      run: what tells this run from others in the same work folder; empty where nothing does.
    """

    asker: Asker
    engines: Mapping[str, Engine]
    judges: Mapping[str, Engine]
    label: str
    groups: int
    buckets: int
    memory: str
    work: str
    plan: bool = False
    run: str = ""

    @property
    def cutting(self) -> Cutting:
        """Return how fields are cut: as the first engine likes it."""
        return Cutting.of(next(iter(self.engines.values())))


@dataclass(frozen=True)
class Asked:
    """What a step that asked engines leaves for those after it.

    Attributes:
      chain: the engines that it asked, by name.
      reports: a PCollection of its reports.
      settled: a PCollection of (segment's key, why it has no translation).
    """

    chain: tuple[str, ...]
    reports: Any
    settled: Any


def decide(asker: Asker, parts: Any, context: Context) -> Any:
    """Return (part, `Answered`) for each part; the report of what was asked goes to the manifest.

    Steps ask one after the other, on any runner: limits are an engine's, and what one step has asked for is in the
    memory when the next one looks. What a chain had no translation for isn't asked of the same chain again.
    """
    groups = context.engines[asker.chain[0]].groups(context.workers)
    asking = Asking(
        asker=asker,
        engines=_shared(context, asker.chain, groups),
        judges=_shared(context, asker.best_of.chain, groups) if asker.best_of else {},
        label=f"{context.stream}-{context.step}",
        groups=groups,
        buckets=context.answer_files,
        memory=context.memory,
        work=context.work,
        plan=context.plan,
        run=context.run,
    )
    before = beam.pvalue.AsIter(context.asked[-1].reports) if context.asked else ()
    settled = [beam.pvalue.AsIter(earlier.settled) for earlier in context.asked if earlier.chain == asker.chain]
    asked, reports, settling = (
        parts
        | "Segments" >> beam.FlatMap(segments, asking)
        | "ByGroup" >> beam.GroupByKey()
        | "Ask" >> beam.FlatMap(ask_group, asking, before, *settled).with_outputs("reports", "settled", main="asked")
    )
    context.reports.append(reports)
    context.asked.append(Asked(asker.chain, reports, settling))
    answered = asked | "WhenAllIsAsked" >> beam.GroupByKey() | "Recall" >> beam.Map(recall, asking)
    return parts | "Answer" >> beam.Map(answer, asking, context.stream, context.step, beam.pvalue.AsIter(answered))


def _shared(context: Context, names: Iterable[str], groups: int) -> dict[str, Engine]:
    """Return the engines of these names, each with a group's share of its limits."""
    engines: dict[str, Engine] = {name: context.engines[name] for name in names}
    return {name: one.share(groups) if isinstance(one, Remote) else one for name, one in engines.items()}


def segments(part: Part, asking: Asking) -> Iterator[tuple[int, tuple[int, Range]]]:
    """Write the part's distinct segments to the work folder; yield (group, (bucket, where its segments are))."""
    wants: dict[Request, Want] = {}
    for batch in part.batches():
        for request, want in asking.asker.wanted(batch, asking.cutting).items():
            add_want(wants, request, want)
    placed: dict[tuple[int, int], list[Wanted]] = {}
    for request, want in wants.items():
        key = segment_key(request)
        to = range_of(key, asking.groups), range_of(key, asking.buckets)
        placed.setdefault(to, []).append(Wanted(request, want))
    for (group, bucket), where in write_wanted(asking.work, placed):
        yield group, (bucket, where)


def ask_group(
    group: tuple[int, Iterable[tuple[int, Range]]], asking: Asking, before: Iterable[Any] = (), *settled: Any
) -> Iterator[Any]:
    """Ask what the memory lacks; yield (bucket, where its requests and failures are) for recalling, and the report.

    Args:
      group: the group's number, and by bucket where the segments are that are wanted of it.
      asking: the step.
      before: what the step before reported: it only makes sure that this has ended.
      settled: what earlier steps that asked the same chain found out, by segment: why there is no translation, or, in
        a plan, that it was to be asked already.
    """
    known = dict(entry for each in settled for entry in each)
    distinct: list[tuple[int, Range]] = []
    failures, again = Failures(asking.work, asking.buckets), Report()

    def todo() -> Iterator[Wanted]:
        for bucket, wants in read_distinct(group[1]):
            distinct.extend(write_wanted(asking.work, {bucket: wants}))
            for one in wants:
                key = segment_key(one.request) if known else b""
                if key not in known:
                    yield one
                    continue
                if failure := known[key]:
                    failures.add(one, failure)
                if asking.plan:  # an earlier step has it translated: it will be in the memory
                    again.of(next(iter(asking.engines)), one.request.target).want(one.want.number, remembered=True)

    report = _foreseen(asking, todo(), failures) if asking.plan else _asked(asking, todo(), failures, group[0])
    failures.flush()
    report.add_usage(again)
    for key, failure in _settled(asking, distinct, failures):
        if key not in known:
            yield beam.pvalue.TaggedOutput("settled", (key, failure))
    yield beam.pvalue.TaggedOutput("reports", ("translation", describe(report)))
    yield from distinct
    yield from failures.places


def _asked(asking: Asking, wants: Iterable[Wanted], failures: Failures, group: int) -> Report:
    ledger = Ledger.in_work_folder(asking.work, asking.label, group, asking.run)
    purse = Purse(asking.asker.budget, asking.groups, ledger)
    tally = Tally.in_work_folder(asking.work, asking.label, group)
    memory, best = Memory(asking.memory), asking.asker.best_of
    if best:
        return ask_best(best, asking.engines, asking.judges, wants, memory, purse, tally, failures.add, asking.work)
    return ask(asking.engines, wants, memory, purse, tally, failures.add, asking.work)


def _foreseen(asking: Asking, wants: Iterable[Wanted], failures: Failures) -> Report:
    memory, best = Memory(asking.memory), asking.asker.best_of
    if best:
        return forecast_best(best, asking.engines, asking.judges, wants, memory, failures.add, asking.work)
    return forecast(asking.engines, wants, memory, asking.asker.backwards, failures.add, asking.work)


def _settled(
    asking: Asking, distinct: Iterable[tuple[int, Range]], failures: Failures
) -> Iterator[tuple[bytes, Failure | None]]:
    """Yield what a later step needn't ask the same chain: what failed for good and, in a plan, what will be there."""
    failed: dict[int, list[Range]] = {}
    for bucket, where in failures.places:
        failed.setdefault(bucket, []).append(where)
    for bucket, where in distinct:
        found = {one.request: one.failure for one in read_wanted(failed.get(bucket, ()))}
        if asking.plan:
            found = {one.request: found.get(one.request) for one in read_wanted([where])}
        for request, failure in found.items():
            if not (failure and failure.for_later):
                yield segment_key(request), failure


def recall(group: tuple[int, Iterable[Range]], asking: Asking) -> tuple[int, str]:
    """Read a bucket's segments from the memory and write what is known of them; return (bucket, file)."""
    wanted: dict[Request, Failure | None] = {}
    for one in read_wanted(group[1]):
        wanted[one.request] = one.failure or wanted.get(one.request)
    found: dict[bytes, Found] = {}
    for request, entry in _held(asking, wanted):
        failure = wanted[request]
        if entry:
            known = Found(entry.translation, entry.origin, entry.digits)
        elif asking.plan and not failure:
            known = Found(request.text, STAND_IN, True)
        else:
            known = Found("", "", True, *(failure or FORGOTTEN))
        found[segment_key(request)] = known
    return group[0], write_answers(asking.work, found)


def _held(asking: Asking, wanted: Mapping[Request, Failure | None]) -> Iterator[tuple[Request, Entry | None]]:
    """Yield each segment, of which the failures are given, with the entry that the memory holds for it, if any."""
    memory, best = Memory(asking.memory), asking.asker.best_of
    if not best:
        yield from ((one.request, entry) for one, _, entry in look_up(memory, asking.engines, map(Wanted, wanted)))
        return
    # What is left for later may be another one then.
    whole = [request for request, failure in wanted.items() if not (failure and failure.for_later)]
    held = choose(best, asking.engines, asking.judges, whole, memory)
    yield from ((request, held.get(request)) for request in wanted)


@dataclass(frozen=True)
class Answered:
    """The decision about a part: where the answers to its segments are."""

    asker: Asker
    cutting: Cutting
    stream: str
    step: str
    files: tuple[tuple[int, str], ...]
    buckets: int

    def signature(self) -> bytes:
        """Return a hash of the answers: their files are named by their content."""
        return digest(self.stream, self.step, *(path.rpartition("/")[2] for _, path in self.files))

    def apply(self, batch: pa.RecordBatch, first: int) -> Outcome:
        """Deal with a batch."""
        answers = Answers(dict(self.files), self.buckets)
        return self.asker.apply(batch, self.cutting, answers, self.stream, self.step)


def answer(
    part: Part, asking: Asking, stream: str, step: str, files: Iterable[tuple[int, str]]
) -> tuple[Part, Answered]:
    """Pair a part with where its answers are."""
    return part, Answered(asking.asker, asking.cutting, stream, step, tuple(sorted(files)), asking.buckets)


def describe(report: Report) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the usage by engine and target language, as plain data: numbers, and those of `unanswered` by reason."""
    described: dict[str, dict[str, dict[str, Any]]] = {}
    for (engine, target), usage in report.usage.items():
        described.setdefault(engine, {})[target] = dict(vars(usage))
    return described
