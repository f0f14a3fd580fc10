"""Values of raw rows: found by dotted paths, told as text, written in one canonical form."""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import orjson

from transforms.read.block import Bad, Row


class Absent:
    """What is found where a row has nothing at a path; a null is something."""


ABSENT = Absent()


class WrongTypeError(ValueError):
    """A value isn't of the type that its column needs."""

    reason = "wrong_type"


class WrongEncodingError(WrongTypeError):
    """Bytes stand where text is expected, and aren't UTF-8."""

    reason = "encoding"


def value_at(row: Row, path: str) -> Any:
    """Return what is at a dotted path: keys of objects, positions in lists; ABSENT where there is nothing.

    A key that itself holds dots wins over the path. What lies below a null is null.
    """
    if path in row:
        return row[path]
    here: Any = row
    for key in path.split("."):
        if isinstance(here, dict):
            if key not in here:
                return ABSENT
            here = here[key]
        elif isinstance(here, list | tuple):
            if not (key.isascii() and key.isdigit() and int(key) < len(here)):
                return ABSENT
            here = here[int(key)]
        else:
            return None if here is None else ABSENT
    return here


def column(rows: Sequence[Row], path: str) -> list[Any]:
    """Return what each row has at a path."""
    if "." in path:
        return [value_at(row, path) for row in rows]
    return [row.get(path, ABSENT) for row in rows]


def as_text(value: Any) -> str:
    """Return a value as text: null and NaN are empty, numbers and booleans are their JSON, dates ISO 8601.

    Infinity, for which JSON has nothing, is `Infinity`.

    Raises WrongTypeError for lists and objects, WrongEncodingError for bytes that aren't UTF-8.
    """
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list | tuple | dict):
        raise WrongTypeError(f"{'an object' if isinstance(value, dict) else 'a list'} where text is expected")
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise WrongEncodingError("bytes that aren't UTF-8 where text is expected") from None
    return canonical_value(value).decode().strip('"')


def any_text(value: Any) -> str:
    """Return any value as text: as `as_text` does, lists and objects as their JSON."""
    if isinstance(value, str):
        return value
    try:
        return as_text(value)
    except WrongTypeError:
        return canonical_value(value).decode()


def canonical_value(value: Any) -> bytes:
    """Return a value as JSON with sorted keys: the form that doesn't depend on the format it was read from."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=_plain)


def canonical(rows: Sequence[Row]) -> list[bytes | Bad]:
    """Return each row in the canonical form; Bad where it has none, being nested too deeply."""
    try:
        return [orjson.dumps(row, option=orjson.OPT_SORT_KEYS, default=_plain) for row in rows]
    except orjson.JSONEncodeError:
        return [_canonical_or_bad(row) for row in rows]


def _canonical_or_bad(row: Row) -> bytes | Bad:
    try:
        return canonical_value(row)
    except orjson.JSONEncodeError as error:
        keys = ", ".join(sorted(row))[:2000].encode("utf-8", "replace")
        return Bad("malformed", f"can't be written as JSON: {error}", keys, _structure(row))


def _structure(row: Row) -> bytes:
    """Return bytes that tell this row from others, whatever its depth."""
    found, todo = [], [row]
    while todo:
        here: Any = todo.pop()
        if isinstance(here, dict):
            found.append("{" + ",".join(here))
            todo.extend(here.values())
        elif isinstance(here, list | tuple):
            found.append(f"[{len(here)}")
            todo.extend(here)
        else:
            found.append(repr(here))
    return "\n".join(found).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.hex()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.datetime):  # of pandas, as times to the nanosecond are
        return value.isoformat()
    return str(value)
