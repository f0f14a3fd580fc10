"""Measures the pairs job side by side, and writes the table that README's figures come from.

    python -m benchmarks.pairs.measure PAIRS [PAIRS ...] --langloom PATH

Each PAIRS is a folder that make_pairs.py wrote. Every contender runs as a command of its own, in turn, ROUNDS times
(A B C D, A B C D, ...), so that a machine whose speed drifts treats all alike; what is compared are medians. Memory is
sampled in a further round, since to sample takes time. Kept pairs are compared too. See benchmarks/README.md.
"""

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks import process_tree
from benchmarks.machine import machine

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"
PEERS = {
    "datasets": ("peer_datasets.py", "*.parquet"),
    "datatrove": ("peer_datatrove.py", "data/*.parquet"),
    "bare loop": ("bare_loop.py", "*.parquet"),
}
SIDES = (("input", "output"), ("source", "target"))


@dataclass(frozen=True)
class Contender:
    """A way to do the job.

    Attributes:
      name: how the table calls it.
      command: words of its command; PAIRS and OUT stand for the folders.
      output: glob of its Parquet files below OUT.
    """

    name: str
    command: Sequence[str]
    output: str

    def words(self, pairs: Path, out: Path) -> list[str]:
        """Return the command for these folders."""
        return [word.replace("PAIRS", str(pairs)).replace("OUT", str(out)) for word in self.command]


def contenders(langloom: str) -> list[Contender]:
    """Return what is compared; the first is what the others are compared with."""
    recipe = str(HERE / "langloom.yaml")
    run = (langloom, "run", recipe, "--set", "pairs=PAIRS", "--output", "OUT")
    found = [Contender("langloom", run, "data/pairs/*.parquet")]
    for judge, suffix in (("whole", ""), ("excerpts", " + shortcuts")):
        for name, (script, output) in PEERS.items():
            command = (sys.executable, str(HERE / script), "PAIRS", "OUT", judge)
            found.append(Contender(f"{name}{suffix}", command, output))
    return found


def kept_pairs(folder: Path, glob: str) -> list[bytes]:
    """Return a hash of each pair in the Parquet files, sorted."""
    found = []
    for path in sorted(folder.glob(glob)):
        file = pq.ParquetFile(path)
        columns = next(side for side in SIDES if set(side) <= set(file.schema_arrow.names))
        for batch in file.iter_batches(columns=list(columns)):
            for pair in zip(*(batch[name].to_pylist() for name in columns), strict=True):
                found.append(hashlib.blake2b("\0".join(pair).encode(), digest_size=16).digest())
    return sorted(found)


def measure(pairs: Path, compared: Sequence[Contender], rounds: int, memory_rounds: int) -> list[dict[str, Any]]:
    """Run every contender on one input; return an entry for each, in their order."""
    entries: list[dict[str, Any]] = [{"name": each.name, "runs": [], "memory_runs": []} for each in compared]
    agreed: list[bytes] | None = None
    for number in range(memory_rounds + rounds):
        look = number < memory_rounds
        for entry, each in zip(entries, compared, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder) / "out"
                usage = process_tree.run(each.words(pairs, out), Path(folder) / "log", look)
                if not number:
                    kept = kept_pairs(out, each.output)
                    agreed = kept if agreed is None else agreed
                    both = len(set(kept) & set(agreed))
                    entry |= {"kept": len(kept), "differ": len(kept) + len(agreed) - 2 * both}
            entry["memory_runs" if look else "runs"].append(asdict(usage))
            took = f"{usage.seconds:.1f} s, {usage.cpu:.1f} s of processor time"
            size = f", {usage.memory / 1e6:.0f} MB" if look else ""
            print(f"{pairs.name}, round {number + 1}: {each.name}: {took}{size}", file=sys.stderr, flush=True)
    for entry in entries:
        runs, memory = entry["runs"] or entry["memory_runs"], entry["memory_runs"]
        entry["seconds"] = statistics.median(run["seconds"] for run in runs)
        entry["cpu"] = statistics.median(run["cpu"] for run in runs)
        entry["memory"] = max((run["memory"] for run in memory), default=0)
        entry["anonymous"] = max((run["anonymous"] for run in memory), default=0)
    return entries


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table of all inputs."""
    titles = ["pairs", "way", "wall time", "of langloom's", "processor time", "peak memory", "of langloom's"]
    titles += ["of it anonymous", "pairs kept", "differing"]
    lines = [f"| {' | '.join(titles)} |", f"| --: | :-- {'| --: ' * (len(titles) - 2)}|"]
    for result in results:
        first = result["contenders"][0]
        for entry in result["contenders"]:
            times = [run["seconds"] for run in entry["runs"] or entry["memory_runs"]]
            cells = [f"{result['rows']:,}", entry["name"]]
            cells += [f"{entry['seconds']:.1f} s ({min(times):.1f}-{max(times):.1f})"]
            cells += [f"{entry['seconds'] / first['seconds']:.2f}", f"{entry['cpu']:.1f} s"]
            if entry["memory"]:
                cells += [f"{entry['memory'] / 1e6:,.0f} MB", f"{entry['memory'] / first['memory']:.2f}"]
                cells += [f"{entry['anonymous'] / 1e6:,.0f} MB"]
            else:
                cells += ["-"] * 3
            lines.append("| " + " | ".join([*cells, f"{entry['kept']:,}", f"{entry['differ']:,}"]) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+", help="folders of pairs")
    parser.add_argument("--langloom", default=shutil.which("langloom") or "langloom", help="the command")
    parser.add_argument("--rounds", type=int, default=5, help="timed runs of each (default: 5)")
    parser.add_argument("--memory-rounds", type=int, default=1, help="runs with memory sampled (default: 1)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these contenders (langloom comes first)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of pairs.json and pairs.md")
    arguments = parser.parse_args()
    if arguments.rounds + arguments.memory_rounds < 1:
        parser.error("nothing is to be run")
    compared = [each for each in contenders(arguments.langloom) if each.name in (arguments.only or [each.name])]
    results = []
    for pairs in arguments.pairs:
        rows = sum(path.read_bytes().count(b"\n") for path in pairs.glob("*.jsonl"))
        entries = measure(pairs.resolve(), compared, arguments.rounds, arguments.memory_rounds)
        results.append({"rows": rows, "contenders": entries})
    text = table(results)
    arguments.out.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("datasets", "datatrove", "pyarrow")}
    found = {"machine": machine(versions), "inputs": results}
    (arguments.out / "pairs.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (arguments.out / "pairs.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
