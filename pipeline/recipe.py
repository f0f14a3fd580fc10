"""A recipe's file to a typed `Recipe`: unknown or misspelt keys, wrong types and dangling names are errors."""

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import unknown
from pipeline.language.checks import check
from pipeline.language.datasets import SHORTHANDS, parse_dataset
from pipeline.language.document import Document, read
from pipeline.language.engines import linked, parse_engine
from pipeline.language.hub_checks import check_published
from pipeline.language.sources import parse_source
from pipeline.language.streams import parse_stream
from pipeline.model import Recipe
from pipeline.output.remote import NO_PATTERN, has_pattern
from pipeline.output.work_folder import is_below
from transforms.key_path import KeyPath

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
    scalars = _checked(document, output)
    parts = _parts(document)
    check(document, **parts)
    check_published(document, parts["sources"], parts["datasets"], scalars["output"])
    document.stop_if_wrong()
    return Recipe(
        **parts,
        **scalars,
        text=document.text,
        resolved=document.masked,
        path=path,
        warnings=tuple(document.warnings),
        secrets=tuple(document.secrets),
        settings=tuple(sorted(settings or {})),
        runner_lines={name: document.lines["runner", name] for name in scalars["runner"]},
    )


def _checked(document: Document, output: str) -> dict[str, Any]:
    """Check the names of keys and of what they hold; return the recipe's `_scalars`."""
    for key in document.data:
        if key not in KEYS:
            document.note((key,), unknown("key", key, KEYS))
    document.stop_if_wrong()
    scalars: dict[str, Any] = {}
    with document.collecting():
        scalars = _scalars(document, output)
    for section in SECTIONS:
        with document.collecting():
            _check_names(section, document)
    document.stop_if_wrong()
    return scalars


def _parts(document: Document) -> dict[str, Any]:
    """Return what each section describes, by name."""
    sources = _each("sources", document, lambda name: parse_source(name, document))
    engines = _each("engines", document, lambda name: parse_engine(name, document))
    engines = {name: linked(name, engines, document) for name in engines}
    streams = _each("streams", document, lambda name: parse_stream(name, document))
    document.stop_if_wrong()
    datasets = _each("datasets", document, lambda name: parse_dataset(name, document, streams))
    document.stop_if_wrong()
    return {"sources": sources, "engines": engines, "streams": streams, "datasets": datasets}


def _each(section: str, document: Document, parse: Callable[[str], Item]) -> dict[str, Item]:
    found = {}
    for name in document.data.get(section) or {}:
        with document.collecting():
            found[name] = parse(name)
    return found


def _scalars(document: Document, output: str) -> dict[str, Any]:
    """Return the recipe's `name`, `seed`, `output`, `memory` and `runner`."""
    data = document.data
    values = {key: data.get(key) for key in ("name", "seed", "output", "memory")}
    for key in ("name", "output", "memory"):
        value = values[key]
        if value is not None and (not isinstance(value, str) or not value.strip() or not value.isprintable()):
            hint = " (quotes make it text)" if isinstance(value, int | float) else ""
            raise document.error((key,), f"expected a line of text, got {document.shown(value)}{hint}")
    seed = 0 if values["seed"] is None else values["seed"]
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 1 << 63:
        raise document.error(("seed",), f"expected a whole number from 0 to 2^63 - 1, got {document.shown(seed)}")
    target = posixpath.expanduser(output or values["output"] or "")
    if not target:
        raise document.error((), "'output' is missing: name the folder to write (`run` takes --output DIR instead)")
    memory = posixpath.expanduser(values["memory"] or "") or posixpath.join(
        posixpath.dirname(target.rstrip("/")), "langloom-memory"
    )
    for key, folder in (("output", target), ("memory", memory)):
        if has_pattern(folder):
            raise document.error((key,) if values[key] else (), f"{key} {folder}: {NO_PATTERN}")
    if values["memory"] and is_below(memory, target):
        raise document.error(("memory",), f"{memory} is in the output folder {target}: name one beside it")
    name = values["name"] or _of_file(document.file)
    return {"name": name, "seed": seed, "output": target, "memory": memory, "runner": _runner(document)}


def _of_file(file: str) -> str:
    """Return the name of a recipe that says none: its file's, in which there may be anything."""
    stem = "".join(char if char.isprintable() else " " for char in Path(file).stem)
    return " ".join(stem.split()) or "recipe"


def _runner(document: Document) -> dict[str, Any]:
    options = document.data.get("runner")
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise document.error(("runner",), f"expected Beam options by name, got {document.shown(options)}")
    for name, value in options.items():
        path: KeyPath = ("runner", name)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
            raise document.error(
                path, f"{name!r} is no name of a Beam option; they are written without dashes in front"
            )
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, list | Mapping):
                raise document.error(path, f"expected a text, a number or a list of them, got {document.shown(value)}")
    return dict(options)


def _check_names(section: str, document: Document) -> None:
    entries = document.data.get(section)
    if entries is None and section == "engines":
        return
    if entries is not None and not isinstance(entries, Mapping):
        what = document.shown(entries, (section,))
        raise document.error((section,), f"expected a mapping of names to what they are, got {what}")
    if not entries:
        raise document.error((section,) if entries is not None else (), f"{section!r} is missing or empty")
    for name in entries:
        path: KeyPath = (section, name)
        if not NAME.fullmatch(name):
            message = f"{name!r} can't be a name: it begins with a letter or digit, then letters, digits, `_`, `.`, `-`"
            raise document.error(path, message)
        if section == "streams" and name in SHORTHANDS:
            raise document.error(path, f"{name!r} means something as a mix or an order; call the stream otherwise")
        sources = document.data.get("sources")
        if section == "streams" and isinstance(sources, Mapping) and name in sources:
            raise document.error(path, f"{name!r} is a source too, so that `from: {name}` could mean either")
