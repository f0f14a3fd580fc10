"""The `streams` of a recipe: what they read, and their steps."""

from collections.abc import Iterator, Mapping
from typing import Any

import transforms
from pipeline.errors import RecipeError, unknown, value_at
from pipeline.language.document import Document
from pipeline.language.parameters import build, with_files
from pipeline.language.templates import with_templates
from pipeline.model import Kind, Step, Stream
from transforms.formats.template import Format
from transforms.key_path import KeyPath

KEEP = "keep"
REJECTING = ("deduplicate", "round_trip")
"""Collective steps that only reject, so that `keep` may list them among its rules."""


def parse_stream(name: str, document: Document) -> Stream:
    """Return the stream that the recipe describes; RecipeError names what is wrong."""
    path: KeyPath = ("streams", name)
    data = document.data["streams"][name]
    if not isinstance(data, Mapping):
        raise document.error(path, f"expected a mapping such as `from: NAME`, got {document.shown(data)}")
    for key in data:
        if key not in ("from", "steps"):
            raise document.error((*path, key), unknown("key", key, ["from", "steps"]))
    steps = data.get("steps")
    if steps is None:
        steps = []
    if not isinstance(steps, list):
        message = f"expected a list of steps, each after a dash, got {document.shown(steps)}"
        raise document.error((*path, "steps"), message)
    return Stream(name, _inputs(data, document, path), tuple(_steps(steps, document, (*path, "steps"))))


def _inputs(data: Mapping[str, Any], document: Document, path: KeyPath) -> tuple[str, ...]:
    if "from" not in data:
        raise document.error(path, "'from' is missing: it names a source, a stream, or a list of them")
    names = data["from"] if isinstance(data["from"], list) else [data["from"]]
    where = (*path, "from")
    if not names or not all(isinstance(name, str) for name in names):
        raise document.error(where, f"expected a name or a list of names, got {document.shown(data['from'])}")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise document.error((*where, at), f"{name!r} is named twice")
    return tuple(names)


def _steps(items: list[Any], document: Document, path: KeyPath) -> Iterator[Step]:
    """Yield the steps, each under a name of its own: `keep`, `keep-2`, ..."""
    taken: set[str] = set()
    wrong: list[RecipeError] = []
    for at, item in enumerate(items):
        try:
            found = list(_step(item, document, (*path, at)))
        except RecipeError as error:
            wrong.append(error)
            continue
        for registered, kind, step, where in found:
            name, number = registered, 1
            while name in taken:
                number += 1
                name = f"{registered}-{number}"
            taken.add(name)
            written = value_at(document.masked, where)
            if kind == "keep":
                written = {rule: written[rule] for rule in step}
            elif hasattr(step, "unfolded"):
                written = {key: value for key, value in written.items() if getattr(step, key) is not None}
            yield Step(name, kind, step, document.lines[where], where, registered, written)
    if wrong:
        raise RecipeError([problem for error in wrong for problem in error.problems])


Found = tuple[str, Kind, Any, KeyPath]


def _step(item: Any, document: Document, path: KeyPath) -> Iterator[Found]:
    if not isinstance(item, Mapping) or len(item) != 1:
        got = document.shown(item) if not isinstance(item, Mapping) else f"{len(item)} names"
        message = f"a step is one name with its parameters, such as `normalize: {{}}`, got {got}"
        raise document.error(path, message)
    name, data = next(iter(item.items()))
    where = (*path, name)
    if name == KEEP:
        yield from _keep(data, document, where)
        return
    steps = transforms.known("steps")
    if name not in steps:
        if name in transforms.known("rules"):
            raise document.error(where, f"{name!r} is a rule: write `keep: {{{name}: ...}}`")
        raise document.error(where, unknown("step", name, sorted([KEEP, *steps])))
    cls = transforms.find("steps", name)
    made = with_files(build(cls, data, document, where), document, where)
    if isinstance(made, Format):
        made = with_templates(made, document, where)
    for part, step in (made.unfolded() if hasattr(made, "unfolded") else {"": made}).items():
        yield part or name, _kind(type(step)), step, (*where, part) if part else where


def _keep(data: Any, document: Document, path: KeyPath) -> Iterator[Found]:
    """Yield a step for each run of rules, and one for each collective step between them."""
    if not isinstance(data, Mapping) or not data:
        raise document.error(path, f"expected rules, such as `length: {{min_chars: 3}}`, got {document.shown(data)}")
    rules: dict[str, Any] = {}
    found: list[Found] = []
    wrong: list[RecipeError] = []
    for name, parameters in data.items():
        where = (*path, name)
        try:
            cls = _rule(name, document, where)
            built = with_files(build(cls, parameters, document, where), document, where)
        except RecipeError as error:
            wrong.append(error)
            continue
        if hasattr(cls, "judge"):
            rules[name] = built
            continue
        if rules:
            found.append((KEEP, "keep", rules, path))
            rules = {}
        found.append((name, "collective", built, where))
    if wrong:
        raise RecipeError([problem for error in wrong for problem in error.problems])
    yield from found
    if rules:
        yield KEEP, "keep", rules, path


def _rule(name: str, document: Document, path: KeyPath) -> Any:
    """Return the class of a rule, or of a collective step that only keeps or rejects."""
    rules, steps = transforms.known("rules"), transforms.known("steps")
    if name in rules:
        return transforms.find("rules", name)
    if name in REJECTING:
        return transforms.find("steps", name)
    if name in steps:
        raise document.error(path, f"{name!r} is a step of its own, not a rule: write `- {name}: ...`")
    raise document.error(path, unknown("rule", name, sorted({*rules, *REJECTING})))


def _kind(cls: Any) -> Kind:
    if hasattr(cls, "rewrite"):
        return "rewrite"
    return "expand" if hasattr(cls, "expand") else "collective"
