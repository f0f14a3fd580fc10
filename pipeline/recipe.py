"""A recipe's file to a typed `Recipe`: unknown or misspelt keys, wrong types and dangling names are errors."""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pipeline.language.checks import check
from pipeline.language.datasets import SHORTHANDS, parse_dataset
from pipeline.language.document import read
from pipeline.language.engines import linked, parse_engine
from pipeline.language.place import Place
from pipeline.language.sources import parse_source
from pipeline.language.streams import parse_stream
from pipeline.model import Recipe
from pipeline.output.remote import NO_PATTERN, has_pattern
from pipeline.output.work_folder import is_below
from transforms.suggestions import unknown

KEYS = ("name", "seed", "vars", "sources", "engines", "streams", "datasets", "output", "memory", "runner")
SECTIONS = ("sources", "engines", "streams", "datasets")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

Item = TypeVar("Item")


def load(
    path: str, settings: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None, output: str = ""
) -> Recipe:
    """Read and check a recipe; no network and no data is touched.

    Args:
      path: the file.
      settings: variables set on the command line.
      environ: the environment, for variables.
      output: a folder that is taken in place of the recipe's `output`.

    Raises:
      RecipeError: something is wrong with it; each problem with its line.
    """
    document = read(path, settings or {}, environ or {})
    root = Place(document, (), document.data)
    scalars = _checked(root, output)
    recipe = Recipe(
        **_parts(root),
        **scalars,
        text=document.text,
        resolved=document.masked,
        path=path,
        secrets=tuple(document.secrets),
        settings=tuple(sorted(settings or {})),
        runner_lines={name: document.lines["runner", name] for name in scalars["runner"]},
    )
    check(document, recipe)
    document.stop_if_wrong()
    return replace(recipe, warnings=tuple(document.warnings))


def _checked(root: Place, output: str) -> dict[str, Any]:
    """Check the names of keys and of what they hold; return the recipe's `_scalars`."""
    document = root.document
    for place in root.inner():
        if place.name not in KEYS:
            document.note(place.path, unknown("key", place.name, KEYS))
    document.stop_if_wrong()
    scalars: dict[str, Any] = {}
    with document.collecting():
        scalars = _scalars(root, output)
    for section in SECTIONS:
        with document.collecting():
            _check_names(root.at(section))
    document.stop_if_wrong()
    return scalars


def _parts(root: Place) -> dict[str, Any]:
    """Return what each section describes, by name."""
    document = root.document
    sources = _each(root.at("sources"), parse_source)
    engines = _each(root.at("engines"), parse_engine)
    engines = {name: linked(name, engines, document) for name in engines}
    streams = _each(root.at("streams"), parse_stream)
    document.stop_if_wrong()
    datasets = _each(root.at("datasets"), lambda place: parse_dataset(place, streams))
    document.stop_if_wrong()
    return {"sources": sources, "engines": engines, "streams": streams, "datasets": datasets}


def _each(section: Place, parse: Callable[[Place], Item]) -> dict[str, Item]:
    found = {}
    for place in section.inner():
        with section.document.collecting():
            found[place.name] = parse(place)
    return found


def _scalars(root: Place, output: str) -> dict[str, Any]:
    """Return the recipe's `name`, `seed`, `output`, `memory` and `runner`."""
    values = {key: root.value.get(key) for key in ("name", "seed", "output", "memory")}
    for key in ("name", "output", "memory"):
        value = values[key]
        if value is not None and (not isinstance(value, str) or not value.strip() or not value.isprintable()):
            hint = " (quotes make it text)" if isinstance(value, int | float) else ""
            raise root.at(key).expected("a line of text", hint)
    seed = 0 if values["seed"] is None else values["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise root.at("seed").expected("a whole number from 0 to 2^63 - 1")
    target = posixpath.expanduser(output or values["output"] or "")
    target = target.rstrip("/") or target[:1]
    if not target:
        raise root.error("'output' is missing: name the folder to write (`run` takes --output DIR instead)")
    memory = posixpath.expanduser(values["memory"] or "")
    memory = memory or posixpath.join(posixpath.dirname(target), "langloom-memory")
    for key, folder in (("output", target), ("memory", memory)):
        if has_pattern(folder):
            raise (root.at(key) if values[key] else root).error(f"{key} {folder}: {NO_PATTERN}")
    if values["memory"] and is_below(memory, target):
        raise root.at("memory").error(f"{memory} is in the output folder {target}: name one beside it")
    name = values["name"] or _of_file(root.document.file)
    return {"name": name, "seed": seed, "output": target, "memory": memory, "runner": _runner(root.at("runner"))}


def _of_file(file: str) -> str:
    """Return the name of a recipe that says none: its file's, in which there may be anything."""
    stem = "".join(char if char.isprintable() else " " for char in Path(file).stem)
    return " ".join(stem.split()) or "recipe"


def _runner(place: Place) -> dict[str, Any]:
    if place.value is None:
        return {}
    if not isinstance(place.value, Mapping):
        raise place.expected("Beam options by name")
    for option in place.inner():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", option.name):
            raise option.error(f"{option.name!r} is no name of a Beam option; they are written without dashes in front")
        for item in option.value if isinstance(option.value, list) else [option.value]:
            if isinstance(item, list | Mapping):
                raise option.expected("a text, a number or a list of them")
    return dict(place.value)


def _check_names(section: Place) -> None:
    data = section.document.data
    if section.value is None and section.name == "engines":
        return
    if section.value is not None and not isinstance(section.value, Mapping):
        raise section.expected("a mapping of names to what they are")
    if not section.value:
        path = section.path if section.value is not None else ()
        raise section.document.error(path, f"{section.name!r} is missing or empty")
    for place in section.inner():
        name = place.name
        if not NAME.fullmatch(name):
            message = f"{name!r} can't be a name: it begins with a letter or digit, then letters, digits, `_`, `.`, `-`"
            raise place.error(message)
        if section.name == "streams" and name in SHORTHANDS:
            raise place.error(f"{name!r} means something as a mix or an order; call the stream otherwise")
        if section.name == "streams" and isinstance(data.get("sources"), Mapping) and name in data["sources"]:
            raise place.error(f"{name!r} is a source too, so that `from: {name}` could mean either")
