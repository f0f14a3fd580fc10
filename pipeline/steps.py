"""`langloom steps`: everything that a recipe may name, told by its own documentation."""

import dataclasses
import inspect
from typing import Any

from transforms import RegistrationError, find, known
from transforms.formats.template_file import load

KINDS = ("sources", "rules", "steps", "engines", "sinks")

UNDER = {"rule": "keep", "sink": "write"}
"""The keys of a recipe under which these kinds stand."""


def catalogue() -> list[dict[str, Any]]:
    """Return kind, name, first line, whole documentation and parameters of everything registered.

    What another package registers and can't be used is among them: its documentation says why.
    """
    return [_described(kind, name) for kind in KINDS for name in known(kind)] + _formats()


def _described(kind: str, name: str) -> dict[str, Any]:
    described = {"kind": kind.rstrip("s"), "name": name}
    try:
        made = find(kind, name)
    except RegistrationError as error:
        return _unusable(described, error)
    text = inspect.cleandoc(made.__doc__ or "")
    parameters = [_parameter(field) for field in dataclasses.fields(made) if field.init]
    return {**described, "summary": text.partition("\n")[0], "documentation": text, "parameters": parameters}


def _unusable(described: dict[str, Any], error: Exception) -> dict[str, Any]:
    text = f"Can't be used: {error}"
    return {**described, "summary": text, "documentation": text, "parameters": []}


def entry(name: str) -> list[dict[str, Any]]:
    """Return the entries of this name; several kinds may share one. Those of `keep` are its rules."""
    return [found for found in catalogue() if found["name"] == name or (name, found["kind"]) == ("keep", "rule")]


def format_entries(entries: list[dict[str, Any]], whole: bool) -> str:
    """Return the entries as text: a line each, or (`whole`) with documentation and parameters."""
    lines = []
    kind = ""
    for found in entries:
        if whole:
            lines.append(f"{found['name']} ({found['kind']})\n\n{found['documentation']}\n")
            lines += [f"  {each['name']}: {each['type']}{each['default']}" for each in found["parameters"]]
            continue
        if found["kind"] != kind:
            kind = found["kind"]
            head = f"{kind}s of {UNDER[kind]}" if kind in UNDER else f"{kind}s"
            lines.append(head if not lines else f"\n{head}")
        lines.append(f"  {found['name']:<22} {found['summary']}")
    return "\n".join(lines) + "\n"


def _parameter(field: "dataclasses.Field[Any]") -> dict[str, Any]:
    kind = field.type if isinstance(field.type, str) else inspect.formatannotation(field.type)
    default = ""
    if field.default is not dataclasses.MISSING:
        default = f" = {field.default!r}"
    elif field.default_factory is not dataclasses.MISSING:
        default = f" = {field.default_factory()!r}"
    return {"name": field.name, "type": kind.replace("typing.", ""), "default": default}


def _formats() -> list[dict[str, Any]]:
    found = []
    for file, location in known("formats").items():
        try:
            templates = sorted(load(location).items())
        except ValueError as error:
            found.append(_unusable({"kind": "format", "name": file}, error))
            continue
        for name, template in templates:
            text = f"{template.about}\n\nAfter {template.source}\n"
            entry = {"kind": "format", "name": f"{file}.{name}", "summary": template.about, "documentation": text}
            found.append({**entry, "parameters": []})
    return found
