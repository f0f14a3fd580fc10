"""The `engines` of a recipe, and which of them name others."""

import re
from collections.abc import Mapping
from typing import Any

import transforms
from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.parameters import build, only_one, with_files
from transforms.key_path import KeyPath


def parse_engine(name: str, document: Document) -> Any:
    """Return the engine that the recipe describes."""
    path: KeyPath = ("engines", name)
    data = document.data["engines"][name]
    if not isinstance(data, Mapping):
        raise document.error(path, f"expected a mapping such as `firefox: {{...}}`, got {document.shown(data)}")
    kinds = sorted(transforms.known("engines"))
    for key in data:
        if key not in kinds:
            raise document.error((*path, key), unknown("engine", key, kinds))
    kind = only_one("engine", data, kinds, document, path)
    _check_api_keys(data[kind], document, (*path, kind))
    made = build(transforms.find("engines", kind), data[kind], document, (*path, kind))
    return with_files(made, document, (*path, kind))


def linked(name: str, engines: Mapping[str, Any], document: Document) -> Any:
    """Return an engine with the others that it names."""
    engine = engines[name]
    if not hasattr(engine, "linked"):
        return engine
    try:
        return engine.linked(engines)
    except ValueError as error:
        document.note(("engines", name), str(error))
        return engine


def _check_api_keys(data: Any, document: Document, path: KeyPath) -> None:
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        where = (*path, key)
        for each in value if isinstance(value, list) else [value]:
            if key == "api_key" and not (isinstance(each, str) and re.fullmatch(r"(env|file):.+", each)):
                message = "a key is only ever named, as env:NAME or file:PATH; its value is not shown"
                raise document.error(where, message)
        _check_api_keys(value, document, where)
