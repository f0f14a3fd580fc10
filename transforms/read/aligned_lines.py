"""Line-aligned files, as Moses has them: line n of one file and line n of the other are a pair."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from transforms.example import digest
from transforms.files import is_local
from transforms.read import block as blocks
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.compressed import CHUNK, opened
from transforms.read.files import File, Paths, SourceError, find_files, resolve
from transforms.read.joined_lines import Joining, lines_before
from transforms.read.line_index import content_identity, index
from transforms.read.lines import Line, block_lines, decoded, label
from transforms.read.reader import Reader, added_up

MOST_JOINED = 64
"""More lines than this aren't joined."""


@dataclass(frozen=True)
class Lines(Reader):
    r"""Reads pairs of line-aligned files: line n of one file and line n of the other are a pair.

    Parameters:
      path: two entries, the files of the input side and of the output side: each a file or glob, or a list of them.
        Files are paired in the order of their names.
      numbered: whether each example knows the number of its line in its file, from 0, blank lines counted (`_line`,
        which no dataset holds), for `format: {choice: line}`.
      join: join each pair with up to `join - 1` of the pairs before it, as ParroT does with 4
        (`transforms/read/joined_lines.py`). What a pair is joined with depends on the order of the lines, and
        neighbours share lines, so that a split of such a source leaks.

    Raw columns: `input` and `output`, without the ends of lines (`\n`, `\r\n`) and otherwise as they are; empty lines
    count.

    Rejects `encoding` and `too_large` (a line above 16 MiB). Files of unequal length are an error.
    """

    path: tuple[Paths, ...]
    numbered: bool = False
    join: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.path, str) or len(self.path) != 2:
            count = 1 if isinstance(self.path, str) else len(self.path)
            raise ValueError(f"lines takes two files (or globs, or lists of files), input and output; there is {count}")
        if not 1 <= self.join <= MOST_JOINED:
            raise ValueError(f"join is {self.join}: a pair and those before it are 1 to {MOST_JOINED}")

    def resolved(self, base: str) -> Self:
        return replace(self, path=tuple(resolve(base, side) for side in self.path))

    def parameters(self) -> dict[str, Any]:
        # Those that aren't used leave the signature of a source what it was.
        return ({"numbered": True} if self.numbered else {}) | ({"join": self.join} if self.join > 1 else {})

    def blocks(self) -> list[Block]:
        inputs, outputs = (find_files(side) for side in self.path)
        if len(inputs) != len(outputs):
            raise SourceError(
                f"the two sides have {len(inputs)} and {len(outputs)} files: {_names(inputs)} and {_names(outputs)}"
            )
        most = blocks.block_bytes(sum(file.size for file in (*inputs, *outputs)))
        return [block for pair in zip(inputs, outputs, strict=True) for block in _pair_blocks(*pair, most)]

    def read(self, block: Block) -> Iterator[Rows]:
        sides = [_Side(block, at) for at in range(2)]
        number = block.lines[0] + 1
        joining = Joining(self.join, _before(block, self.join - 1)) if self.join > 1 else None
        while pairs := list(zip(*_next(sides), strict=True)):
            rows = [_row(*pair) for pair in pairs]
            rows = joining.join(rows) if joining else rows
            yield Rows(rows, range(number, number + len(pairs)), f"{label(block)}:%d")
            number += len(pairs)
        for side in sides:
            if side.lines:
                raise SourceError(f"{block.name}: the files' lengths have changed since they were counted")

    def count(self, block: Block, enough: int) -> int:
        return added_up((len(lines.lines) for lines in block_lines(block)), enough)


class _Side:
    """The lines of one side that were read and not yet paired."""

    def __init__(self, block: Block, at: int) -> None:
        self.lines: list[Line] = []
        self._more = block_lines(block, at)

    def fill(self) -> int:
        """Return how many lines there are, having read on if there were none."""
        while not self.lines:
            more = next(self._more, None)
            if more is None:
                break
            self.lines = more.lines
        return len(self.lines)

    def cut(self, count: int) -> list[Line]:
        """Take so many lines."""
        taken, self.lines = self.lines[:count], self.lines[count:]
        return taken


def _next(sides: Sequence[_Side]) -> list[list[Line]]:
    count = min([side.fill() for side in sides])
    return [side.cut(count) for side in sides]


def _before(block: Block, count: int) -> list[Row | Bad]:
    """Return the pairs that stand before a block: so many, or fewer where the files begin."""
    sides = [lines_before(block, at, count) for at in range(2)]
    return [_row(*pair) for pair in zip(*sides, strict=True)]


def _row(first: Line, second: Line) -> Row | Bad:
    try:
        # Nearly all lines are bytes in UTF-8.
        return {"input": first.removesuffix(b"\r").decode(), "output": second.removesuffix(b"\r").decode()}  # type: ignore[union-attr]
    except (AttributeError, UnicodeDecodeError):
        return _bad(first, second)


def _bad(first: Line, second: Line) -> Bad:
    for name, line in (("input", first), ("output", second)):
        text = decoded(line)
        if isinstance(text, Bad):
            shown = [one if isinstance(one, bytes) else one.head for one in (first, second)]
            keys = [one if isinstance(one, bytes) else one.hash for one in (first, second)]
            return Bad(text.reason, f"{name}: {text.detail}", b"\t".join(shown), digest(*keys))
    raise AssertionError("neither line is bad")


def _pair_blocks(first: File, second: File, most: int) -> list[Block]:
    pair = (first, second)
    identity = digest("lines", *(content_identity(file) for file in pair)).hex()
    name = f"{first.label} and {second.label}"
    counts = [_count(file) for file in pair]
    if counts[0] != counts[1]:
        raise SourceError(
            f"{first.label} has {counts[0]:,} lines and {second.label} has {counts[1]:,}; line-aligned files have as "
            "many as each other"
        )
    paths, size, total = tuple(file.path for file in pair), first.size + second.size, counts[0]
    if not total:
        return []
    number = min(total, -(-size // most))
    if number == 1 or any(file.compressed or not is_local(file.path) for file in pair):
        return [Block(paths, identity, ((0, -1), (0, -1)), (0, 0), size, name)]
    bounds = [total * at // number for at in range(number + 1)]
    offsets = [[index(file).offset(line) for line in bounds] for file in pair]
    found = []
    for at in range(number):
        spans = tuple((side[at], side[at + 1]) for side in offsets)
        part = digest(identity, f"lines {bounds[at]}:{bounds[at + 1]}").hex()
        size = sum(end - start for start, end in spans)
        found.append(Block(paths, part, spans, (bounds[at],) * 2, size, name))
    return found


def _count(file: File) -> int:
    """Return how many lines the file has; a last one without an end counts."""
    if is_local(file.path) and not file.compressed:
        return index(file).lines
    count, last = 0, b""
    with opened(file.path, file.label) as stream:
        while data := stream.read(CHUNK):
            count += data.count(b"\n")
            last = data
    return count + (not last.endswith(b"\n") if last else 0)


def _names(files: Sequence[File]) -> str:
    names = [file.label for file in files]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
