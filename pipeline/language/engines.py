"""The `engines` of a recipe, and which of them name others."""

import re
from collections.abc import Mapping
from typing import Any

import transforms
from pipeline.language.document import Document
from pipeline.language.parameters import build_part, only_one
from pipeline.language.place import Place
from transforms.optional_methods import Linkable


def parse_engine(place: Place) -> Any:
    """Return the engine that the recipe describes."""
    if not isinstance(place.value, Mapping):
        raise place.expected("a mapping such as `firefox: {...}`")
    kinds = sorted(transforms.known("engines"))
    place.check_keys(kinds, "engine")
    described = only_one("engine", place, kinds)
    _check_api_keys(described)
    return build_part("engines", described)


def linked(name: str, engines: Mapping[str, Any], document: Document) -> Any:
    """Return an engine with the others that it names."""
    engine = engines[name]
    if not isinstance(engine, Linkable):
        return engine
    try:
        return engine.linked(engines)
    except ValueError as error:
        document.note(("engines", name), str(error))
        return engine


def _check_api_keys(place: Place) -> None:
    if not isinstance(place.value, Mapping):
        return
    for inner in place.inner():
        for each in inner.value if isinstance(inner.value, list) else [inner.value]:
            if inner.name == "api_key" and not (isinstance(each, str) and re.fullmatch(r"(env|file):.+", each)):
                raise inner.error("a key is only ever named, as env:NAME or file:PATH; its value is not shown")
        _check_api_keys(inner)
