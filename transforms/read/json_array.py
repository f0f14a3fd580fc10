"""JSON arrays."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from transforms.example import digest
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.compressed import CHUNK, opened
from transforms.read.exact_integers import exactly, may_be_rounded
from transforms.read.files import File, Paths, SourceError, find_files
from transforms.read.line_index import content_identity
from transforms.read.lines import BOM, label
from transforms.read.reader import Reader
from transforms.read.values import ABSENT, canonical_value, value_at

PIECE = 1024
"""Rows that are handed on at once."""


@dataclass(frozen=True)
class JsonArray(Reader):
    """Reads JSON files that hold an array of objects.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).
      field: the dotted path of the array, where the file holds an object around it.

    Raw columns: the objects' keys; integers beyond 64 bits are the text that they are written in. A file is held in
    memory whole, by one worker; for large data JSON lines are better.

    Rejects `malformed` (an element that isn't an object). A file that isn't JSON in UTF-8 is an error.
    """

    path: Paths
    field: str = ""

    def blocks(self) -> list[Block]:
        return [self._block(file) for file in find_files(self.path) if file.size]

    def _block(self, file: File) -> Block:
        # Parsed here already: a broken file can't be told by rejects, and shouldn't stop a run halfway.
        identity = digest(content_identity(file), self.field).hex()
        return Block((file.path,), identity, ((0, _length(identity, file, self.field)),), (0,), file.size, file.label)

    def read(self, block: Block) -> Iterator[Rows]:
        items = _load(block.paths[0], block.name, self.field)
        for start in range(0, len(items), PIECE):
            rows = [_row(item) for item in items[start : start + PIECE]]
            yield Rows(rows, range(start + 1, start + 1 + len(rows)), f"{label(block)}:item %d")

    def count(self, block: Block, enough: int) -> int:
        return block.spans[0][1]


@lru_cache(maxsize=65536)
def _length(identity: str, file: File, field: str) -> int:
    return len(_load(file.path, file.label, field))


def _load(path: str, name: str, field: str) -> list[Any]:
    with opened(path, name) as file:
        data = b"".join(iter(lambda: file.read(CHUNK), b"")).removeprefix(BOM)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        hint = "; it looks like JSON lines, which `jsonl` reads" if _is_lines(data) else ""
        raise SourceError(f"{name}:{error.lineno}: not JSON: {error.msg} (column {error.colno}){hint}") from error
    if isinstance(value, dict | list) and may_be_rounded(value):
        value = exactly(data)
        if isinstance(value, Bad):
            raise SourceError(f"{name}: {value.detail}")
    if field:
        value = value_at(value, field) if isinstance(value, dict) else ABSENT
    if isinstance(value, list):
        return value
    what = "an object" if isinstance(value, dict) else "nothing" if value is ABSENT else "a single value"
    if field:
        raise SourceError(f"{name}: {what} at `field: {field}`, where an array is expected")
    lists = [key for key, inner in value.items() if isinstance(inner, list)] if isinstance(value, dict) else []
    hint = f"; say which of its fields is the rows: `field: {lists[0]}`" if lists else ""
    raise SourceError(f"{name}: {what} where an array of objects is expected{hint}")


def _is_lines(data: bytes) -> bool:
    lines = data.split(b"\n", 2)
    try:
        return len(lines) > 1 and all(isinstance(orjson.loads(line), dict) for line in lines[:2])
    except orjson.JSONDecodeError:
        return False


def _row(item: Any) -> Row | Bad:
    if isinstance(item, dict):
        return item
    try:
        raw = canonical_value(item)
    except orjson.JSONEncodeError:
        raw = repr(item).encode()
    return Bad("malformed", "not a JSON object", raw)
