"""Entries of the translation memory: what one holds, its key, and its stored forms (a JSON line, a Parquet row)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import orjson
import pyarrow as pa

from transforms.example import digest, digest_after
from transforms.translate.segments import Unfaithful, verified

HUMAN = "human"
"""The origin, and in keys the signature, of what people translated: it goes before any engine's."""

SCHEMA = pa.schema(
    [
        pa.field("key", pa.binary(16), nullable=False),
        *(
            pa.field(name, pa.string(), nullable=False)
            for name in ("source", "target", "text", "translation", "origin", "signature")
        ),
        pa.field("digits", pa.bool_(), nullable=False),
    ]
)

FIELDS = SCHEMA.names[1:]
"""What an entry is made of: its key follows from that."""

_TYPES = [str] * 6 + [bool]
_values = attrgetter(*FIELDS)


def key_of(signature: str, source: str, target: str, text: str) -> bytes:
    """Return the 16 bytes under which an engine's translation of a segment's text is remembered."""
    return digest_after(("segment", signature, source, target), text)


@dataclass(frozen=True)
class Entry:
    """A translation that is remembered.

    Attributes:
      source, target: the languages (BCP-47).
      text: the segment's text, placeholders in it.
      translation: the raw answer, verified to hold each placeholder exactly once, in their canonical form.
      origin: `human`, `mt:<engine>`, `llm:<engine>`.
      signature: the engine's signature, or `human`.
      digits: whether the translation has all the numbers of the text.
    """

    source: str
    target: str
    text: str
    translation: str
    origin: str
    signature: str
    digits: bool = True

    def __post_init__(self) -> None:
        if not self.translation.strip():
            raise ValueError("an empty translation is never remembered")
        if not self.text:
            raise ValueError("there is nothing to remember about an empty text")

    @cached_property
    def key(self) -> bytes:
        """What the entry is looked up by."""
        return key_of(self.signature, self.source, self.target, self.text)

    @cached_property
    def flaw(self) -> str:
        """Why the translation doesn't pass what is checked of answers today: memories outlive versions of langloom."""
        try:
            verified(self.text, self.translation)
        except Unfaithful as error:
            return str(error)
        return ""

    @property
    def fit(self) -> bool:
        """Whether it is used where it is found; what an engine said once and no longer passes is asked again."""
        return self.origin == HUMAN or not self.flaw

    @cached_property
    def order(self) -> tuple[bool, bool, bytes]:
        """Of several entries for one key the smallest in this order counts: human first, what has no flaw, by hash."""
        digits = str(int(self.digits))
        return self.origin != HUMAN, bool(self.flaw), digest("entry", self.translation, self.origin, digits)


def best(entries: Iterable[Entry]) -> dict[bytes, Entry]:
    """Return one entry for each key: the one that counts, whatever the order in which they come."""
    found: dict[bytes, Entry] = {}
    for entry in entries:
        held = found.get(entry.key)
        if held is None or entry.order < held.order:
            found[entry.key] = entry
    return found


def to_line(entry: Entry) -> bytes:
    """Return the entry as a JSON line; it begins with the key, so that a reader needn't parse what it doesn't want."""
    row = {"key": entry.key.hex(), **dict(zip(FIELDS, _values(entry), strict=True))}
    return orjson.dumps(row) + b"\n"


def from_lines(
    lines: Iterable[bytes], keys: Collection[bytes] | None = None, damaged: list[bytes] | None = None
) -> Iterator[Entry]:
    """Yield the entries of a journal, all or those of some keys.

    A line that isn't whole, as a killed process leaves it, or is none, is passed over: what it held is asked again.
    Those that end, so that no kill explains what they are, go into `damaged`.
    """
    wanted = None if keys is None else frozenset(key.hex().encode() for key in keys)
    for line in lines:
        if wanted is not None and line[8:40] not in wanted:
            continue
        try:
            entry = from_row(orjson.loads(line))
        except (ValueError, KeyError, TypeError):
            if damaged is not None and line.endswith(b"\n") and line.strip():
                damaged.append(line)
            continue
        yield entry


def from_row(row: Any) -> Entry:
    """Return the entry that a JSON object holds; ValueError, KeyError or TypeError where it holds none."""
    if not isinstance(row, dict):
        raise TypeError("not a JSON object")
    values = [row[name] for name in FIELDS]
    if list(map(type, values)) != _TYPES:
        wrong = next(name for name, value, kind in zip(FIELDS, values, _TYPES, strict=True) if type(value) is not kind)
        raise TypeError(f"{wrong} is {row[wrong]!r:.60}")
    return Entry(*values)


def to_table(entries: Sequence[Entry]) -> pa.Table:
    """Return the entries as a table, in their order."""
    rows = [(entry.key, *_values(entry)) for entry in entries]
    columns = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(SCHEMA)]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def from_table(table: pa.Table) -> list[Entry]:
    """Return the entries of a table."""
    return [Entry(*row) for row in zip(*(table.column(name).to_pylist() for name in FIELDS), strict=True)]
