"""Tables as text: CSV and TSV."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transforms.read import block as blocks
from transforms.read.block import Bad, Block, Row, Rows
from transforms.read.files import Paths, SourceError, find_files
from transforms.read.lines import UTF_16, Line, Long, block_lines, decoded, label, line_blocks, not_utf8, places
from transforms.read.reader import Reader, repeated

_LONE = "a carriage return that no line feed follows, outside quotes; lines must end in LF or CR LF"


@dataclass(frozen=True)
class _Delimited(Reader):
    path: Paths
    header: bool | tuple[str, ...] = True
    delimiter: str = ","
    quoting: bool = True

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n' or not self.delimiter.isascii():
            raise ValueError(f"delimiter: {self.delimiter!r} isn't one ASCII character other than a quote or a newline")
        if not isinstance(self.header, bool) and (twice := repeated(self.header)) is not None:
            raise ValueError(f"header has the column {twice!r} twice")

    def blocks(self) -> list[Block]:
        files = find_files(self.path)
        # Only reading from the start tells whether a newline ends a row or stands in a quoted cell.
        found = line_blocks(files, split=not self.quoting)
        for block in found:
            if block.spans[0][0] == 0:
                # A header that can't be is an error of the source, so it is looked at before the run.
                self._header(block)
        return found

    def read(self, block: Block) -> Iterator[Rows]:
        names, header_line = self._header(block)
        for cells, where, place in self._quoted(block) if self.quoting else self._split(block):
            if cells and where[0] == header_line and block.lines[0] >= 0:
                cells, where = cells[1:], where[1:]
            if cells:
                yield Rows([row if isinstance(row, Bad) else _row(names, row) for row in cells], where, place)

    def _header(self, block: Block) -> tuple[Sequence[str] | None, int]:
        """Return the names of the columns, and the line that holds them; None where columns are numbered."""
        if self.header is not True:
            return self.header or None, 0
        whole = replace(block, spans=((0, -1),), lines=(0,))
        for cells, where, _ in self._quoted(whole) if self.quoting else self._split(whole):
            if cells:
                if isinstance(cells[0], Bad):
                    raise SourceError(f"{block.name}: its header can't be read: {cells[0].detail}")
                # Spreadsheets end lines with cells that are empty, in the header too.
                names = [name or f"column_{at}" for at, name in enumerate(cells[0], 1)]
                if (twice := repeated(names)) is not None:
                    raise SourceError(f"{block.name}: its header has the column {twice!r} twice")
                return names, where[0]
        return (), 0

    def _split(self, block: Block) -> Iterator[tuple[Sequence["list[str] | Bad"], Sequence[int], str]]:
        """Yield cells where a line is a row."""
        for lines in block_lines(block):
            where, place = places(block, lines)
            kept = [at for at, line in enumerate(lines.lines) if isinstance(line, Long) or line.rstrip(b"\r")]
            cells = [self._cells(lines.lines[at]) for at in kept]
            yield cells, [where[at] for at in kept], place

    def _cells(self, line: Line) -> "list[str] | Bad":
        text = decoded(line)
        return text if isinstance(text, Bad) else text.split(self.delimiter)

    def _quoted(self, block: Block) -> Iterator[tuple[Sequence["list[str] | Bad"], Sequence[int], str]]:
        """Yield cells where quoted ones may hold newlines."""
        # The limit is the process's; a cell can't be longer than a row, which is checked where rows become examples.
        csv.field_size_limit(max(csv.field_size_limit(), blocks.MAX_ROW_BYTES))
        for chunk in _Quoted(block, self.delimiter).chunks():
            yield *chunk, f"{label(block)}:%d"


@dataclass(frozen=True)
class Csv(_Delimited):
    """Reads CSV as RFC 4180 describes it: cells may be quoted, and quoted cells may hold newlines.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).
      header: true (the first line, default), false (columns are `column_1`, `column_2`, ...), or a list of names for
        files that have none.
      delimiter: one ASCII character.
      quoting: whether cells may be quoted; a file with quoting is read by one worker.

    Raw columns: the header's, where a column without a name is called by its number (`column_3`); all cells are text.
    Blank lines are skipped.

    Rejects `malformed` (a row with too few or too many cells, a quote that isn't closed), `encoding` and `too_large`.
    """


@dataclass(frozen=True)
class Tsv(_Delimited):
    """Reads tab-separated text: a line is a row, and quotes are text.

    Parameters:
      path: a file or glob, or a list of them, decompressed as their names say (`.gz`, `.zst`, `.bz2`, `.xz`).
      header: true (the first line, default), false (columns are `column_1`, `column_2`, ...), or a list of names for
        files that have none.
      delimiter: one ASCII character.
      quoting: whether cells may be quoted, as in CSV.

    Raw columns: the header's, where a column without a name is called by its number (`column_3`); all cells are text.
    Empty lines are skipped.

    Rejects `malformed` (a row with too few or too many cells), `encoding` and `too_large`.
    """

    delimiter: str = "\t"
    quoting: bool = False


class _Quoted:
    """Rows of a file in which quoted cells may hold newlines, each with the line on which it begins."""

    def __init__(self, block: Block, delimiter: str) -> None:
        self._block = block
        self._reader = csv.reader(self._feed(), delimiter=delimiter, strict=True)
        self._skipped: Bad | None = None
        self._raw: list[str] = []

    def _feed(self) -> Iterator[str]:
        for lines in block_lines(self._block):
            for line in lines.lines:
                if isinstance(line, Long):
                    # An empty line takes its place, so that the row it is part of ends where it would have.
                    self._skipped, text = line.bad(), ""
                else:
                    text = line.decode("utf-8", "surrogateescape")
                self._raw.append(text)
                yield text + "\n"

    def chunks(self) -> Iterator[tuple[Sequence[list[str] | Bad], Sequence[int]]]:
        rows: list[list[str] | Bad] = []
        where: list[int] = []
        size = 0
        for row, line, length in self._rows():
            rows.append(row)
            where.append(line)
            size += length
            if len(rows) == 4096 or size > blocks.BLOCK_BYTES:
                yield rows, where
                rows, where, size = [], [], 0
        yield rows, where

    def _rows(self) -> Iterator[tuple[list[str] | Bad, int, int]]:
        line = 0
        while True:
            self._raw.clear()
            try:
                row: list[str] | Bad = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                reason = "too_large" if "field larger" in str(error) else "malformed"
                raw = self._bytes()
                row = _not_text(raw) if raw.startswith(UTF_16) else Bad(reason, self._said(str(error)), raw)
            start, line = line + 1, line + len(self._raw)
            if self._skipped:
                row, self._skipped = self._skipped, None
            elif not row:
                continue
            elif not isinstance(row, Bad) and not _is_text(row):
                row = _not_text(self._bytes())
            yield row, start, sum(map(len, self._raw))

    def _said(self, error: str) -> str:
        if error == "unexpected end of data":
            count = f"{len(self._raw):,} line{'s' if len(self._raw) > 1 else ''}"
            return f"a quote is opened and never closed, so that all up to the file's end ({count}) is one row"
        return _LONE if "new-line character" in error else error

    def _bytes(self) -> bytes:
        return "\n".join(self._raw).encode("utf-8", "surrogateescape")


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_text(row: bytes) -> Bad:
    try:
        row.decode()
    except UnicodeDecodeError as error:
        return not_utf8(row, error)
    raise AssertionError("the row is text")


def _row(names: Sequence[str] | None, cells: list[str]) -> Row | Bad:
    if names is None:
        return {f"column_{at}": cell for at, cell in enumerate(cells, 1)}
    if len(cells) != len(names):
        raw = "\t".join(cells).encode()
        return Bad("malformed", f"{len(cells)} cells where there are {len(names)} columns", raw)
    return dict(zip(names, cells, strict=True))
