"""What asking would come to, before anything is asked: segments, what the memory holds of them, tokens and cost.

A segment's translation stands in for itself until there is one, so that the steps that follow can be planned too.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack

from transforms.translate.answers import segment_key
from transforms.translate.ask import Report, knows, look_up, remembered_entries
from transforms.translate.backlog import Backlog
from transforms.translate.best_of import BestOf, portions, spread, ways_back
from transforms.translate.engines import Batched, Engine, Remote
from transforms.translate.engines.memory import OnlyMemory
from transforms.translate.entries import Entry
from transforms.translate.forecast import FRAME, count_tokens, expansion
from transforms.translate.judge import Failure, Request
from transforms.translate.memory import Memory
from transforms.translate.packing import pack
from transforms.translate.wanted import Fail, Wanted

STAND_IN = "planned"
"""The origin of what isn't translated yet."""

ENOUGH = 50
"""Remembered translations into a language from which its expansion is taken, rather than from the table."""

SAMPLED = 1000
"""So many of them at most."""

Samples = dict[tuple[str, str], list[tuple[int, str, str]]]
"""By pair of languages, remembered translations: (a number that follows from the key, text, translation)."""


def forecast(
    engines: Mapping[str, Engine],
    wants: Iterable[Wanted],
    memory: Memory,
    backwards: bool = False,
    fail: Fail | None = None,
    work: str = "",
) -> Report:
    """Return what asking a chain for these segments would come to; nothing is asked, and nothing remembered.

    Args:
      engines: the chain, by name, in order.
      wants: distinct segments, any number of them.
      memory: what it holds isn't asked.
      backwards: texts that the memory lacks aren't translated yet themselves: they stand in for their translations.
      fail: takes each segment that can't be translated; by default they are in the report.
      work: the folder for what doesn't fit in memory.

    Tokens are those of OpenAI's o200k; a translation has as many for each of its original as remembered ones have, or
    as the table in `forecast.py` says. What is asked again, and what goes to the next engine, isn't foreseen.
    """
    report = Report()
    fail = fail or report.fail
    samples: Samples = {}
    with ExitStack() as files:
        asked: dict[str, Backlog] = {}
        firsts: dict[tuple[str, str], str | None] = {}
        for one, name, entry in look_up(memory, engines, wants):
            pair = one.request.source, one.request.target
            if entry:
                report.of(name, one.request.target).want(one.want.number, remembered=True)
                _sample(samples, one.request, entry)
                continue
            if pair not in firsts:
                firsts[pair] = _first(engines, *pair)
            first = firsts[pair]
            if first is None:
                fail(one, Failure("unsupported_pair"))
            elif isinstance(engines[first], OnlyMemory):
                fail(one, Failure("not_in_memory"))
            else:
                usage = report.of(first, one.request.target)
                usage.want(one.want.number)
                usage.asked += 1
                if first not in asked:
                    asked[first] = files.enter_context(Backlog(work))
                asked[first].add(one)
        ratios = _ratios(samples)
        for name, backlog in asked.items():
            if isinstance(engine := engines[name], Remote | Batched):
                most = engine.per_request if isinstance(engine, Remote) else 1
                for together in pack(backlog, most, engine.longest):
                    _spend(report, name, engine, [one.request for one in together], ratios, backwards)
    return report


def forecast_best(
    best: BestOf,
    engines: Mapping[str, Engine],
    judges: Mapping[str, Engine],
    wanted: Iterable[Wanted],
    memory: Memory,
    fail: Fail | None = None,
    work: str = "",
) -> Report:
    """Return what asking for several translations of each segment, and for their ways back, would come to."""
    whole = Report()

    def fail_whole(one: Wanted, failure: Failure) -> None:
        if not one.request.candidate:  # the first candidate is the request itself
            (fail or whole.fail)(one, failure)

    with Backlog(work) as every, Backlog(work) as backs, Backlog(work) as unknown:
        every.extend(wanted)
        whole.add_usage(forecast(engines, spread(every, best.n), memory, fail=fail_whole, work=work))
        seen = set[bytes]()
        for some in portions(every, best.n, fine=False) if judges else ():
            held = remembered_entries(memory, engines, (one.request for one in spread(some, best.n)))
            for back in ways_back(best, some, held):
                if (key := segment_key(back.request)) not in seen:
                    seen.add(key)
                    backs.add(back)
            unknown.extend(_turned(one) for one in spread(some, best.n) if one.request not in held)
        whole.add_usage(forecast(judges, backs, memory, work=work))
        whole.add_usage(forecast(judges, unknown, memory, backwards=True, work=work))
    return whole


def _turned(one: Wanted) -> Wanted:
    """Return the way back of what has no translation yet, which stands for its text."""
    request = one.request
    return Wanted(Request(request.text, request.target, request.source, (), request.candidate), one.want)


def _first(engines: Mapping[str, Engine], source: str, target: str) -> str | None:
    """Return the first engine of a chain that would be asked, or else one that only remembers."""
    last = None
    for name, engine in engines.items():
        if not knows(engine, source, target):
            continue
        if not isinstance(engine, OnlyMemory):
            return name
        last = name
    return last


def _spend(
    report: Report,
    name: str,
    engine: Remote | Batched,
    together: Sequence[Request],
    ratios: Mapping[tuple[str, str], float],
    backwards: bool,
) -> None:
    """Add what a request to the engine that holds these segments would use."""
    source, target = pair = together[0].source, together[0].target
    texts = sum(count_tokens(request.text) for request in together)
    if backwards:
        sent, answer = texts * expansion(target, source), float(texts)
    else:
        sent, answer = float(texts), texts * ratios.get(pair, expansion(*pair))
    overhead = count_tokens(engine.overhead(*pair)) + FRAME
    terms = sum(count_tokens(f"{term} = {wanted}\n") for term, wanted in together[0].terms)
    tokens = overhead + sent + terms, answer
    usd = engine.price.usd(*tokens) if engine.price else 0.0
    report.of(name, target).add_request(round(tokens[0]), round(tokens[1]), usd)


def _sample(samples: Samples, request: Request, entry: Entry) -> None:
    """Take a remembered translation: of those between two languages the same are kept, in whatever order they come."""
    held = samples.setdefault((request.source, request.target), [])
    heapq.heappush(held, (-int.from_bytes(entry.key), request.text, entry.translation))
    if len(held) > SAMPLED:
        heapq.heappop(held)


def _ratios(samples: Samples) -> dict[tuple[str, str], float]:
    """Return the tokens of remembered translations for each token of their texts, where there are enough of them."""
    return {
        pair: sum(count_tokens(b) for _, _, b in some) / max(1, sum(count_tokens(a) for _, a, _ in some))
        for pair, some in samples.items()
        if len(some) >= ENOUGH
    }
