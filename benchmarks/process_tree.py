"""What a command and all processes that it starts take: wall time, processor time, and memory at its peak."""

import contextlib
import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

INTERVAL = 0.05
"""Seconds between two looks at the memory."""

STRAGGLE = 10.0
"""Seconds that helpers of a finished command (fork servers, resource trackers) get to end by themselves."""

_PR_SET_CHILD_SUBREAPER = 36


class CommandError(Exception):
    """A command failed; the message holds its output."""


@dataclass(frozen=True)
class Usage:
    """What a command took.

    Attributes:
      seconds: wall time, from its start to its end.
      cpu: seconds of processor time of all its processes.
      memory: the largest sum over its processes of their proportional set size (PSS), in bytes: a page that n of them
        share counts a whole time, and so do mapped file pages that are in memory. 0 where nobody looked.
      anonymous: the largest such sum of anonymous pages alone: what the kernel can't take back.
      status: how it ended; not 0 only where that was allowed.
    """

    seconds: float
    cpu: float
    memory: int = 0
    anonymous: int = 0
    status: int = 0


def run(command: Sequence[str], log: Path, look: bool, may_fail: bool = False) -> Usage:
    """Run a command to its end, its output going to a file; `look` samples the memory, which takes time of its own.

    Raises CommandError where it fails, unless it may.
    """
    # Orphans (a fork server's children) become ours, so that none is missed and their time is counted.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before, watch = _children_cpu(), _Watch()
    with log.open("wb") as file:
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        if look:
            watch.start()
        status = process.wait()
        seconds = time.monotonic() - began
        watch.stop()
    _reap()
    if status and not may_fail:
        raise CommandError(
            f"{' '.join(command)} ended with status {status}:\n{log.read_text(errors='replace')[-4000:]}"
        )
    return Usage(seconds, _children_cpu() - before, watch.memory, watch.anonymous, status)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap() -> None:
    until = time.monotonic() + STRAGGLE
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            if time.monotonic() > until:
                raise CommandError(f"processes are left over: {sorted(_descendants(os.getpid()))}")
            time.sleep(0.01)


@dataclass
class _Watch:
    """Looks at the memory of all descendants of this process, from a thread."""

    memory: int = 0
    anonymous: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            sizes = [_sizes(process) for process in _descendants(os.getpid())]
            self.memory = max(self.memory, sum(pss for pss, _ in sizes))
            self.anonymous = max(self.anonymous, sum(anonymous for _, anonymous in sizes))


def _descendants(ancestor: int) -> set[int]:
    parents = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                stat = (process / "stat").read_text(errors="replace")
                parents[int(process.name)] = int(stat.rpartition(")")[2].split()[1])
    found, fresh = set(), {ancestor}
    while fresh:
        fresh = {process for process, parent in parents.items() if parent in fresh}
        found |= fresh
    return found


def _sizes(process: int) -> tuple[int, int]:
    """Return a process's PSS and the anonymous part of it, in bytes; nothing for one that is gone."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        sizes = {name: int(rest.split()[0]) << 10 for name, _, rest in (line.partition(":") for line in lines[1:])}
        return sizes["Pss"], sizes["Pss_Anon"]
    return 0, 0
