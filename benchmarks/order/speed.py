"""Measures how long langloom and OpusTrainer take to order the same pairs, and writes the table.

    python -m benchmarks.order.speed --data ../shared/data --opustrainer .venv-bench-order/bin/opustrainer-train

The pairs of the pairs job (benchmarks/pairs/make_pairs.py) are two data sets, four to one, of which one epoch is
ordered by these weights. Every way runs as a command of its own, in turn, ROUNDS times; memory is sampled in rounds of
their own. See benchmarks/README.md.
"""

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import process_tree
from benchmarks.machine import machine
from benchmarks.order import ways
from benchmarks.order.ways import Stage
from benchmarks.pairs import make_pairs

ROOT = Path(__file__).resolve().parents[2]
SHARES = {"clean": 0.8, "other": 0.2}


@dataclass(frozen=True)
class Way:
    """A way to order the pairs.

    Attributes:
      name: what the table calls it.
      words: the command, given the folder.
      lines: what it wrote, in order.
      out: what it writes in the folder.
    """

    name: str
    words: Callable[[Path], list[str]]
    lines: Callable[[Path], Iterator[tuple[str, str]]]
    out: str


def compared(langloom: str, opustrainer: str) -> list[Way]:
    """Return the ways that are compared; langloom comes first."""
    return [
        Way("langloom", lambda folder: ways.langloom(langloom, folder), ways.langlooms, "out"),
        Way("OpusTrainer", lambda folder: ways.opustrainer(opustrainer, folder), ways.opustrainers, "out.tsv"),
        Way(
            "OpusTrainer, `-j 0`",
            lambda folder: ways.opustrainer(opustrainer, folder, "-j", "0"),
            ways.opustrainers,
            "out.tsv",
        ),
    ]


def write_pairs(folder: Path, rows: int, data: Path) -> None:
    """Write the pairs as two data sets, the configuration and the recipe."""
    pairs = make_pairs.make_pairs(make_pairs.published(data), rows)
    begin = 0
    for name, share in SHARES.items():
        end = begin + round(share * rows)
        with (folder / f"{name}.tsv").open("w", encoding="utf-8", newline="\n") as file:
            for pair in pairs[begin:end]:
                file.write("\t".join(" ".join(side.split()) for side in (pair.source, pair.target)) + "\n")
        begin = end
    (folder / "train.yml").write_text(ways.configuration(SHARES, [Stage(SHARES, "clean")]))
    (folder / "recipe.yaml").write_text(ways.recipe(SHARES))


def measure(folder: Path, found: Sequence[Way], rounds: int, memory_rounds: int) -> list[dict[str, Any]]:
    """Run every way in turn; return an entry for each."""
    entries: list[dict[str, Any]] = [{"name": way.name, "runs": [], "memory_runs": []} for way in found]
    whole = None
    for number in range(memory_rounds + rounds):
        look = number < memory_rounds
        for entry, way in zip(entries, found, strict=True):
            usage = process_tree.run(way.words(folder), folder / "log", look)
            entry["memory_runs" if look else "runs"].append(asdict(usage))
            if not number:
                entry["lines"], entry["sum"] = _sum(way.lines(folder))
                whole = entry["sum"] if whole is None else whole
                entry["same"] = entry["sum"] == whole
            _remove(folder / way.out)
            _remove(folder / "state.yml")
            said = f"{usage.seconds:.1f} s, {usage.cpu:.1f} s of processor time, {usage.memory / 1e6:.0f} MB"
            print(f"round {number + 1}: {way.name}: {said}", file=sys.stderr, flush=True)
    for entry in entries:
        runs = entry["runs"] or entry["memory_runs"]
        entry["seconds"] = statistics.median(run["seconds"] for run in runs)
        entry["cpu"] = statistics.median(run["cpu"] for run in runs)
        entry["memory"] = max((run["memory"] for run in entry["memory_runs"]), default=0)
    return entries


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _sum(lines: Iterable[tuple[str, str]]) -> tuple[int, str]:
    """Return how many lines there are, and a number that doesn't depend on their order."""
    number, total = 0, 0
    for line in lines:
        number += 1
        total += int.from_bytes(hashlib.blake2b("\t".join(line).encode(), digest_size=16).digest(), "big")
    return number, f"{total % (1 << 128):032x}"


def table(entries: Sequence[dict[str, Any]], rows: int) -> str:
    """Return the Markdown table."""
    titles = ["pairs", "way", "wall time", "of langloom's", "pairs a second", "processor time", "peak memory", "lines"]
    lines = [f"| {' | '.join(titles)} |", f"| --: | :-- {'| --: ' * (len(titles) - 2)}|"]
    for entry in entries:
        times = [run["seconds"] for run in entry["runs"] or entry["memory_runs"]]
        cells = [f"{rows:,}", entry["name"], f"{entry['seconds']:.1f} s ({min(times):.1f}-{max(times):.1f})"]
        cells += [f"{entry['seconds'] / entries[0]['seconds']:.2f}", f"{entry['lines'] / entry['seconds']:,.0f}"]
        cells += [f"{entry['cpu']:.1f} s", f"{entry['memory'] / 1e6:,.0f} MB" if entry["memory"] else "-"]
        cells += [f"{entry['lines']:,}, {'the same' if entry['same'] else 'others'}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="pairs (default: 1,000,000)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the published pairs")
    parser.add_argument("--opustrainer", required=True, type=Path, help="the command opustrainer-train")
    parser.add_argument("--langloom", default=str(ROOT / ".venv/bin/langloom"), help="the command")
    parser.add_argument("--rounds", type=int, default=3, help="timed runs of each (default: 3)")
    parser.add_argument("--memory-rounds", type=int, default=1, help="runs with memory sampled (default: 1)")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results", help="folder of order_speed.*")
    arguments = parser.parse_args()
    if arguments.rounds + arguments.memory_rounds < 1:
        parser.error("nothing is to be run")
    opustrainer = str(arguments.opustrainer.absolute())
    with tempfile.TemporaryDirectory() as name:
        write_pairs(Path(name), arguments.rows, arguments.data)
        found = compared(arguments.langloom, opustrainer)
        entries = measure(Path(name), found, arguments.rounds, arguments.memory_rounds)
    text = table(entries, arguments.rows)
    versions = {"langloom": version("langloom"), "opustrainer": ways.version_beside(opustrainer)}
    written = json.dumps({"machine": machine(versions), "rows": arguments.rows, "ways": entries}, indent=2) + "\n"
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "order_speed.json").write_text(written, encoding="utf-8")
    (arguments.out / "order_speed.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
