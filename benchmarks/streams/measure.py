"""Measures the streams job side by side: time, memory, and how far the mixture strays from the shares.

    python -m benchmarks.streams.measure --data ../shared/data --peers .venv-bench/bin/python

Every way runs as a command of its own, in turn, ROUNDS times, on each number of rows; memory is sampled in a further
round. See benchmarks/README.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks import process_tree
from benchmarks.machine import machine
from benchmarks.streams.make_streams import SHARES

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"


@dataclass(frozen=True)
class Way:
    """A way to do the job.

    Attributes:
      name: how the table calls it.
      words: its command, without the folder of the streams and that of the output.
      output: glob of its Parquet files below the output.
    """

    name: str
    words: tuple[str, ...]
    output: str = "train.parquet"


def ways(langloom: str, peers: str) -> list[Way]:
    """Return what is compared; langloom comes first."""
    return [
        Way("langloom", (langloom, "run", str(HERE / "langloom.yaml")), "data/streams/*.parquet"),
        Way("in-memory shuffle", (peers, str(HERE / "in_memory.py"))),
        Way("datasets", (peers, str(HERE / "interleave.py"))),
    ]


def command(way: Way, streams: Path, out: Path) -> list[str]:
    """Return a way's command for these folders."""
    if way.name == "langloom":
        return [*way.words, "--set", f"streams={streams}", "--output", str(out)]
    return [*way.words, str(streams), str(out)]


def strays(out: Path, glob: str) -> tuple[int, float]:
    """Return how many rows there are, and the most that any stream is off its share, in rows, over all prefixes."""
    shards = (pq.read_table(path, columns=["source"])["source"].to_numpy() for path in sorted(out.glob(glob)))
    sources = np.concatenate(list(shards))
    positions = np.arange(1, len(sources) + 1)
    off = (np.abs(np.cumsum(sources == name) - positions * share / 100).max() for name, share in SHARES.items())
    return len(sources), float(max(off))


def measure(streams: Path, compared: Sequence[Way], rounds: int) -> list[dict[str, Any]]:
    """Run every way in turn on one input; return an entry for each."""
    entries: list[dict[str, Any]] = [{"name": way.name, "runs": []} for way in compared]
    for number in range(rounds + 1):
        for entry, way in zip(entries, compared, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                usage = process_tree.run(command(way, streams, out), Path(folder) / "log", look=not number)
                if not number:
                    entry["rows"], entry["off"] = strays(out, way.output)
                    entry["memory"], entry["anonymous"] = usage.memory, usage.anonymous
                else:
                    entry["runs"].append(asdict(usage))
            print(f"{streams.name}, {way.name}: {usage}", file=sys.stderr, flush=True)
    for entry in entries:
        for what in ("seconds", "cpu"):
            entry[what] = statistics.median(run[what] for run in entry["runs"]) if entry["runs"] else 0.0
    return entries


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table."""
    titles = ["rows", "way", "wall time", "of langloom's", "processor time", "peak memory", "of it anonymous"]
    titles += ["most off its share"]
    lines = [f"| {' | '.join(titles)} |", f"| --: | :-- {'| --: ' * (len(titles) - 2)}|"]
    for result in results:
        first = result["ways"][0]
        for entry in result["ways"]:
            seconds = [run["seconds"] for run in entry["runs"]]
            cells = [f"{entry['rows']:,}", entry["name"]]
            if seconds:
                cells += [f"{entry['seconds']:.1f} s ({min(seconds):.1f}-{max(seconds):.1f})"]
                cells += [f"{entry['seconds'] / first['seconds']:.2f}", f"{entry['cpu']:.1f} s"]
            else:
                cells += ["-"] * 3
            cells += [
                f"{entry['memory'] / 1e6:,.0f} MB",
                f"{entry['anonymous'] / 1e6:,.0f} MB",
                f"{entry['off']:,.1f} rows",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 2_000_000], help="sizes (default: both)")
    parser.add_argument("--data", default="../shared/data", help="folder of the published pairs")
    parser.add_argument("--langloom", default=str(Path(sys.executable).with_name("langloom")), help="the command")
    parser.add_argument("--peers", default=sys.executable, help="the interpreter of the others")
    parser.add_argument("--rounds", type=int, default=3, help="timed runs of each (default: 3)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these ways (langloom comes first)")
    arguments = parser.parse_args()
    compared = [way for way in ways(arguments.langloom, arguments.peers) if way.name in (arguments.only or [way.name])]
    results = []
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            make = [
                sys.executable,
                "-m",
                "benchmarks.streams.make_streams",
                folder,
                str(rows),
                "--data",
                arguments.data,
            ]
            subprocess.run(make, check=True)
            results.append({"rows": rows, "ways": measure(Path(folder), compared, arguments.rounds)})
        text = table(results)
        versions = {name: version(name) for name in ("apache-beam", "datasets", "pyarrow")}
        found = {"machine": machine(versions), "inputs": results}
        (RESULTS / "streams.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        (RESULTS / "streams.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
