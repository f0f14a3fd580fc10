"""Progress: what the work folder holds already, as a live table on a terminal and as plain lines elsewhere.

A runner says nothing until it is done, and its counters may count a retry twice. Parts and shards are complete when
they appear, with their numbers in them: the display adds up what it finds.
"""

import json
import math
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from transforms.files import is_local
from transforms.parts import read_note
from transforms.steps import Count

PLAIN_SECONDS = 10.0
LIVE_SECONDS = 0.5

PACE_SECONDS = 10.0
"""For so long answers are counted before their pace says when the rest will be there."""


class Progress:
    """Watches a work folder from a thread while the job runs (a context manager)."""

    def __init__(self, work: str, blocks: int, console: Console) -> None:
        self._work, self._blocks, self._console = Path(work), blocks, console
        self._local = is_local(work)
        self._seen: set[str] = set()
        self._counts: dict[str, dict[str, Count]] = {}
        self._read = self._shards = 0
        self._asking: dict[str, dict[str, Any]] = {}
        self._asking_began: tuple[float, float] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._began, self._since = time.monotonic(), time.time() - 1.0  # clocks of file systems are a little late

    def __enter__(self) -> "Progress":
        if self._local:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        if self._local:
            self._thread.join()

    def _watch(self) -> None:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            own = sys.stderr is sys.__stderr__  # else what workers in this process print goes to the job's log
            with Live(console=self._console, refresh_per_second=4, transient=True, redirect_stderr=own) as live:
                while not self._over.wait(LIVE_SECONDS):
                    self.look()
                    live.update(self.table())
            return
        said = ""
        while not self._over.wait(PLAIN_SECONDS):
            self.look()
            if (line := self.line()) != said:
                said = line
                self._console.print(line)

    def look(self) -> None:
        """Add up what is new in the work folder."""
        for path in sorted(self._work.glob("parts/*.arrow")):
            if path.name in self._seen:
                continue
            try:
                note = read_note(str(path))
            except (OSError, pa.ArrowInvalid, KeyError, TypeError, ValueError):
                continue
            self._seen.add(path.name)
            steps = self._counts.setdefault(note["lineage"].rpartition(">")[2], {})
            for count in map(Count.from_json, note["counts"]):
                steps.setdefault(count.step, Count(count.step)).add(count)
            # A large block became several parts, of which one is the last.
            self._read += note["last"] and any(count["step"] == "read" for count in note["counts"])
        self._shards = len(list(self._work.glob("shards/*.json")))
        for path in sorted(self._work.glob("asking/*.json")):
            try:
                if path.stat().st_mtime >= self._since:  # else an earlier run's
                    self._asking[path.name] = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
        if self._asking and not self._asking_began:
            self._asking_began = time.monotonic(), self._answered

    def line(self) -> str:
        """Return the state in one line."""
        read = sum(count.entered for steps in self._counts.values() for count in steps.values() if count.step == "read")
        gone = sum(sum(count.rejected.values()) for steps in self._counts.values() for count in steps.values())
        return (
            f"{time.monotonic() - self._began:.0f} s: {self._read} of {self._blocks} blocks and {read:,} rows read, "
            f"{gone:,} rejected, {self._shards} shards written{self._translated()}"
        )

    @property
    def _answered(self) -> float:
        """How many segments are done that the memory didn't hold."""
        return self._asked("done") - self._asked("known")

    def _asked(self, name: str) -> float:
        total: float = sum(one.get(name, 0) for one in self._asking.values())
        return total

    def _translated(self) -> str:
        """Return how many segments are done, and what they cost in this run; empty where none are wanted."""
        wanted, done, usd, unanswered = map(self._asked, ("wanted", "done", "usd", "unanswered"))
        if not wanted:
            return ""
        cost = f", ${usd:.2f}" if usd else ""
        silent = f", {unanswered:,} requests unanswered" if unanswered else ""
        return f"; {done:,} of {wanted:,} segments translated{cost}{silent}{self._time_left(wanted - done)}"

    def _time_left(self, left: float) -> str:
        """Return how long so many segments will take at the pace of those since asking was first seen."""
        began, before = self._asking_began or (time.monotonic(), 0.0)
        took, answered = time.monotonic() - began, self._answered - before
        if took < PACE_SECONDS or answered <= 0 or not left:
            return ""
        minutes = math.ceil(left * took / answered / 60)
        return f", about {minutes // 60} h {minutes % 60} min left" if minutes >= 60 else f", about {minutes} min left"

    def table(self) -> Group:
        """Return the state as a line and a table."""
        table = Table(box=None, pad_edge=False)
        table.add_column("stream")
        table.add_column("step")
        for name in ("in", "out", "rejected"):
            table.add_column(name, justify="right")
        for stream, steps in sorted(self._counts.items()):
            for count in steps.values():
                rejected = sum(count.rejected.values())
                table.add_row(stream, count.step, f"{count.entered:,}", f"{count.left:,}", f"{rejected:,}")
        # A title would be wrapped to the table's width; and the console for messages wraps nothing by itself.
        return Group(Text(self.line(), no_wrap=False, overflow="fold"), table)
