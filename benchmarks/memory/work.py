"""What is measured of a memory, each in a process of its own: it prints its seconds, its memory and what it found.

    python -m benchmarks.memory.work WHAT ARGUMENT ...

Seconds are those of the work alone, without the interpreter's start and imports; memory is the process's peak resident
set (VmHWM), in which mapped pages of files count, and at the end of the imports, before the work.
"""

import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

COLUMNS = "key, source, target, text, translation, origin, signature, digits"


def keys_of(path: str) -> list[bytes]:
    """Return the keys of a file, 16 bytes each."""
    data = Path(path).read_bytes()
    return [data[at : at + 16] for at in range(0, len(data), 16)]


def lookup(path: str, keys: str) -> Callable[[], int]:
    """Look keys up in a memory."""
    from pipeline.runners.startup import import_beam

    import_beam()  # as langloom's own processes do
    from transforms.translate.memory import Memory

    memory, wanted = Memory(path), keys_of(keys)
    return lambda: len(memory.lookup(wanted))


def sqlite_lookup(path: str, keys: str) -> Callable[[], int]:
    """Look keys up in a table of SQLite, one after the other in order of keys, and hold the rows."""
    wanted = keys_of(keys)

    def work() -> int:
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        one = f"SELECT {COLUMNS} FROM entries WHERE key = ?"
        rows = (database.execute(one, (key,)).fetchone() for key in sorted(set(wanted)))
        return len({row[0]: row for row in rows if row})

    return work


def sqlite_build(path: str, journals: str) -> Callable[[], int]:
    """Make a table of SQLite of a memory's journals, in one transaction."""
    import orjson

    def work() -> int:
        database = sqlite3.connect(path)
        columns = "source, target, text, translation, origin, signature, digits"
        database.execute(f"CREATE TABLE entries (key BLOB PRIMARY KEY, {columns})")
        insert = f"INSERT OR IGNORE INTO entries VALUES ({', '.join('?' * 8)})"
        with database:
            for journal in sorted(Path(journals).iterdir()):
                with journal.open("rb") as file:
                    rows = (list(orjson.loads(line).values()) for line in file)
                    database.executemany(insert, ([bytes.fromhex(row[0]), *row[1:]] for row in rows))
        return int(database.execute("SELECT count(*) FROM entries").fetchone()[0])

    return work


def command(*words: str) -> Callable[[], int]:
    """Run a command of langloom."""
    from pipeline.cli import main

    def work() -> int:
        with contextlib.redirect_stdout(sys.stderr):
            status = main(words)
        if status:
            raise SystemExit(status)
        return status

    return work


WORK: dict[str, Callable[..., Callable[[], int]]] = {
    each.__name__: each for each in (lookup, sqlite_lookup, sqlite_build, command)
}


def memory_peak() -> int:
    """Return the largest resident set of this process until now, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) * 1024


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """Do the work, and return what it took."""
    before, began, used = memory_peak(), time.monotonic(), time.process_time()
    found = work()
    took = {"seconds": time.monotonic() - began, "cpu": time.process_time() - used}
    return {**took, "before": before, "peak": memory_peak(), "found": found}


if __name__ == "__main__":
    print(json.dumps(measured(WORK[sys.argv[1]](*sys.argv[2:]))))
