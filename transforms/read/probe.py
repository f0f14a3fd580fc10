"""A look at a source's first rows before a run: mistakes in a recipe show there, and not as a million rejects."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from transforms.read.block import Bad, Row, take
from transforms.read.files import SourceError
from transforms.read.mapping import IN_CONVERSATION
from transforms.read.values import ABSENT, value_at
from transforms.suggestions import did_you_mean

if TYPE_CHECKING:
    from transforms.read.source import Source

ROWS = 1000
"""So many rows are looked at."""

DEPTH = 3
"""Nested columns are named down to this depth."""


def probe(source: "Source") -> list[str]:
    """Return what is doubtful in the first rows.

    SourceError where no row can be read, a column that the recipe names is in none, or nothing is mapped.
    """
    rows, bad = _first_rows(source)
    if not rows:
        first = f"; the first: {bad[0]}" if bad else ""
        raise SourceError(f"source {source.name!r}: none of its first {len(bad):,} rows can be read{first}")
    known = _columns(rows)
    required, own = source.mapped()
    made = {*required, *source.constants, *(("system", *IN_CONVERSATION) if source.conversation else ())}
    asked = [(f"columns: {name}", path) for name, path in required.items()]
    asked += [("conversation", source.conversation)] if source.conversation else []
    asked += [("group_by", own.get(name, path)) for name, path in source.group_paths().items() if name not in made]
    asked += [("keep", path) for path in source.keep]
    for key, path in asked:
        if not any(_holds(row, path) for row in rows) and any(value_at(row, path) is ABSENT for row in rows):
            what = f"{key}: none of the first {len(rows):,} rows has {path!r}"
            raise SourceError(f"source {source.name!r}: {what}{_near(path, known)}")
    content = {"instruction", "input", "output"}
    has_own = any(name in content and any(path in row for row in rows) for name, path in own.items())
    if not (source.conversation or has_own or content & set(required)):
        part = next((name for name in sorted(content) if len(known) == 1 and name in known[0]), "")
        what = _near(part, known) if part else f"; map some of its columns: {', '.join(known) or 'it has none'}"
        raise SourceError(f"source {source.name!r}: nothing becomes instruction, input or output{what}")
    return [f"source {source.name!r}: {said}" for said in _nearly_own(own, rows, {path for _, path in asked})]


def _holds(row: Row, path: str) -> bool:
    """Say whether a row has something at a path; what is below a null tells nothing, since all names are."""
    parent = path.rpartition(".")[0]
    return path in row or (value_at(row, path) is not ABSENT and (not parent or value_at(row, parent) is not None))


def _nearly_own(own: Mapping[str, str], rows: list[Row], taken: set[str]) -> Iterator[str]:
    """Yield columns that bear one of the schema's names but for case or white space, and so are passed over."""
    known = dict.fromkeys(key for row in rows for key in row)
    for name, path in own.items():
        near = next((key for key in known if key.strip().casefold() == path), None)
        if path not in known and near is not None and near not in taken:
            takes, leaves = f"columns: {{{name}: {near!r}}}", f"{{{name}: ''}}"
            yield f"its column {near!r} isn't taken for {name}; {takes} takes it, {leaves} says that it isn't meant"


def _first_rows(source: "Source") -> tuple[list[Row], list[str]]:
    good: list[Row] = []
    bad: list[str] = []
    for block in source.blocks(ROWS):
        try:
            for rows in take(source.reader.read(block), block.rows):
                for place, item in zip(rows.places, rows.items, strict=True):
                    if isinstance(item, Bad):
                        bad.append(f"{rows.place % place}: {item.detail}")
                    else:
                        good.append(item)
        except SourceError as error:
            raise SourceError(f"source {source.name!r}: {error}") from error
    return good, bad


def _columns(rows: list[Row]) -> list[str]:
    """Return the dotted paths that the rows hold, in the order in which they come."""
    found: dict[str, None] = {}
    for row in rows:
        todo = [(key, value, 1) for key, value in reversed(row.items())]
        while todo:
            path, value, depth = todo.pop()
            found[path] = None
            if isinstance(value, dict) and depth < DEPTH:
                todo += [(f"{path}.{key}", inner, depth + 1) for key, inner in reversed(value.items())]
    return list(found)


def _near(path: str, known: list[str]) -> str:
    if len(known) == 1 and path in known[0] and path != known[0]:
        return f"; its only column is {known[0]!r}: is its delimiter another?"
    return did_you_mean(path, known) or f"; its columns are: {', '.join(known) or 'none'}"
