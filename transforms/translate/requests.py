"""From parts to answers: which segments a run wants, asked once each, and read from the memory when all is asked.

Distinct segments travel to the groups that the first engine of the chain asks for; a group is asked by one process.
What it gives is in the memory, and nowhere else: when all asking has ended, the memory is read, bucket by bucket, and
what it says is laid down beside the parts (`transforms/translate/answers.py`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from transforms.collective import Context
from transforms.parts import Part
from transforms.translate.answers import Found, group_of, segment_key, write_answers
from transforms.translate.ask import Report, ask, resolve
from transforms.translate.cutting import Unit
from transforms.translate.engines import Engine, UnsupportedPair
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.step import Translate, Translated

MOST_BUCKETS = 256
"""Answers lie in at most so many files, which a worker may all have open."""

CHUNK = 4096
"""Segments that travel in one element."""


@dataclass(frozen=True)
class Asking:
    """What every worker knows about a `translate` step.

    Attributes:
      translate: the step.
      engines: the chain, by name, in order.
      groups: into how many groups the distinct segments are divided for asking.
      buckets: into how many files the answers are.
      memory: the folder of the translation memory.
      work: the work folder.
    """

    translate: Translate
    engines: Mapping[str, Engine]
    groups: int
    buckets: int
    memory: str
    work: str

    @property
    def unit(self) -> Unit:
        """Return how fields are cut: as the first engine likes it."""
        return next(iter(self.engines.values())).unit

    def able(self, source: str, target: str) -> dict[str, Engine]:
        """Return the engines of the chain that know this pair of languages."""
        engines = {}
        for name, engine in self.engines.items():
            try:
                engine.check(source, target)
            except UnsupportedPair:
                continue
            engines[name] = engine
        return engines


def decide(translate: Translate, parts: Any, context: Context) -> Any:
    """Return (part, `Translated`) for each part; the report of what was asked goes to the manifest."""
    engines = {name: context.engines[name] for name in translate.chain}
    groups = next(iter(engines.values())).groups(context.workers)
    buckets = min(context.buckets, MOST_BUCKETS)
    asking = Asking(translate, engines, groups, buckets, context.memory, context.work)
    asked, reports = (
        parts
        | "Segments" >> beam.FlatMap(segments, asking)
        | "ByGroup" >> beam.GroupByKey()
        | "Ask" >> beam.FlatMap(ask_group, asking).with_outputs("reports", main="asked")
    )
    context.reports.append(reports)
    answered = asked | "WhenAllIsAsked" >> beam.GroupByKey() | "Recall" >> beam.Map(recall, asking)
    files = beam.pvalue.AsSingleton(answered | "Files" >> beam.combiners.ToList())
    return parts | "Answer" >> beam.Map(answer, asking, context.stream, context.step, files)


def segments(part: Part, asking: Asking) -> Iterator[tuple[int, list[tuple[Request, int]]]]:
    """Yield for each group the part's distinct segments, and how often each occurs."""
    counts: Counter[Request] = Counter()
    for batch in part.batches():
        counts.update(asking.translate.wanted(batch, asking.unit))
    by_group: dict[int, list[tuple[Request, int]]] = {}
    for request, number in counts.items():
        by_group.setdefault(group_of(segment_key(request), asking.groups), []).append((request, number))
    yield from by_group.items()


def ask_group(group: tuple[int, Iterable[list[tuple[Request, int]]]], asking: Asking) -> Iterator[Any]:
    """Ask what the memory lacks; yield (bucket, requests and failures) for recalling, and the report."""
    counts: Counter[Request] = Counter()
    for chunk in group[1]:
        counts.update(dict(chunk))
    memory = Memory(asking.memory)
    failures: dict[Request, str] = {}
    for source, target in sorted({(request.source, request.target) for request in counts}):
        mine = {request: n for request, n in counts.items() if (request.source, request.target) == (source, target)}
        engines = asking.able(source, target)
        if engines:
            report = ask(engines, mine, memory)
            failures |= report.failures
            yield beam.pvalue.TaggedOutput("reports", ("translation", describe(report)))
        else:
            failures |= dict.fromkeys(mine, "unsupported_pair")
    by_bucket: dict[int, list[tuple[Request, str]]] = {}
    for request in counts:
        bucket = group_of(segment_key(request), asking.buckets)
        by_bucket.setdefault(bucket, []).append((request, failures.get(request, "")))
    for bucket, requests in by_bucket.items():
        for start in range(0, len(requests), CHUNK):
            yield bucket, requests[start : start + CHUNK]


def recall(group: tuple[int, Iterable[list[tuple[Request, str]]]], asking: Asking) -> tuple[int, str]:
    """Read a bucket's segments from the memory and write what is known of them; return (bucket, file)."""
    wanted = {request: failure for chunk in group[1] for request, failure in chunk}
    memory = Memory(asking.memory)
    found: dict[bytes, Found] = {}
    for source, target in sorted({(request.source, request.target) for request in wanted}):
        mine = [request for request in wanted if (request.source, request.target) == (source, target)]
        held = resolve(memory, asking.able(source, target), mine)
        for request in mine:
            entry = held.get(request)
            if entry:
                found[segment_key(request)] = Found(entry.translation, entry.origin, entry.digits, "")
            else:
                found[segment_key(request)] = Found("", "", True, wanted[request] or "forgotten")
    return group[0], write_answers(asking.work, found)


def answer(part: Part, asking: Asking, stream: str, step: str, files: list[tuple[int, str]]) -> tuple[Part, Translated]:
    """Pair a part with where its answers are."""
    return part, Translated(asking.translate, asking.unit, stream, step, tuple(sorted(files)), asking.buckets)


def describe(report: Report) -> dict[str, dict[str, dict[str, int]]]:
    """Return the usage by engine and target language, as plain data."""
    described: dict[str, dict[str, dict[str, int]]] = {}
    for (engine, target), usage in report.usage.items():
        described.setdefault(engine, {})[target] = dict(vars(usage))
    return described
