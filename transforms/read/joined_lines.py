"""Sentence pairs joined with those before them, as ParroT makes training data that is longer than a sentence."""

from collections.abc import Sequence
from pathlib import Path

from transforms.example import digest
from transforms.files import is_local
from transforms.read.block import Bad, Block, Row
from transforms.read.lines import BOM, Line, checked

STEP = 4096
"""So many bytes before a block are read at first, to find its preceding lines."""


class Joining:
    """Joins each pair of lines with some of those that stand directly before it.

    Of `most` lines at most, a pair has 1, 2, ... in equal parts, and they are joined by a line feed or by a space in
    equal parts, the same on both sides; each is stripped of outer white space. How many and by what is decided by a
    hash of the pair alone, so neither blocks nor workers matter. Fewer are joined where the file begins, or a line
    before can't be read.

    wxjiao/ParroT@64ec4c2, scripts/convert_pair_to_alpaca.py (`max_cxt` is most - 1) draws both from a generator with
    seed 0; the hash is ours.
    """

    def __init__(self, most: int, before: Sequence[Row | Bad] = ()) -> None:
        self._most = most
        self._before = list(before)

    def join(self, rows: Sequence[Row | Bad]) -> list[Row | Bad]:
        """Return the rows that these, which follow the last ones given, become."""
        known = [*self._before, *rows]
        first = len(self._before)
        self._before = known[max(0, len(known) - self._most + 1) :]
        return [self._joined(known, at) for at in range(first, len(known))]

    def _joined(self, known: Sequence[Row | Bad], at: int) -> Row | Bad:
        row = known[at]
        if isinstance(row, Bad):
            return row
        drawn = digest("join", row["input"], row["output"])
        start, wanted = at, int.from_bytes(drawn[:8], "big") % self._most
        while at - start < wanted and start and not isinstance(known[start - 1], Bad):
            start -= 1
        between = "\n" if drawn[8] % 2 else " "
        taken = [one for one in known[start : at + 1] if not isinstance(one, Bad)]
        return {name: between.join(one[name].strip() for one in taken) for name in ("input", "output")}


def lines_before(block: Block, at: int, count: int) -> list[Line]:
    """Return the last lines before a block in one of its files: so many, or fewer where the file begins."""
    start, path = block.spans[at][0], block.paths[at]
    if not start or not is_local(path):
        return []  # only local files that aren't compressed are cut into several blocks
    size = STEP
    with Path(path).open("rb") as file:
        while True:
            begin = max(0, start - size)
            file.seek(begin)
            data = file.read(start - begin)
            lines = (data if begin else data.removeprefix(BOM)).split(b"\n")[:-1]
            if not begin or len(lines) > count:
                return [checked(line) for line in lines[-count:]]
            size *= 4
