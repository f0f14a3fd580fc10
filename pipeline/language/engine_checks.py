"""Engines that fit what steps ask of them: each pair of languages, several translations of a text, a budget's price."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pipeline.language.document import Document
from pipeline.model import Step
from transforms.rules.language_codes import normalized_tag
from transforms.third_parties import naming_third_parties
from transforms.translate.chain import chain_of
from transforms.translate.engines import Batched, Remote
from transforms.translate.terms import tags_of

Pair = tuple[str, str]
"""The languages to translate from and into."""


def named_engines(step: Step) -> Iterator[str]:
    """Yield the engines that a step or its rules name."""
    for part in step.parts():
        yield from chain_of(getattr(part, "engine", ()))
        yield from chain_of(getattr(getattr(part, "best_of", None), "engine", ()))


def check_translation(document: Document, step: Step, pairs: Iterable[Pair], engines: Mapping[str, Any]) -> None:
    """Check a `translate` step: some engine of its chain knows each pair, and its other parameters make sense."""
    for pair in sorted(pairs):
        for objection in (*_to_chain(step.step.chain, pair, engines), *_to_best(step.step, pair, engines)):
            document.note(step.path, objection)
    _warn_of_glossary(document, step)
    _check_budget(document, step, engines)


def check_way_back(document: Document, step: Step, pairs: Iterable[Pair], engines: Mapping[str, Any]) -> None:
    """Check a `round_trip` step: some engine of its chain translates each pair back, and a budget has prices."""
    for pair in sorted(pairs):
        for objection in _to_chain(step.step.chain, pair, engines):
            document.note(step.path, objection)
    _check_budget(document, step, engines)


def _warn_of_glossary(document: Document, step: Step) -> None:
    """Warn of terms for a language that nothing is translated into: most likely its tag is misspelt."""
    spoken = {tag for target in step.step.to for tag in tags_of(target)}
    for tag in step.step.glossary:
        if normalized_tag(tag) not in spoken:
            document.warn((*step.path, "glossary"), f"{tag} is not used: `to` has no such language")


def _to_chain(chain: Iterable[str], pair: Pair, engines: Mapping[str, Any]) -> Iterator[str]:
    """Object to a chain of which no engine translates between two languages."""
    objections = [_objection(engines[name], pair) for name in chain]
    if all(objections):
        yield "; ".join(dict.fromkeys(filter(None, objections)))


def _to_best(translate: Any, pair: Pair, engines: Mapping[str, Any]) -> Iterator[str]:
    """Object to several translations of a text that can't differ, or can't be compared."""
    best = translate.best_of
    if best is None:
        return
    if all(engines[name].deterministic for name in translate.chain):
        yield f"best_of: {', '.join(translate.chain)} gives the same translation every time"
    if best.chain:
        yield from _to_chain(best.chain, (pair[1], pair[0]), engines)
    if objection := _objection(best, pair):
        yield objection


def _check_budget(document: Document, step: Step, engines: Mapping[str, Any]) -> None:
    """Check that what a budget in US dollars is to hold has a price."""
    budget = step.step.budget
    if budget is None or budget.usd is None:
        return
    for name in named_engines(step):
        if isinstance(engines[name], Remote | Batched) and engines[name].price is None:
            message = f"a budget in usd needs the price of the engine {name!r}: `price: {{input: ..., output: ...}}`"
            document.note((*step.path, "budget"), message)


def _objection(engine: Any, pair: Pair) -> str | None:
    with naming_third_parties(engine):
        try:
            engine.check(*pair)
        except (ValueError, ImportError, FileNotFoundError) as error:
            return str(error)
    return None
