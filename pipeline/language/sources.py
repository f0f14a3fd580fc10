"""The `sources` of a recipe: their format, and the columns of examples that theirs become."""

from collections.abc import Mapping

import transforms
from pipeline.language.parameters import build, build_part, only_one
from pipeline.language.place import Place
from transforms.example import SCHEMA
from transforms.read.source import MAPPABLE, Source
from transforms.suggestions import unknown


def parse_source(place: Place) -> Source:
    """Return the source that the recipe describes; relative paths are taken from the recipe's folder."""
    if not isinstance(place.value, Mapping):
        raise place.expected("a mapping such as `jsonl: FILE`")
    formats = sorted(transforms.known("sources"))
    common = [field for field in Source.__dataclass_fields__ if field not in ("name", "order", "reader")]
    place.check_keys([*formats, *common])
    described = only_one("format", place, formats)
    reader = build_part("sources", described)
    _check_columns(place.at("columns"))
    order = list(place.document.data["sources"]).index(place.name)
    made: Source = build(Source, place.without(described.name), name=place.name, order=order, reader=reader)
    return made


def _check_columns(columns: Place) -> None:
    for column in columns.inner() if isinstance(columns.value, Mapping) else ():
        name, raw = column.name, column.value
        if name in SCHEMA.names and name not in MAPPABLE:
            raise column.error(f"{name!r} is made by langloom and can't be mapped")
        if name not in MAPPABLE and raw in MAPPABLE:
            raise column.error(f"an example's column comes first, then the file's: write `{raw}: {name}`")
        if name not in MAPPABLE:
            raise column.error(unknown("column", name, MAPPABLE))
