"""Segments that are to be asked, in the order of their examples, however many there are."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from transforms.translate.spill import Place, Spill
from transforms.translate.wanted import Wanted, from_bytes, to_bytes

HELD = 100_000
"""So many segments are in memory: 50 MB, where they have 100 characters. More are sorted so many at a time, on disk."""

READ = 256
"""So many of each HELD are read back at a time."""


class Backlog(AbstractContextManager["Backlog"]):
    """Takes distinct segments in any order, and gives them back in the order in which they are to be asked.

    Attributes:
      folder: where what doesn't fit in memory is put (see `Spill`).
      targets: into which languages.
    """

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.targets: set[str] = set()
        self._held: list[Wanted] = []
        self._spill = Spill(folder)
        self._runs: list[Sequence[Place]] = []
        self._total = 0

    def __len__(self) -> int:
        """Return how many it has taken."""
        return self._total

    def add(self, wanted: Wanted) -> None:
        """Take a segment."""
        self._held.append(wanted)
        self.targets.add(wanted.request.target)
        self._total += 1
        if len(self._held) == HELD:
            self._put()

    def extend(self, wanted: Iterable[Wanted]) -> None:
        """Take segments."""
        for one in wanted:
            self.add(one)

    def __iter__(self) -> Iterator[Wanted]:
        """Yield what was taken. Nothing is to be added then."""
        if self._runs and self._held:
            self._put()
        self._held.sort(key=_rank)
        yield from heapq.merge(*map(self._read, self._runs), self._held, key=_rank)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spill.close()
        self._held = []

    def _put(self) -> None:
        rows, self._held = sorted(self._held, key=_rank), []
        self._runs.append([self._spill.put(to_bytes(rows[at : at + READ])) for at in range(0, len(rows), READ)])

    def _read(self, run: Sequence[Place]) -> Iterator[Wanted]:
        for place in run:
            yield from from_bytes(self._spill.get(place))


def _rank(wanted: Wanted) -> tuple[object, ...]:
    return wanted.want.rank, wanted.request
