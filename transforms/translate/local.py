"""The driver of engines that run in this process: a batch at a time, each safe before the next is begun."""

from collections.abc import Iterable, Sequence
from itertools import islice

from transforms.third_parties import naming_third_parties
from transforms.translate.books import Books
from transforms.translate.engines import Local, check_number
from transforms.translate.entries import Entry
from transforms.translate.judge import Attempt, Failure, Request, begin, judge
from transforms.translate.wanted import Wanted

SORTED = 20_000
"""Segments are sorted by languages so many at a time."""


def drive(name: str, engine: Local, wanted: Iterable[Wanted], books: Books) -> None:
    """Ask an engine. It spends nothing."""
    rest = iter(wanted)
    while some := list(islice(rest, SORTED)):
        failures = _ask(name, engine, [one.request for one in some], books)
        for one in some if failures else ():
            if failure := failures.get(one.request):
                books.fail(one, failure)


def _ask(name: str, engine: Local, requests: Sequence[Request], books: Books) -> dict[Request, Failure]:
    """Return why there is none for each request that the engine has no translation for."""
    failures: dict[Request, Failure] = {}
    fresh = sorted(requests, key=lambda one: (one.source, one.target, one), reverse=True)
    again: list[Attempt] = []
    for request in requests:
        books.usages[request.target].asked += 1
    while again or fresh:
        attempts = _next_batch(engine, again, fresh)
        pair = attempts[0].request
        with naming_third_parties(engine):
            answers = engine.translate([attempt.text for attempt in attempts], pair.source, pair.target)
            check_number(answers, attempts)
        entries = []
        failed = 0
        for attempt, answer in zip(attempts, answers, strict=True):
            books.usages[pair.target].add_request(answer.input_tokens, answer.output_tokens)
            match judge(name, engine, attempt, answer):
                case Entry() as entry:
                    entries.append(entry)
                case Attempt() as another:
                    again.append(another)
                case Failure() as failure:
                    failures[attempt.request] = failure
                    failed += 1
        books.journal.append(entries)
        books.journal.flush()
        books.tally.add(len(entries) + failed, failed)
    return failures


def _next_batch(engine: Local, again: list[Attempt], fresh: list[Request]) -> list[Attempt]:
    """Take a batch of one pair of languages from the ends; retries first: a request is settled before others begin."""

    def take() -> Attempt:
        return again.pop() if again else begin(engine, fresh.pop())

    batch = [take()]
    while len(batch) < engine.batch and (again or fresh):
        following = again[-1].request if again else fresh[-1]
        if (following.source, following.target) != (batch[0].request.source, batch[0].request.target):
            break
        batch.append(take())
    return batch
