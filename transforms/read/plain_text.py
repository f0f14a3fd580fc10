"""Plain text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from transforms.example import digest
from transforms.read import block as blocks
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File, Paths, find_files
from transforms.read.line_index import content_identity
from transforms.read.lines import BOM, Line, Long, block_lines, decoded, line_blocks, not_utf8, places
from transforms.read.reader import Reader, added_up


@dataclass(frozen=True)
class Text(Reader):
    r"""Reads plain text: a document a line, or a document a file.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).
      unit: what a document is. `line`: only `\n` and `\r\n` end one, and blank lines are skipped. `file`: the file's
        text as it is; empty files are skipped.

    Raw column: `text`, which becomes `output` where the recipe doesn't say otherwise.

    Rejects `encoding` and `too_large` (above 16 MiB).
    """

    path: Paths
    unit: Literal["line", "file"] = "line"

    own_columns: ClassVar[Mapping[str, str]] = {"output": "text"}

    def blocks(self) -> list[Block]:
        files = find_files(self.path)
        return line_blocks(files) if self.unit == "line" else _file_blocks(files)

    def read(self, block: Block) -> Iterator[Rows]:
        if self.unit == "file":
            folder = block.paths[0].removesuffix(block.name)
            for path in block.paths:
                name = path.removeprefix(folder)
                row = _document(path, name)
                if row is not None:
                    yield Rows([row], [1], f"{name.replace('%', '%%')}:%d")
            return
        for lines in block_lines(block):
            where, place = places(block, lines)
            kept = [at for at, line in enumerate(lines.lines) if not _blank(line)]
            if kept:
                yield Rows([_row(lines.lines[at]) for at in kept], [where[at] for at in kept], place)

    def count(self, block: Block, enough: int) -> int:
        if self.unit == "file":
            return super().count(block, enough)
        return added_up((sum(not _blank(line) for line in lines.lines) for lines in block_lines(block)), enough)


def _blank(line: Line) -> bool:
    return not isinstance(line, Long) and not line.strip()


def _row(line: Line) -> Row | Bad:
    text = decoded(line)
    return text if isinstance(text, Bad) else {"text": text}


def _file_blocks(files: list[File]) -> list[Block]:
    """Return blocks of whole files, several small ones in each."""
    found: list[Block] = []
    group: list[File] = []
    size = 0
    filled = [file for file in files if file.size]
    most = blocks.block_bytes(sum(file.size for file in filled))
    for at, file in enumerate(filled, 1):
        group.append(file)
        size += file.size
        if at == len(filled) or size >= most:
            identity = digest("files", *(content_identity(one) for one in group)).hex()
            paths = tuple(one.path for one in group)
            spans, lines = ((0, -1),) * len(group), (0,) * len(group)
            found.append(Block(paths, identity, spans, lines, size, group[0].label))
            group, size = [], 0
    return found


def _document(path: str, name: str) -> Row | Bad | None:
    """Return the row of a file, None where it is empty; one that is too long is read only so far."""
    data = b""
    with opened(path, name) as file:
        while piece := file.read(CHUNK):
            data += piece
            if len(data) > blocks.MAX_ROW_BYTES + len(BOM):
                return _too_large(data, len(data) + sum(map(len, iter(lambda: file.read(CHUNK), b""))))
    data = data.removeprefix(BOM)
    if not data:
        return None
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError as error:
        return not_utf8(data, error)


def _too_large(data: bytes, size: int) -> Bad:
    return Bad("too_large", f"a file of {size:,} bytes; the limit is {blocks.MAX_ROW_BYTES >> 20} MiB", data)
