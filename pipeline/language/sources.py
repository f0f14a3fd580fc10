"""The `sources` of a recipe: their format, and the columns of examples that theirs become."""

from collections.abc import Mapping
from typing import Any

import transforms
from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.parameters import build, only_one
from transforms.example import SCHEMA
from transforms.key_path import KeyPath
from transforms.read.source import MAPPABLE, Source


def parse_source(name: str, document: Document) -> Source:
    """Return the source that the recipe describes; relative paths are taken from the recipe's folder."""
    path: KeyPath = ("sources", name)
    data = document.data["sources"][name]
    if not isinstance(data, Mapping):
        raise document.error(path, f"expected a mapping such as `jsonl: FILE`, got {document.shown(data)}")
    formats = sorted(transforms.known("sources"))
    common = [field for field in Source.__dataclass_fields__ if field not in ("name", "order", "reader")]
    for key in data:
        if key not in formats and key not in common:
            raise document.error((*path, key), unknown("key", key, [*formats, *common]))
    format_ = only_one("format", data, formats, document, path)
    reader = build(transforms.find("sources", format_), data[format_], document, (*path, format_))
    _check_columns(data.get("columns"), document, (*path, "columns"))
    rest = {key: value for key, value in data.items() if key != format_}
    base = document.folder
    order = list(document.data["sources"]).index(name)
    made: Source = build(Source, rest, document, path, name=name, order=order, reader=reader.resolved(base))
    return made


def _check_columns(columns: Any, document: Document, path: KeyPath) -> None:
    for column, raw in columns.items() if isinstance(columns, Mapping) else ():
        if column in SCHEMA.names and column not in MAPPABLE:
            raise document.error((*path, column), f"{column!r} is made by langloom and can't be mapped")
        if column not in MAPPABLE and raw in MAPPABLE:
            message = f"an example's column comes first, then the file's: write `{raw}: {column}`"
            raise document.error((*path, column), message)
        if column not in MAPPABLE:
            raise document.error((*path, column), unknown("column", column, MAPPABLE))
