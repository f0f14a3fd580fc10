"""The driver of engines that run in this process: a batch at a time, each safe before the next is begun."""

from collections.abc import Sequence

from transforms.third_parties import naming_third_parties
from transforms.translate.books import Books
from transforms.translate.engines import Local, check_number
from transforms.translate.entries import Entry
from transforms.translate.judge import Attempt, Failure, Request, begin, judge


def drive(name: str, engine: Local, requests: Sequence[Request], books: Books) -> dict[Request, str]:
    """Ask an engine; return the reason for each request that it has no translation for. It spends nothing."""
    failures: dict[Request, str] = {}
    waiting = [begin(engine, one) for one in sorted(requests, key=lambda one: (one.source, one.target, one))]
    for request in requests:
        books.usages[request.target].asked += 1
    waiting.reverse()  # retries are put on top and go first: a request is settled before others are begun
    while waiting:
        attempts = _next_batch(waiting, engine.batch)
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
                case Attempt() as again:
                    waiting.append(again)
                case Failure(reason):
                    failures[attempt.request] = reason
                    failed += 1
        books.journal.append(entries)
        books.journal.flush()
        books.tally.add(len(entries) + failed, failed)
    return failures


def _next_batch(waiting: list[Attempt], size: int) -> list[Attempt]:
    """Take up to `size` attempts of one pair of languages from the end of the list."""
    batch = [waiting.pop()]
    pair = batch[0].request.source, batch[0].request.target
    while waiting and len(batch) < size and (waiting[-1].request.source, waiting[-1].request.target) == pair:
        batch.append(waiting.pop())
    return batch
