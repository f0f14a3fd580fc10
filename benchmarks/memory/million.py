"""Measures a translation memory of a million entries, beside a table of SQLite that holds the same.

    python -m benchmarks.memory.million --data DIR [--entries N] [--rounds N] [--folder DIR]

DIR holds the published pairs that pairs/make_pairs.py names; entries are these pairs and recombinations of their
sentences. Every piece of work is a process of its own (see work.py). Look-ups are of keys of which every other is held,
in turn with SQLite's, ROUNDS times; what is printed are medians, and in brackets the least and the greatest.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.pairs import make_pairs
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory

SIZES = (500, 5_000, 50_000)
SIGNATURE = "openai:model=m:prompt=1"


def pairs(data: Path) -> Iterator[make_pairs.Pair]:
    """Yield the published pairs, then ever further recombinations of them."""
    corpora = make_pairs.published(data)
    for corpus in corpora:
        yield from corpus
    cuts = [[aligned for pair in corpus if (aligned := make_pairs.cut(pair))] for corpus in corpora]
    for step in count(1):
        for corpus in cuts:
            for at, aligned in enumerate(corpus):
                yield aligned.joined(corpus[(at + step) % len(corpus)])


def fill(memory: Memory, data: Path, number: int) -> tuple[list[bytes], int]:
    """Journal so many entries of different keys; return the keys, and the bytes of the texts."""
    keys: set[bytes] = set()
    size = 0
    with memory.journal() as journal:
        for pair in pairs(data):
            entry = Entry(*pair.langs, pair.source, pair.target, "llm:m", SIGNATURE)
            if entry.key not in keys:
                keys.add(entry.key)
                size += len(entry.text.encode()) + len(entry.translation.encode())
                journal.append([entry])
                if len(keys) == number:
                    break
    return sorted(keys), size


def wanted(keys: list[bytes], number: int, path: Path) -> str:
    """Write so many keys to a file, every other of them one that is held, and return its path."""
    draw = random.Random(number)
    held = draw.sample(keys, number // 2)
    path.write_bytes(b"".join(key for each in held for key in (each, draw.randbytes(16))))
    return str(path)


def run(what: str, *arguments: str) -> dict[str, Any]:
    """Do a piece of work in a process of its own, and return what it took."""
    words = [sys.executable, "-m", "benchmarks.memory.work", what, *arguments]
    done = subprocess.run(words, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(what, *arguments, found, file=sys.stderr, flush=True)
    return found


def measure(folder: Path, data: Path, number: int, rounds: int) -> Iterator[list[str]]:
    """Yield the rows of the table."""
    path, table, out = folder / "memory", str(folder / "table.sqlite"), folder / "out.jsonl"
    keys, size = fill(Memory(str(path)), data, number)
    print(f"{number:,} entries of {size / number:.0f} bytes of text each", file=sys.stderr, flush=True)
    build = run("sqlite_build", table, str(path / "journal"))
    yield row("fold", [run("command", "tm", "compact", str(path))], [build])
    for asked in SIZES:
        file, ours, theirs = wanted(keys, asked, folder / f"{asked}.keys"), [], []
        for _ in range(rounds):
            ours.append(run("lookup", str(path), file))
            theirs.append(run("sqlite_lookup", table, file))
        if {one["found"] for one in ours + theirs} != {asked // 2}:
            raise SystemExit(f"of {asked} keys not {asked // 2} were found")
        yield row(f"look up {asked:,} keys", ours, theirs)
    yield row("`tm stats`", [run("command", "tm", "stats", str(path)) for _ in range(rounds)])
    yield row("`tm export` to JSON lines", [run("command", "tm", "export", str(path), str(out))])
    shards = sum(file.stat().st_size for file in (path / "shards").iterdir())
    yield ["bytes on disk", f"{shards / 1e6:,.0f} MB", "", "", f"{Path(table).stat().st_size / 1e6:,.0f} MB", "", ""]


def row(name: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]] | None = None) -> list[str]:
    """Return a row: what it took here, what in SQLite, and the ratio."""
    cells = [name, *taken(ours)]
    if not theirs:
        return [*cells, "-", "-", "-"]
    ratio = statistics.median(one["cpu"] for one in ours) / statistics.median(one["cpu"] for one in theirs)
    seconds, cpu, peak = taken(theirs)
    return [*cells, seconds, f"{cpu}, {peak}", f"{ratio:.1f}"]


def taken(runs: list[dict[str, Any]]) -> tuple[str, str, str]:
    """Return wall time, processor time and memory (its peak, and what it was before the work)."""
    seconds = [one["seconds"] for one in runs]
    around = f" ({min(seconds):.2f}-{max(seconds):.2f})" if len(runs) > 1 else ""
    cpu = statistics.median(one["cpu"] for one in runs)
    peak, before = (max(one[name] for one in runs) / 1e6 for name in ("peak", "before"))
    return f"{statistics.median(seconds):.2f} s{around}", f"{cpu:.2f} s", f"{peak:,.0f} MB ({before:,.0f} before)"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published pairs")
    parser.add_argument("--entries", type=int, default=1_000_000, help="default: 1,000,000")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each look-up (default: 3)")
    parser.add_argument("--folder", type=Path, help="make the memory in a folder below this one (default: /tmp)")
    arguments = parser.parse_args()
    if arguments.entries < max(SIZES):
        parser.error(f"--entries must be {max(SIZES):,} or more: so many keys are looked up")
    titles = [
        "work",
        "wall time",
        "processor time",
        "peak memory",
        "SQLite: wall time",
        "processor time, memory",
        "ratio",
    ]
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        rows = list(measure(Path(folder), arguments.data, arguments.entries, arguments.rounds))
    print(f"| {' | '.join(titles)} |\n| :-- {'| --: ' * (len(titles) - 1)}|")
    print("\n".join(f"| {' | '.join(cells)} |" for cells in rows))


if __name__ == "__main__":
    main()
