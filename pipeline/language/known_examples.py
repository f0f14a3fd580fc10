"""What is known of a stream's examples before any is read, and whether its steps fit them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.language.document import Document
from pipeline.language.engine_checks import check_translation, check_way_back
from pipeline.language.line_order import check_choice
from pipeline.language.streams import REJECTING
from pipeline.model import Step, Stream
from transforms.key_path import KeyPath
from transforms.read.source import Source
from transforms.sides import PAIR_TASKS

INPUT_SIDE = ("system", "history", "instruction", "input")
OUTPUT_SIDE = ("history", "output")


@dataclass(frozen=True)
class Known:
    """What is known of some of a stream's examples before any is read; None where it isn't known.

    Attributes:
      task, input_lang, output_lang: their values in these columns.
      translated: whether a `translate` step has made them.
      origin: the source that they come from.
      input_before, output_before: their languages before translation.
      numbered: whether they know the numbers of their lines.
      rewritten: the content columns that templates have put other text into.
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
        return self.translated or self.task is None or self.task in PAIR_TASKS

    @property
    def formatted(self) -> frozenset[str]:
        """Return the columns that a rule on pairs would compare and a template has rewritten."""
        return self.rewritten if self.translated else self.rewritten & {"input", "output"}


def known_of(source: Source) -> Known:
    """Return what is known of a source's examples."""
    same = source.constant_columns()
    task, left, right = (
        None if name in source.columns else same[name] for name in ("task", "input_lang", "output_lang")
    )
    return Known(task, left or None, right or None, origin=source.name, numbered=source.numbered)


def check_steps(
    document: Document, stream: Stream, known: frozenset[Known], engines: Mapping[str, Any]
) -> frozenset[Known]:
    """Check each step against what is known of the examples that reach it; return what is known after the last."""
    for step in stream.steps:
        if step.kind == "keep":
            _check_pairs(document, stream, step, known)
        elif step.registered == "translate":
            check_translation(document, step, _pairs(step.step, known), engines)
            known = frozenset(_translated(step.step, known))
        elif step.registered == "round_trip":
            _check_translated(document, stream, step, known)
            check_way_back(document, step, _pairs_back(known), engines)
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


def _check_pairs(document: Document, stream: Stream, step: Step, known: frozenset[Known]) -> None:
    bare = sorted((one for one in known if not one.paired), key=lambda one: (one.origin, str(one.task)))
    for name, rule in step.step.items():
        if getattr(rule, "on_pairs", False) and bare:
            message = (
                f"{name} compares two sides, but the examples of the source {bare[0].origin!r} in the stream "
                f"{stream.name!r} have one: their task is {bare[0].task!r}, not translation or question, and no "
                f"`translate` or `pair` comes before; a source of pairs says `task: translation`"
            )
            where = (*step.path, name)
            document.note(where, message)
        elif getattr(rule, "on_pairs", False):
            _warn_of_formats(document, (*step.path, name), name, known)


def _warn_of_formats(document: Document, where: KeyPath, name: str, known: Iterable[Known]) -> None:
    """Warn of a rule on pairs that stands behind a template."""
    if columns := frozenset[str]().union(*(one.formatted for one in known)):
        message = f"{name} compares what a template made of {', '.join(sorted(columns))}; put it before `format`"
        document.warn(where, message)


def _translated(step: Any, known: Iterable[Known]) -> Iterator[Known]:
    for one in known:
        for lang in step.to:
            left = lang if set(step.fields) & set(INPUT_SIDE) else one.input_lang
            right = lang if set(step.fields) & set(OUTPUT_SIDE) else one.output_lang
            now = replace(one, input_lang=left, output_lang=right, translated=True)
            yield replace(now, rewritten=frozenset(), input_before=one.input_lang, output_before=one.output_lang)
        if step.keep_source:
            yield one


def _pairs(step: Any, known: Iterable[Known]) -> set[tuple[str, str]]:
    """Return the pairs of languages that `translate` needs, where they are known by now."""
    pairs = set()
    for one in known:
        sides = [one.input_lang] if set(step.fields) & set(INPUT_SIDE) else []
        sides += [one.output_lang] if set(step.fields) & set(OUTPUT_SIDE) else []
        pairs |= {(side, lang) for side in sides if side for lang in step.to if lang != side}
    return pairs


def _pairs_back(known: Iterable[Known]) -> set[tuple[str, str]]:
    """Return the pairs of languages that `round_trip` needs, where they are known by now."""
    return {
        (now, before)
        for one in known
        for now, before in ((one.input_lang, one.input_before), (one.output_lang, one.output_before))
        if now and before and now != before
    }


def _check_translated(document: Document, stream: Stream, step: Step, known: frozenset[Known]) -> None:
    """Check that something has been translated that `round_trip` can judge."""
    if not any(one.translated for one in known):
        message = (
            f"round_trip judges translations, and none reach it in the stream {stream.name!r}: put it behind "
            f"`translate`, and before `pair`"
        )
        document.note(step.path, message)
    _warn_of_formats(document, step.path, "round_trip", [one for one in known if one.translated])
