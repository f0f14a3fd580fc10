"""From rows as read to batches of examples, and to rejects for the rows that can't become one."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from transforms.example import example_id, group_id, make_batch
from transforms.read import block as blocks
from transforms.read.block import Bad, Row, Rows
from transforms.read.mapping import Columns, Objections, map_column, map_conversation
from transforms.read.values import ABSENT, any_text, canonical, canonical_value, column, value_at
from transforms.steps import reject

if TYPE_CHECKING:
    from transforms.read.source import Source

SHOWN = 2000
"""So many characters of a rejected row are kept."""


def to_examples(source: "Source", rows: Rows, stream: str) -> tuple[pa.RecordBatch, pa.RecordBatch | None]:
    """Return the examples that the rows give, in their order, and the rejects (None where there are none)."""
    good, places, rejected = _readable(rows)
    forms = canonical(good)
    objections: Objections = {}
    columns = _columns(source, good, objections)
    keys = _group_keys(source, good, columns, objections)
    rejected |= {places[at]: bad for at, bad in _unfit(forms, objections)}
    if rejected:
        kept = [at for at, place in enumerate(places) if place not in rejected]
        places = [places[at] for at in kept]
        good, forms = [good[at] for at in kept], [forms[at] for at in kept]
        columns = {name: [values[at] for at in kept] for name, values in columns.items()}
        keys = keys and [[values[at] for at in kept] for values in keys]

    batch = make_batch(
        len(good),
        {
            **source.constant_columns(),
            **columns,
            **_meta(source, good),
            **_lines(source, rows, places),
            "id": [example_id(source.name, form) for form in forms if isinstance(form, bytes)],
            "group": _groups(good, keys),
        },
    )
    return batch, _rejects(source, rows, rejected, stream) if rejected else None


def _readable(rows: Rows) -> tuple[list[Row], Sequence[int], dict[int, Bad]]:
    """Return the rows that could be read, the number of each, and the others by their numbers."""
    if set(map(type, rows.items)) == {dict}:
        return list(rows.items), range(len(rows.items)), {}  # type: ignore[arg-type]
    bad = {at: item for at, item in enumerate(rows.items) if isinstance(item, Bad)}
    places = [at for at in range(len(rows.items)) if at not in bad]
    return [item for item in rows.items if not isinstance(item, Bad)], places, bad


def _unfit(forms: Sequence[bytes | Bad], objections: Objections) -> Iterator[tuple[int, Bad]]:
    """Yield the rows that can't become examples, by number, given their canonical forms."""
    for at, form in enumerate(forms):
        if isinstance(form, Bad):
            yield at, form
        elif len(form) > blocks.MAX_ROW_BYTES:
            limit = blocks.MAX_ROW_BYTES >> 20
            yield at, Bad("too_large", f"a row of {len(form):,} bytes; the limit is {limit} MiB", form)
        elif at in objections:
            yield at, Bad(*objections[at], form)


def _columns(source: "Source", rows: Sequence[Row], objections: Objections) -> Columns:
    required, own = source.mapped()
    columns: Columns = {}
    if source.conversation:
        columns = map_conversation(rows, source.conversation, objections)
    there = set().union(*rows)
    for name, path in own.items():
        if path in there:
            columns[name] = map_column(rows, name, path, False, objections)
    for name, path in required.items():
        values = map_column(rows, name, path, True, objections)
        if name in columns:
            values = [first or second for first, second in zip(columns[name], values, strict=True)]
        columns[name] = values
    return columns


def _group_keys(
    source: "Source", rows: Sequence[Row], columns: Columns, objections: Objections
) -> list[list[str]] | None:
    """Return the values that the group is made of, a list for each of `group_by`; None where it is the whole row."""
    _, own = source.mapped()
    keys = []
    for name, path in sorted(source.group_paths().items()):
        if name in columns and name not in own:
            keys.append([any_text(value) for value in columns[name]])
        elif name in source.constants:
            keys.append([source.constants[name]] * len(rows))
        else:
            path = own.get(name, path)
            values = column(rows, path)
            for at, value in enumerate(values):
                if value is ABSENT:
                    objections.setdefault(at, ("missing_column", f"there is no {path!r} for the group"))
            keys.append(["" if value is ABSENT else any_text(value) for value in values])
    return keys or None


def _groups(rows: Sequence[Row], keys: list[list[str]] | None) -> list[str]:
    if keys is not None:
        return [group_id(values) for values in zip(*keys, strict=True)]
    return [group_id(map(any_text, map(row.__getitem__, sorted(row)))) for row in rows]


def _meta(source: "Source", rows: Sequence[Row]) -> Columns:
    if not source.keep:
        return {}
    found: list[dict[str, Any]] = [
        {path: value for path in source.keep if (value := value_at(row, path)) is not ABSENT} for row in rows
    ]
    return {"meta": [canonical_value(values).decode() for values in found]}


def _lines(source: "Source", rows: Rows, places: Sequence[int]) -> dict[str, pa.Array]:
    """Return the numbers of the lines that these rows stand on, from 0, where the source numbers them."""
    return {"_line": pa.array([rows.places[at] - 1 for at in places], pa.int64())} if source.numbered else {}


def _rejects(source: "Source", rows: Rows, rejected: dict[int, Bad], stream: str) -> pa.RecordBatch:
    found = sorted(rejected.items())
    raw = [bad.raw[: 4 * SHOWN].decode("utf-8", "replace")[:SHOWN] for _, bad in found]
    batch = make_batch(
        len(found),
        {
            "id": [example_id(source.name, bad.key or bad.raw) for _, bad in found],
            "source": source.name,
            "meta": [canonical_value({"raw": text}).decode() for text in raw],
        },
    )
    reasons = [bad.reason for _, bad in found]
    return reject(
        batch, stream, "read", reasons, [f"{rows.place % rows.places[at]}: {bad.detail}" for at, bad in found]
    )
