"""What asking would come to, before anything is asked: segments, what the memory holds of them, tokens and cost.

A segment's translation stands in for itself until there is one, so that the steps that follow can be planned too.
"""

from collections.abc import Mapping, Sequence

from transforms.translate.ask import Report, knows, remembered, remembered_entries
from transforms.translate.best_of import BestOf, candidates, ways_back
from transforms.translate.engines import Batched, Engine, Remote
from transforms.translate.engines.memory import OnlyMemory
from transforms.translate.forecast import FRAME, count_tokens, expansion
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.packing import pack
from transforms.translate.usage import Usage
from transforms.translate.wanted import Want

STAND_IN = "planned"
"""The origin of what isn't translated yet."""

ENOUGH = 50
"""Remembered translations into a language from which its expansion is taken, rather than from the table."""


def forecast(
    engines: Mapping[str, Engine], wants: Mapping[Request, Want], memory: Memory, backwards: bool = False
) -> Report:
    """Return what asking a chain for these segments would come to; nothing is asked, and nothing written.

    Args:
      engines: the chain, by name, in order.
      wants: distinct requests, and how much each is wanted.
      memory: what it holds isn't asked.
      backwards: texts that the memory lacks aren't translated yet themselves: they stand in for their translations.

    Tokens are those of OpenAI's o200k; a translation has as many for each of its original as remembered ones have, or
    as the table in `forecast.py` says. What is asked again, and what goes to the next engine, isn't foreseen.
    """
    report = Report()
    known: dict[Request, str] = {}
    for request, name, entry in remembered(memory, engines, wants):
        report.of(name, request.target).want(wants[request].number, remembered=True)
        known[request] = entry.translation
    ratios = _ratios(known)
    asked: dict[str, list[Request]] = {}
    for request in sorted(wants.keys() - known.keys(), key=lambda one: (wants[one].rank, one)):
        first = _first(engines, request)
        if first is None:
            report.failures[request] = "unsupported_pair"
        elif isinstance(engines[first], OnlyMemory):
            report.failures[request] = "not_in_memory"
        else:
            usage = report.of(first, request.target)
            usage.want(wants[request].number)
            usage.asked += 1
            asked.setdefault(first, []).append(request)
    for name, requests in asked.items():
        engine = engines[name]
        if isinstance(engine, Remote | Batched):
            most = engine.per_request if isinstance(engine, Remote) else 1
            for together in pack(requests, most, engine.longest):
                _spend(report.of(name, together[0].target), engine, together, ratios, backwards)
    return report


def forecast_best(
    best: BestOf,
    engines: Mapping[str, Engine],
    judges: Mapping[str, Engine],
    wants: Mapping[Request, Want],
    memory: Memory,
) -> Report:
    """Return what asking for several translations of each segment, and for their ways back, would come to."""
    spread = {one: want for request, want in wants.items() for one in candidates(request, best.n)}
    report = forecast(engines, spread, memory)
    report.failures = {request: report.failures[request] for request in wants if request in report.failures}
    if judges:
        held = remembered_entries(memory, engines, spread)
        report.add_usage(forecast(judges, ways_back(best, wants, held), memory))
        unknown = {Request(r.text, r.target, r.source, (), r.candidate): w for r, w in spread.items() if r not in held}
        report.add_usage(forecast(judges, unknown, memory, backwards=True))
    return report


def _first(engines: Mapping[str, Engine], request: Request) -> str | None:
    """Return the first engine of a chain that would be asked, or else one that only remembers."""
    last = None
    for name, engine in engines.items():
        if not knows(engine, request):
            continue
        if not isinstance(engine, OnlyMemory):
            return name
        last = name
    return last


def _spend(
    usage: Usage,
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
    usage.add_request(round(tokens[0]), round(tokens[1]), usd)


def _ratios(known: Mapping[Request, str]) -> dict[tuple[str, str], float]:
    """Return the tokens of remembered translations for each token of their texts, where there are enough of them."""
    seen: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for request, translation in known.items():
        seen.setdefault((request.source, request.target), []).append((request.text, translation))
    ratios = {}
    for pair, texts in seen.items():
        if len(texts) >= ENOUGH:
            some = sorted(texts)[:: max(1, len(texts) // 1000)]
            ratios[pair] = sum(count_tokens(b) for _, b in some) / max(1, sum(count_tokens(a) for a, _ in some))
    return ratios
