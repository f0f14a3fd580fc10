"""Parameters of a step, a rule, a source or an engine: a mapping in the recipe, checked against a dataclass's fields.

Types are strict: `"3"` is no number and 1 is no boolean; a whole number is fine for a float and a list for a tuple.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

import transforms
from pipeline.errors import Problem, RecipeError
from pipeline.language.place import Place
from transforms.key_path import KeyPath
from transforms.optional_methods import Resolvable
from transforms.suggestions import did_you_mean, unknown

EXTRA, MODEL = "extra_forbidden", "model_type"
EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping of names to values",
    "none": "nothing",
}
"""What pydantic's error types (up to the first `_type`, `_parsing`, ...) ask for, in a recipe's words."""


def build(cls: Any, place: Place, **given: Any) -> Any:
    """Return an instance of a dataclass whose fields are set by the value of a place.

    Nothing (null) means all defaults; where the class has a `shorthand`, a scalar or list stands for that field, and
    where a field is a list, a scalar for a list of one.
    Fields that are `given` come from the caller, and the recipe can't set them. RecipeError names what is wrong.
    """
    place = replace(place, value=_spread(cls, place.value))
    if not isinstance(place.value, Mapping):
        known = ", ".join(field.name for field in fields(cls))
        wanted = place.expected(f"a mapping of parameters ({known})")
        raise wanted if known else place.error(f"takes no parameters, got {place.shown}")
    try:
        model = _model(cls, frozenset(given)).model_validate_json(json.dumps(place.value), strict=True)
    except ValidationError as error:
        raise _explain(error, cls, frozenset(given), place) from None
    return _construct(cls, model, given, place)


def build_part(kind: str, place: Place) -> Any:
    """Return the part that is registered under the place's name, made of the place's value.

    The files that it names are read; relative paths are taken from the recipe's folder. RecipeError where one can't be.
    """
    made = build(transforms.find(kind, place.name), place)
    if not isinstance(made, Resolvable):
        return made
    try:
        return made.resolved(place.document.folder)
    except OSError as error:
        raise place.error(f"{error.filename} can't be read: {error.strerror}") from None
    except ValueError as error:
        raise place.error(str(error)) from None


def only_one(what: str, place: Place, registered: list[str]) -> Place:
    """Return the place of the only key that names a format or an engine."""
    given = [inner for inner in place.inner() if inner.name in registered]
    if len(given) > 1:
        raise given[1].error(f"has two {what}s, {given[0].name} and {given[1].name}; it takes one")
    if not given:
        raise place.error(f"names no {what}; there are {', '.join(registered)}")
    return given[0]


def _spread(cls: Any, data: Any) -> Any:
    """Return the value with shorthands written out, also in fields that are dataclasses themselves.

    Where a field is a list, a scalar stands for a list of one.
    """
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        short = getattr(cls, "shorthand", None)
        if short is None:
            return data
        data = {short: data}
    hints = _hints(cls)
    return {name: _spread_field(hints[name], value) if name in hints else value for name, value in data.items()}


def _spread_field(hint: Any, value: Any) -> Any:
    found = _dataclasses(hint)
    if found and len(get_args(hint)) in (0, 2):  # that one alone, or it or one other type, such as None
        cls = found[0]
        required = any(field.default is MISSING and field.default_factory is MISSING for field in fields(cls))
        return None if value is None and cls is not hint and required else _spread(cls, value)
    listed = get_origin(hint) is tuple and get_args(hint)[1:] == (...,)
    return [value] if listed and isinstance(value, str | int | float) else value


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls) if field.init}


def _dataclasses(hint: Any) -> list[Any]:
    """Return the type if it is a dataclass; of a union, those of its types that are."""
    parts = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return [part for part in parts if isinstance(part, type) and is_dataclass(part)]


@cache
def _model(cls: Any, given: frozenset[str]) -> type[BaseModel]:
    # Fields get numbers for names, since `copy`, `json` or `model_dump` would shadow what a model has.
    wanted: dict[str, Any] = {}
    for at, field in enumerate(fields(cls)):
        if field.init and field.name not in given:
            optional = field.default is not MISSING or field.default_factory is not MISSING
            hint = _modelled(_hints(cls)[field.name])
            wanted[f"field_{at}"] = (hint, Field(None if optional else ..., alias=field.name))
    config = ConfigDict(extra="forbid")
    return create_model(cls.__name__, __config__=config, **wanted)


def _modelled(hint: Any) -> Any:
    """Return the type with dataclasses replaced by their models."""
    if isinstance(hint, type) and is_dataclass(hint):
        return _model(hint, frozenset())
    origin, inside = get_origin(hint), get_args(hint)
    if not inside or origin is Literal:
        return hint
    replaced = tuple(_modelled(part) if part is not ... else part for part in inside)
    return Union[replaced] if origin in (Union, types.UnionType) else origin[replaced]  # noqa: UP007


def _construct(cls: Any, model: BaseModel, given: Mapping[str, Any], place: Place) -> Any:
    values = dict(given)
    hints = _hints(cls)
    for at, field in enumerate(fields(cls)):
        if f"field_{at}" in model.model_fields_set:
            value = getattr(model, f"field_{at}")
            values[field.name] = _unmodelled(value, hints[field.name], place.at(field.name))
    try:
        return cls(**values)
    except ValueError as error:
        raise place.error(str(error)) from None


def _unmodelled(value: Any, hint: Any, place: Place) -> Any:
    if isinstance(value, BaseModel):
        cls = next(cls for cls in _dataclasses(hint) if isinstance(value, _model(cls, frozenset())))
        return _construct(cls, value, {}, place)
    inside = get_args(hint)
    if isinstance(value, tuple | list):
        kinds = inside[0] if inside else Any
        return type(value)(_unmodelled(item, kinds, place.at(at)) for at, item in enumerate(value))
    if isinstance(value, dict):
        kind = inside[-1] if inside else Any
        return {name: _unmodelled(item, kind, place.at(name)) for name, item in value.items()}
    return value


def _explain(error: ValidationError, cls: Any, given: frozenset[str], place: Place) -> RecipeError:
    """Return pydantic's findings as one problem a place, in the recipe's words."""
    found, lacking = _findings(error, place.value)
    problems: list[Problem] = []
    for at, names in lacking.items():
        if any(other[:-1] == at and errors[0]["type"] == EXTRA for other, errors in found.items()):
            continue  # most likely it is there, misspelt
        message = f"{', '.join(map(repr, names))} {'is' if len(names) == 1 else 'are'} missing"
        problems += place.at(*at).error(message).problems
    for at, errors in found.items():
        inner = place.at(*at)
        if any(other[: len(at)] == at and other != at for other in (*found, *lacking)):
            continue  # another branch of the union got further, and says more
        if at in lacking and isinstance(inner.value, Mapping):
            continue  # so did the branch that only lacks something
        if errors[0]["type"] == EXTRA:
            problems += inner.error(unknown("key", inner.name, _names(cls, at[:-1], given))).problems
        else:
            keys = _names(cls, at, given) if any(one["type"] == MODEL for one in errors) else []
            problems += _mistyped(errors, keys, inner).problems
    return RecipeError(problems)


def _findings(error: ValidationError, data: Any) -> tuple[dict[KeyPath, list[Any]], dict[KeyPath, list[str]]]:
    """Return pydantic's errors by the place that they are about, and the names of what each place lacks."""
    found: dict[KeyPath, list[Any]] = {}
    lacking: dict[KeyPath, list[str]] = {}
    for one in error.errors(include_url=False, include_input=False):
        at, loose = _divided(one["loc"], data)
        last = loose[-1] if loose else ""
        if one["type"] != "missing":
            found.setdefault(at, []).append(one)
        elif isinstance(last, int):
            others = [other for other in found.get(at, []) if other["type"] != "too_short"]
            found[at] = [*others, {"type": "too_short", "ctx": {"min_length": last + 1}}]
        else:
            lacking.setdefault(at, []).append(last)
    return found, lacking


def _names(cls: Any, path: KeyPath, given: frozenset[str]) -> list[str]:
    """Return the parameters of the dataclass that stands at a path within the parameters of `cls`."""
    hint: Any = cls
    for step in path:
        owners = _dataclasses(hint)  # a mapping must have been meant for the first
        hint = _hints(owners[0])[str(step)] if owners else get_args(hint)[-1 if isinstance(step, str) else 0]
    return [name for name in _hints(_dataclasses(hint)[0]) if path or name not in given]


def _divided(loc: tuple[str | int, ...], data: Any) -> tuple[KeyPath, tuple[str | int, ...]]:
    """Return the part of pydantic's location that is in the data, and what isn't (branches of unions, lacking keys)."""
    path: KeyPath = ()
    loose: tuple[str | int, ...] = ()
    for step in loc:
        inside = (isinstance(data, Mapping) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if inside:
            path, data = (*path, step), data[step]
        else:
            loose = (*loose, step)
    return path, loose


def _mistyped(errors: list[dict[str, Any]], keys: list[str], place: Place) -> RecipeError:
    """Return the error that says what was wanted; `keys` are those of the mapping, where one was wanted."""
    value, wanted, hint = place.value, [], ""
    for error in errors:
        if error["type"] == "literal_error":
            choices = error["ctx"]["expected"].replace(" or ", ", ")
            wanted.append(f"one of {choices}")
            if isinstance(value, str):
                hint = did_you_mean(value, choices.replace("'", "").split(", ")) or hint
        elif error["type"] == MODEL:
            wanted.append(f"a mapping ({', '.join(keys)})")
        else:
            wanted.append(_wanted(error))
    if wanted == ["text"] and isinstance(value, int | float):
        hint = " (quotes make it text)"
    elif isinstance(value, str) and len(wanted) == 1 and wanted[0].endswith("number") and _is_number(value):
        hint = " (it is in quotes, or has a `_` or `,` in it)"
    return place.expected(" or ".join(dict.fromkeys(wanted)), hint)


def _wanted(error: dict[str, Any]) -> str:
    """Return what one of pydantic's errors asks for, in a recipe's words."""
    if error["type"] in ("too_short", "too_long"):
        at_most = error["ctx"].get("max_length")
        return f"a list of {at_most if at_most is not None else error['ctx']['min_length']}"
    kind = error["type"] if error["type"] in EXPECTED else error["type"].rsplit("_", 1)[0]
    return EXPECTED.get("int" if kind.startswith("int") else kind) or f"otherwise ({error['msg']})"


def _is_number(text: str) -> bool:
    return text.replace("_", "").replace(",", "").replace(".", "", 1).lstrip("+-").isdecimal()
