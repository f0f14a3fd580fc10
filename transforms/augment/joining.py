"""What examples must have in common to be merged, and what is made of them."""

import json
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from transforms.example import derived_id, digest

TEXTS = ("instruction", "input", "output")
"""The columns that are joined."""

ALIKE = ("source", "task", "input_lang", "output_lang", "system", "origin", "template", "license")
"""The columns in which they must be alike."""


def kinds(batch: pa.RecordBatch) -> list[bytes]:
    """Return what must be alike, as a hash for each row; empty where a row can't be merged at all.

    That is, where there is a history. Of what an example was before translation (`_source`) the languages and the names
    of the translated fields must be alike, too. The number of its line (`_line`) is no other example's.
    """
    names = [*ALIKE, *(name for name in batch.schema.names if name.startswith("_") and name != "_line")]
    rows = batch.select([*names, "history"]).to_pylist()
    return [b"" if row["history"] else digest(*(_likeness(row[name]) for name in names)) for row in rows]


def _likeness(value: Any) -> str:
    """Return what must be alike of a value: of a struct, all but the texts that are joined."""
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if name not in TEXTS}
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def merged_id(ids: Sequence[str], joint: str) -> str:
    """Return the id of what is merged of the examples of these ids, in this order."""
    return derived_id(ids[0], "augment", "merge", joint, *ids[1:])


def joined(rows: Sequence[dict[str, Any]], joint: str) -> dict[str, Any]:
    """Return the first row with the texts of all, in order, an id derived from theirs, and no scores.

    Texts that are empty leave no joint behind. `meta` holds what all have in common, and their ids as `merged`.
    """
    ids = [row["id"] for row in rows]
    metas = [orjson.loads(row["meta"]) for row in rows]
    common = {
        key: value for key, value in metas[0].items() if all(key in meta and meta[key] == value for meta in metas)
    }
    meta = orjson.dumps({**common, "merged": ids}, option=orjson.OPT_SORT_KEYS).decode()
    made = {**rows[0], **_texts(rows, joint), "id": merged_id(ids, joint), "scores": [], "meta": meta}
    for name, value in rows[0].items():
        if name.startswith("_") and isinstance(value, dict):
            made[name] = {**value, **_texts([row[name] for row in rows], joint)}
    return made


def _texts(rows: Sequence[dict[str, Any]], joint: str) -> dict[str, str]:
    return {name: joint.join(row[name] for row in rows if row[name]) for name in TEXTS if name in rows[0]}
