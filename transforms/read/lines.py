r"""Lines of text files as bytes: `\n` ends a line and nothing else does; a `\r` before it belongs to the end.

A line belongs to the block in which it begins, so blocks need not begin or end at the ends of lines.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from transforms.example import digest
from transforms.files import is_local
from transforms.read import block as blocks
from transforms.read.block import Bad, Block
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File
from transforms.read.line_index import content_identity, index

BOM = b"\xef\xbb\xbf"

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""What files in UTF-16 begin with."""

COMPRESSED = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd", ".xz": b"\xfd7zXZ\0"}
"""What compressed files begin with, by the ending from which they are known."""

HEAD = 8192
"""So many bytes of a line that is too long are kept, to show."""


@dataclass(frozen=True)
class Long:
    """A line that is too long to hold: its first bytes, a hash of all of it, and how many bytes it has."""

    head: bytes
    hash: bytes
    size: int

    def bad(self) -> Bad:
        """Return the reject that the line becomes."""
        limit = blocks.MAX_ROW_BYTES >> 20
        return Bad("too_large", f"a line of {self.size:,} bytes; the limit is {limit} MiB", self.head, self.hash)


Line = bytes | Long


def line_blocks(files: Sequence[File], split: bool = True) -> list[Block]:
    """Return the blocks of text files: byte ranges of uncompressed files, compressed ones whole (or all)."""
    found, most = [], blocks.block_bytes(sum(file.size for file in files))
    for file in files:
        identity = content_identity(file)
        step = -(-file.size // max(1, -(-file.size // most)))  # of equal size, for equal work
        if file.compressed or file.size <= step or not split:
            if file.size:
                whole = digest(identity, "whole").hex()
                found.append(Block((file.path,), whole, ((0, -1),), (0,), file.size, file.label))
            continue
        for start in range(0, file.size, step):
            end = min(start + step, file.size)
            # Counting lines reads the whole file, which a remote one isn't worth: messages then tell the byte.
            before = index(file).lines_before(start) if is_local(file.path) else (-1 if start else 0)
            part = digest(identity, f"bytes {start}:{end}").hex()
            found.append(Block((file.path,), part, ((start, end),), (before,), end - start, file.label))
    return found


@dataclass(frozen=True)
class ConsecutiveLines:
    """Lines that follow each other, without their ends: how many of the block come before, and where the first begins.

    `offset` counts bytes of the (decompressed) file.
    """

    lines: list[Line]
    number: int
    offset: int


def block_lines(block: Block, at: int = 0) -> Iterator[ConsecutiveLines]:
    """Yield the lines that begin in a block, those of one of its files."""
    start, end = block.spans[at]
    number = 0
    with opened(block.paths[at], block.name) as file:
        for lines, offset in _read(file, start, None if end < 0 else end):
            if not offset and isinstance(first := lines[0], bytes):
                lines[0] = first.removeprefix(BOM)
            yield ConsecutiveLines(lines, number, offset)
            number += len(lines)


def _read(file: BinaryIO, start: int, end: int | None) -> Iterator[tuple[list[Line], int]]:
    position = start
    if start:
        file.seek(start - 1)
        position += _skip_line(file) - 1
        file.seek(position)
    held = b""
    while end is None or position < end:
        # A small block needn't read a megabyte beyond its end, but a line that goes on is read in growing pieces.
        ahead = CHUNK if end is None else max(end - position - len(held), len(held)) + 4096
        data = file.read(min(CHUNK, ahead))
        if not data:
            if not held:
                return
            # The last line of a file may lack its end; what follows a long line may be several lines.
            data = b"" if held.endswith(b"\n") else b"\n"
        held += data
        cut = held.rfind(b"\n") + 1
        if not cut:
            if len(held) > blocks.MAX_ROW_BYTES:
                line, held = _skip_long(file, held)
                yield [line], position
                position += line.size + 1
            continue
        if end is not None and position + cut > end:
            cut = min(cut, held.find(b"\n", max(0, end - 1 - position)) + 1)
        whole, held = held[:cut], held[cut:]
        lines: list[Line] = [*whole.split(b"\n")]
        lines.pop()
        if len(whole) > blocks.MAX_ROW_BYTES:
            lines = [checked(line) for line in lines if isinstance(line, bytes)]
        yield lines, position
        position += cut


def _skip_line(file: BinaryIO) -> int:
    """Return how many bytes there are up to and with the next newline."""
    skipped = 0
    while data := file.read(65536):
        found = data.find(b"\n") + 1
        if found:
            return skipped + found
        skipped += len(data)
    return skipped


def checked(line: bytes) -> Line:
    """Return the line, or what stands for one that is too long."""
    if len(line) <= blocks.MAX_ROW_BYTES:
        return line
    return Long(line[:HEAD], hashlib.blake2b(line, digest_size=16).digest(), len(line))


def _skip_long(file: BinaryIO, held: bytes) -> tuple[Long, bytes]:
    """Read on to the end of the line that `held` begins; return the line, and what was read of the next."""
    state = hashlib.blake2b(held, digest_size=16)
    size, head = len(held), held[:HEAD]
    while data := file.read(CHUNK):
        piece, newline, rest = data.partition(b"\n")
        state.update(piece)
        size += len(piece)
        head += piece[: HEAD - len(head)]
        if newline:
            return Long(head, state.digest(), size), rest
    return Long(head, state.digest(), size), b""


def places(block: Block, lines: ConsecutiveLines) -> tuple[Sequence[int], str]:
    """Return where each of the lines is, and the format that says it: `file:7`, or `file:byte 123`."""
    if block.lines[0] >= 0:
        first = block.lines[0] + lines.number + 1
        return range(first, first + len(lines.lines)), f"{label(block)}:%d"
    found, offset = [], lines.offset
    for line in lines.lines:
        found.append(offset)
        offset += 1 + (line.size if isinstance(line, Long) else len(line))
    return found, f"{label(block)}:byte %d"


def label(block: Block) -> str:
    """Return the block's name, safe in a format string."""
    return block.name.replace("%", "%%")


def decoded(line: Line) -> str | Bad:
    """Return a line as text, without the `\\r` of its end."""
    if isinstance(line, Long):
        return line.bad()
    try:
        return line.removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        return not_utf8(line, error)


def not_utf8(raw: bytes, error: UnicodeDecodeError) -> Bad:
    """Return the reject for bytes that aren't UTF-8."""
    hint = "; UTF-16 begins so, and must be converted" if raw.startswith(UTF_16) else ""
    for ending, magic in COMPRESSED.items():
        if raw.startswith(magic):
            hint = f"; compressed data begins so: its file's name must end in {ending}"
    return Bad("encoding", f"byte 0x{raw[error.start]:02x} at {error.start} isn't UTF-8{hint}", raw)
