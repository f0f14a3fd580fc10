"""JSON lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.exact_integers import exactly, may_be_rounded
from transforms.read.files import Paths, find_files
from transforms.read.lines import Line, Long, block_lines, line_blocks, not_utf8, places
from transforms.read.reader import Reader, added_up


@dataclass(frozen=True)
class JsonLines(Reader):
    """Reads JSON lines: one object a line.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).

    Raw columns: the object's keys (of equal keys the last counts); integers beyond 64 bits are the text that they are
    written in. Blank lines are skipped.

    Rejects `malformed` (not an object; JSON is RFC 8259's, without NaN, infinities or single surrogates), `encoding`
    (not UTF-8) and `too_large` (above 16 MiB).
    """

    path: Paths

    def blocks(self) -> list[Block]:
        return line_blocks(find_files(self.path))

    def read(self, block: Block) -> Iterator[Rows]:
        for lines in block_lines(block):
            where, place = places(block, lines)
            yield from _rows(lines.lines, where, place)

    def count(self, block: Block, enough: int) -> int:
        counts = (
            sum(isinstance(line, Long) or bool(line.strip()) for line in each.lines) for each in block_lines(block)
        )
        return added_up(counts, enough)


def _rows(lines: Sequence[Line], where: Sequence[int], place: str) -> Iterator[Rows]:
    rows: list[Row | Bad]
    try:
        rows = [orjson.loads(line) for line in lines]  # type: ignore[arg-type]
    except orjson.JSONDecodeError:
        rows = []
    if set(map(type, rows)) == {dict}:
        yield Rows([_exact(row, line) for row, line in zip(rows, lines, strict=True)], where, place)
        return
    kept = [at for at, line in enumerate(lines) if isinstance(line, Long) or line.strip()]
    if kept:
        yield Rows([_row(lines[at]) for at in kept], [where[at] for at in kept], place)


def _row(line: Line) -> Row | Bad:
    if isinstance(line, Long):
        return line.bad()
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        try:
            line.decode()
        except UnicodeDecodeError as cause:
            return not_utf8(line, cause)
        return Bad("malformed", f"{error.msg} (column {error.colno}){_hint(line)}", line)
    if not isinstance(row, dict):
        return Bad("malformed", f"not a JSON object{_hint(line)}", line)
    return _exact(row, line)


def _hint(line: bytes) -> str:
    return "; a file that is one array is read by `json`" if line.startswith(b"[") else ""


def _exact(row: Any, line: Any) -> Row | Bad:
    found: Row | Bad = exactly(line) if may_be_rounded(row) else row
    return found
