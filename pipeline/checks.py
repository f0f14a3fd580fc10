"""What must hold between the parts of a recipe: names that exist, no cycles, rules and engines that fit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.document import Document
from pipeline.errors import Path, unknown
from pipeline.line_order import check_choice, warn_of_joined
from pipeline.model import Dataset, Step, Stream
from pipeline.streams import REJECTING
from transforms.rules.language_codes import plain
from transforms.translate.engines import Batched, Remote
from transforms.translate.terms import tags_of

PAIRED = ("translation", "question")
"""Tasks whose examples are pairs of texts, `input` and `output`."""

INPUT_SIDE = ("system", "history", "instruction", "input")
OUTPUT_SIDE = ("history", "output")


@dataclass(frozen=True)
class Known:
    """What is known of some of a stream's examples before any is read; None: not known.

    `rewritten` are the content columns that templates have put other text into.
    """

    task: str | None
    input_lang: str | None
    output_lang: str | None
    translated: bool = False
    origin: str = ""
    input_before: str | None = None
    output_before: str | None = None
    numbered: bool = False
    rewritten: frozenset[str] = frozenset()

    @property
    def paired(self) -> bool:
        """Tell whether a rule on pairs has two texts to compare, as far as can be known."""
        return self.translated or self.task is None or self.task in PAIRED

    @property
    def formatted(self) -> frozenset[str]:
        """Return which columns that a rule on pairs compares hold what a template made of them."""
        return self.rewritten if self.translated else self.rewritten & {"input", "output"}


def check(
    document: Document,
    sources: Mapping[str, Any],
    engines: Mapping[str, Any],
    streams: Mapping[str, Stream],
    datasets: Mapping[str, Dataset],
) -> None:
    """Collect in the document what is wrong or doubtful."""
    for stream in streams.values():
        for name in stream.inputs:
            if name not in sources and name not in streams:
                message = unknown(
                    "source or stream", name, [*sources, *(other for other in streams if other != stream.name)]
                )
                document.problems += document.error(("streams", stream.name, "from"), message).problems
    document.stop_if_wrong()
    order = _sorted(document, streams)
    for stream in streams.values():
        for step in stream.steps:
            for engine in named_engines(step):
                if engine not in engines:
                    document.problems += document.error(step.path, unknown("engine", engine, engines)).problems
    document.stop_if_wrong()
    known: dict[str, frozenset[Known]] = {name: frozenset([_source(source)]) for name, source in sources.items()}
    for name in order:
        stream = streams[name]
        known[name] = _follow(document, stream, frozenset().union(*(known[name] for name in stream.inputs)), engines)
    warn_of_joined(document, sources, streams, datasets.values())
    _unused(document, sources, engines, streams, datasets)


def _sorted(document: Document, streams: Mapping[str, Stream]) -> list[str]:
    """Return the streams, each after those it reads; RecipeError names a cycle."""
    done: list[str] = []
    for first in streams:
        trail = [(first, iter(streams[first].inputs))]
        while trail and first not in done:
            name, inputs = trail[-1]
            following = next((other for other in inputs if other in streams and other not in done), None)
            if following is None:
                done.append(name)
                trail.pop()
                continue
            names = [entry for entry, _ in trail]
            if following in names:
                cycle = " -> ".join([*names[names.index(following) :], following])
                raise document.error(("streams", following, "from"), f"streams read each other in a cycle: {cycle}")
            trail.append((following, iter(streams[following].inputs)))
    return done


def named_engines(step: Step) -> Iterator[str]:
    """Yield the engines that a step or its rules name."""
    for part in step.step.values() if step.kind == "keep" else [step.step]:
        yield from _chain(part)
        yield from _chain(getattr(part, "best_of", None))


def _chain(part: Any) -> tuple[str, ...]:
    """Return the engines that a step names by its `engine`, in order."""
    named = getattr(part, "engine", ())
    return (named,) if isinstance(named, str) and named else tuple(named)


def _source(source: Any) -> Known:
    same = source.constant_columns()
    task, left, right = (
        None if name in source.columns else same[name] for name in ("task", "input_lang", "output_lang")
    )
    return Known(task, left or None, right or None, origin=source.name, numbered=getattr(source, "numbered", False))


def _follow(
    document: Document, stream: Stream, known: frozenset[Known], engines: Mapping[str, Any]
) -> frozenset[Known]:
    """Return what is known after the stream's steps, having checked each where it stands."""
    for step in stream.steps:
        if step.kind == "keep":
            _check_pairs(document, stream, step, known)
        elif step.registered == "translate":
            _check_languages(document, stream, step, known, engines)
            _warn_of_glossary(document, step)
            _check_budget(document, step, engines)
            known = frozenset(_translated(step.step, known))
        elif step.registered == "round_trip":
            _check_round_trip(document, stream, step, known, engines)
            _check_budget(document, step, engines)
        elif step.registered == "pair":
            named = step.step.task
            tasks = {named or ("question" if field == "instruction" else "translation") for field in step.step.fields}
            known = frozenset(Known(task, None, None, origin=one.origin) for one in known for task in tasks)
        elif step.kind == "expand":
            known = frozenset(replace(one, task=None) for one in known)
        elif step.registered == "format":
            check_choice(document, step, all(one.numbered for one in known))
            known = frozenset(replace(one, rewritten=one.rewritten | step.step.rewritten()) for one in known)
        if step.kind == "expand" or (step.kind == "collective" and step.registered not in REJECTING):
            known = frozenset(replace(one, numbered=False) for one in known)
    return known


def _check_pairs(document: Document, stream: Stream, step: Step, known: Iterable[Known]) -> None:
    known = list(known)
    bare = sorted((one for one in known if not one.paired), key=lambda one: (one.origin, str(one.task)))
    for name, rule in step.step.items():
        if getattr(rule, "on_pairs", False) and bare:
            message = (
                f"{name} compares two sides, but the examples of the source {bare[0].origin!r} in the stream "
                f"{stream.name!r} have one: their task is {bare[0].task!r}, not translation or question, and no "
                f"`translate` or `pair` comes before"
            )
            where = (*step.path, name)
            document.problems += document.error(where, message).problems
        elif getattr(rule, "on_pairs", False):
            _warn_of_formats(document, (*step.path, name), name, known)


def _warn_of_formats(document: Document, where: Path, name: str, known: Iterable[Known]) -> None:
    """Warn of a rule on pairs that stands behind a template."""
    if columns := frozenset[str]().union(*(one.formatted for one in known)):
        message = f"{name} compares what a template made of {', '.join(sorted(columns))}; put it before `format`"
        document.warn(where, message)


def _translated(step: Any, known: Iterable[Known]) -> Iterator[Known]:
    fields = step.fields or (*INPUT_SIDE, *OUTPUT_SIDE)
    for one in known:
        for lang in step.to:
            left = lang if set(fields) & set(INPUT_SIDE) else one.input_lang
            right = lang if set(fields) & set(OUTPUT_SIDE) else one.output_lang
            now = replace(one, input_lang=left, output_lang=right, translated=True)
            yield replace(now, rewritten=frozenset(), input_before=one.input_lang, output_before=one.output_lang)
        if getattr(step, "keep_source", False):
            yield one


def _check_languages(
    document: Document, stream: Stream, step: Step, known: Iterable[Known], engines: Mapping[str, Any]
) -> None:
    """Check that some engine of the chain knows each pair of languages, where those are known by now."""
    fields = step.step.fields or (*INPUT_SIDE, *OUTPUT_SIDE)
    pairs = set()
    for one in known:
        sides = [one.input_lang] if set(fields) & set(INPUT_SIDE) else []
        sides += [one.output_lang] if set(fields) & set(OUTPUT_SIDE) else []
        pairs |= {(side, lang) for side in sides if side for lang in step.step.to if lang != side}
    for source, target in sorted(pairs):
        _check_pair(document, step, [engines[name] for name in _chain(step.step)], source, target)
        _check_best(document, step, engines, source, target)


def _warn_of_glossary(document: Document, step: Step) -> None:
    """Warn of terms for a language that nothing is translated into: most likely its tag is misspelt."""
    spoken = {tag for target in step.step.to for tag in tags_of(target)}
    for tag in getattr(step.step, "glossary", ()):
        if plain(tag) not in spoken:
            document.warn((*step.path, "glossary"), f"{tag} is not used: `to` has no such language")


def _check_best(document: Document, step: Step, engines: Mapping[str, Any], source: str, target: str) -> None:
    """Check that several translations of a text can differ, and that they can be compared."""
    best = getattr(step.step, "best_of", None)
    if best is None:
        return
    if all(engines[name].deterministic for name in _chain(step.step)):
        message = f"best_of: {', '.join(_chain(step.step))} gives the same translation every time"
        document.problems += document.error(step.path, message).problems
    if best.chain:
        _check_pair(document, step, [engines[name] for name in best.chain], target, source)
    if message := _objection(best, source, target) or "":
        document.problems += document.error(step.path, message).problems


def _check_pair(document: Document, step: Step, chain: Iterable[Any], source: str, target: str) -> None:
    """Check that some engine of a chain translates between two languages."""
    objections = [_objection(engine, source, target) for engine in chain]
    if all(objections):
        document.problems += document.error(step.path, "; ".join(dict.fromkeys(filter(None, objections)))).problems


def _check_round_trip(
    document: Document, stream: Stream, step: Step, known: Iterable[Known], engines: Mapping[str, Any]
) -> None:
    """Check that something has been translated, and that some engine translates each pair back, where it is known."""
    known = list(known)
    if not any(one.translated for one in known):
        message = f"round_trip judges translations, but no `translate` comes before it in the stream {stream.name!r}"
        document.problems += document.error(step.path, message).problems
    _warn_of_formats(document, step.path, "round_trip", [one for one in known if one.translated])
    pairs = {
        (now, before)
        for one in known
        for now, before in ((one.input_lang, one.input_before), (one.output_lang, one.output_before))
        if now and before and now != before
    }
    for source, target in sorted(pairs):
        _check_pair(document, step, [engines[name] for name in named_engines(step)], source, target)


def _check_budget(document: Document, step: Step, engines: Mapping[str, Any]) -> None:
    """Check that what a budget in US dollars is to hold has a price."""
    budget = step.step.budget
    if budget is None or budget.usd is None:
        return
    for name in named_engines(step):
        if isinstance(engines[name], Remote | Batched) and engines[name].price is None:
            message = f"a budget in usd needs the price of the engine {name!r}: `price: {{input: ..., output: ...}}`"
            document.problems += document.error((*step.path, "budget"), message).problems


def _objection(engine: Any, source: str, target: str) -> str | None:
    try:
        engine.check(source, target)
    except (ValueError, ImportError, FileNotFoundError) as error:
        return str(error)
    return None


def _unused(
    document: Document,
    sources: Mapping[str, Any],
    engines: Mapping[str, Any],
    streams: Mapping[str, Stream],
    datasets: Mapping[str, Dataset],
) -> None:
    read = {name for stream in streams.values() for name in stream.inputs}
    drawn = {name for dataset in datasets.values() for name in dataset.streams}
    asked = {name for stream in streams.values() for step in stream.steps for name in named_engines(step)}
    asked |= {getattr(engines[name], "of", "") for name in asked}
    for section, names, used, verb in (
        ("sources", sources, read, "no stream reads it"),
        ("engines", engines, asked, "no step asks it"),
        ("streams", streams, read | drawn, "no dataset and no stream reads it"),
    ):
        for name in names:
            if name not in used:
                document.warn((section, name), f"is not used: {verb}")
