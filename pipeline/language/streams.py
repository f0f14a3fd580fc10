"""The `streams` of a recipe: what they read, and their steps."""

from collections.abc import Iterator, Mapping
from typing import Any

import transforms
from pipeline.language.parameters import build_part
from pipeline.language.place import Place
from pipeline.language.templates import with_templates
from pipeline.model import Kind, Step, Stream
from transforms.formats.template import Format
from transforms.optional_methods import Unfoldable
from transforms.steps import Expander, Rewriter, Rule
from transforms.suggestions import unknown

KEEP = "keep"
REJECTING = ("deduplicate", "round_trip")
"""Collective steps that only reject, so that `keep` may list them among its rules."""


def parse_stream(place: Place) -> Stream:
    """Return the stream that the recipe describes; RecipeError, or a note in the document, says what is wrong."""
    if not isinstance(place.value, Mapping):
        raise place.expected("a mapping such as `from: NAME`")
    place.check_keys(["from", "steps"])
    steps = place.at("steps")
    if not isinstance(steps.value, list | None):
        raise steps.expected("a list of steps, each after a dash")
    return Stream(place.name, _inputs(place), tuple(_steps(steps)))


def _inputs(place: Place) -> tuple[str, ...]:
    if "from" not in place.value:
        raise place.error("'from' is missing: it names a source, a stream, or a list of them")
    read = place.at("from")
    names = read.value if isinstance(read.value, list) else [read.value]
    if not names or not all(isinstance(name, str) for name in names):
        raise read.expected("a name or a list of names")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise read.at(at).error(f"{name!r} is named twice")
    return tuple(names)


def _steps(place: Place) -> Iterator[Step]:
    """Yield the steps, each under a name of its own: `keep`, `keep-2`, ..."""
    taken: set[str] = set()
    for item in place.inner():
        found: list[Found] = []
        with place.document.collecting():
            found = list(_step(item))
        for registered, kind, step, at in found:
            name, number = registered, 1
            while name in taken:
                number += 1
                name = f"{registered}-{number}"
            taken.add(name)
            written = at.masked
            if kind == "keep":
                written = {rule: written[rule] for rule in step}
            elif isinstance(step, Unfoldable):
                written = {key: value for key, value in written.items() if getattr(step, key) is not None}
            yield Step(name, kind, step, at.document.lines[at.path], at.path, registered, written)


Found = tuple[str, Kind, Any, Place]


def _step(item: Place) -> Iterator[Found]:
    if not isinstance(item.value, Mapping) or len(item.value) != 1:
        got = item.shown if not isinstance(item.value, Mapping) else f"{len(item.value)} names"
        raise item.error(f"a step is one name with its parameters, such as `normalize: {{}}`, got {got}")
    (place,) = item.inner()
    name = place.name
    if name == KEEP:
        yield from _keep(place)
        return
    steps = transforms.known("steps")
    if name not in steps and name in transforms.known("rules"):
        raise place.error(f"{name!r} is a rule: write `keep: {{{name}: ...}}`")
    item.check_keys(sorted([KEEP, *steps]), "step")
    made = build_part("steps", place)
    if isinstance(made, Format):
        made = with_templates(made, place)
    for part, step in (made.unfolded() if isinstance(made, Unfoldable) else {"": made}).items():
        yield part or name, _kind(step), step, place.at(part) if part else place


def _keep(place: Place) -> Iterator[Found]:
    """Yield a step for each run of rules, and one for each collective step between them."""
    if not isinstance(place.value, Mapping) or not place.value:
        raise place.expected("rules, such as `length: {min_chars: 3}`")
    rules: dict[str, Any] = {}
    for inner in place.inner():
        with place.document.collecting():
            built = build_part(_registered(inner), inner)
            if isinstance(built, Rule):
                rules[inner.name] = built
                continue
            if rules:
                yield KEEP, "keep", rules, place
                rules = {}
            yield inner.name, "collective", built, inner
    if rules:
        yield KEEP, "keep", rules, place


def _registered(rule: Place) -> str:
    """Return what a rule is registered among: a collective step that only keeps or rejects is one of the steps."""
    rules, steps = transforms.known("rules"), transforms.known("steps")
    if rule.name in rules:
        return "rules"
    if rule.name in REJECTING:
        return "steps"
    if rule.name in steps:
        raise rule.error(f"{rule.name!r} is a step of its own, not a rule: write `- {rule.name}: ...`")
    raise rule.error(unknown("rule", rule.name, sorted({*rules, *REJECTING})))


def _kind(step: Any) -> Kind:
    if isinstance(step, Rewriter):
        return "rewrite"
    return "expand" if isinstance(step, Expander) else "collective"
