"""Measures ways to ask an endpoint side by side, and writes the table.

    python -m benchmarks.asking.measure --data ../shared/data --peers .venv-bench-asking/bin/python

The endpoint is tests/fakes/endpoint.py, a process of its own and a new one for each run. Every way runs as a command of
its own, in turn, under each condition, ROUNDS times. See benchmarks/README.md.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import process_tree
from benchmarks.asking import make_segments
from benchmarks.asking.ways import PEERS, Way, ways
from benchmarks.machine import machine
from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek

ROOT = Path(__file__).resolve().parents[2]
LATENCY, CAP = 0.2, 64
PATIENCE = "1200"
"""Seconds after which a command is ended."""

CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "queue": {"over": "queue"},
    "reject": {"over": "reject"},
    "faults": {"over": "queue", "faults": {"mix": 0.2}},
}
"""What the endpoint does with requests over the cap, and whether it has faults."""


def measure(way: Way, condition: str, segments: Path, expected: frozenset[str], seed: int) -> dict[str, Any]:
    """Run one way once; return its figures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Endpoint(latency=LATENCY, concurrency=CAP, tokens="bytes", seed=seed, **CONDITIONS[condition]) as endpoint,
    ):
        work = Path(folder) / "work"
        work.mkdir()
        # Programs have their bytecode, as installed ones do, whatever a developer's shell says.
        words = ["env", "-C", str(work), "-u", "PYTHONDONTWRITEBYTECODE"]
        words += ["HF_HUB_OFFLINE=1", f"CURATOR_CACHE_DIR={work / 'cache'}"]
        words += ["timeout", "--kill-after=10", PATIENCE, *way.words(segments, endpoint.url, work)]
        before = _endpoint_cpu()
        usage = _run_apart(words, Path(folder) / "log")
        spent = _endpoint_cpu() - before
        asked = [entry for entry in endpoint.log() if entry["text"]]
        answers = way.answers(work)
        if usage.status:
            print((Path(folder) / "log").read_text(errors="replace")[-600:], file=sys.stderr)
    return {
        "status": usage.status,
        "seconds": usage.seconds,
        "asking": max(one["finished"] for one in asked) - asked[0]["arrived"] if asked else 0.0,
        "cpu": usage.cpu,
        "endpoint_cpu": spent,
        "requests": len(asked),
        "answered": len(answers),
        "wrong": sum(answer not in expected for answer in answers),
    }


def _run_apart(words: Sequence[str], log: Path) -> process_tree.Usage:
    """Run a command from a process of its own, whose only child it is: the endpoint isn't counted."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(process_tree.run, words, log, look=False, may_fail=True).result()


def _endpoint_cpu() -> float:
    """Return the seconds of processor time of the endpoint, the child of this process that serves."""
    spent = 0.0
    for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
        if b"tests.fakes.endpoint" in Path(f"/proc/{child}/cmdline").read_bytes():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def summary(runs: Sequence[Mapping[str, Any]], number: int) -> dict[str, Any]:
    """Return medians of the runs of one way, with the shares of the endpoint's limit."""
    limit = number / CAP * LATENCY
    found: dict[str, Any] = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    found |= {"share": limit / found["asking"] if found["asking"] else 0.0, "whole_share": limit / found["seconds"]}
    return found | {"unanswered": number - found["answered"], "per_segment": found["requests"] / number}


def table(results: Sequence[Mapping[str, Any]], number: int) -> str:
    """Return the Markdown table."""
    titles = ["endpoint", "way", "first to last request", "of the limit", "whole command", "of the limit"]
    titles += ["requests", "per segment", "processor time", "of the endpoint", "answered", "no answer"]
    titles += ["not the translation"]
    lines = [f"| {' | '.join(titles)} |", f"| :-- | :-- {'| --: ' * (len(titles) - 2)}|"]
    for result in results:
        got, times = result["summary"], [run["asking"] for run in result["runs"]]
        whole = [run["seconds"] for run in result["runs"]]
        cells = [result["condition"], result["way"] + (f" (status {got['status']:g})" if got["status"] else "")]
        cells += [_seconds(got["asking"], times), "-" if got["status"] else f"{got['share']:.0%}"]
        cells += [_seconds(got["seconds"], whole), "-" if got["status"] else f"{got['whole_share']:.0%}"]
        cells += [f"{got['requests']:,.0f}", f"{got['per_segment']:.2f}"]
        cells += [f"{got['cpu']:.1f} s", f"{got['endpoint_cpu']:.1f} s"]
        cells += [f"{got[name]:,.0f}" for name in ("answered", "unanswered", "wrong")]
        lines.append(f"| {' | '.join(cells)} |")
    limit = number / CAP * LATENCY
    note = f"{number:,} segments; the limit is {number:,} / {CAP} * {LATENCY} s = {limit:.1f} s.\n"
    return "\n".join(lines) + "\n\n" + note


def _seconds(median: float, all_of_them: Sequence[float]) -> str:
    spread = f" ({min(all_of_them):.1f}-{max(all_of_them):.1f})" if len(all_of_them) > 1 else ""
    return f"{median:.1f} s{spread}"


def versions_of(peers: str | None) -> dict[str, str]:
    """Return the versions of what is compared; `peers` is the interpreter of the peers, if any."""
    versions = {"openai": version("openai"), "langloom": version("langloom")}
    if peers:
        ask = "import importlib.metadata as found, sys; print(*map(found.version, sys.argv[1:]))"
        said = subprocess.check_output([peers, "-c", ask, *PEERS.values()], text=True).split()
        versions |= dict(zip(PEERS.values(), said, strict=True))
    return versions


def measure_all(
    compared: Sequence[Way], conditions: Sequence[str], segments: Path, rounds: int
) -> list[dict[str, Any]]:
    """Run all ways under all conditions, in turn; return an entry for each pair of them."""
    rows = [json.loads(line)["instruction"] for line in segments.read_text(encoding="utf-8").splitlines()]
    expected = frozenset(map(greek, rows))
    wanted = [(one, way) for one in conditions for way in compared if one in (way.only or conditions)]
    results: list[dict[str, Any]] = [{"condition": one, "way": way.name, "runs": []} for one, way in wanted]
    for number in range(rounds):
        for result, (condition, way) in zip(results, wanted, strict=True):
            run = measure(way, condition, segments, expected, seed=number)
            result["runs"].append(run)
            said = ", ".join(f"{name} {value:.6g}" for name, value in run.items())
            print(f"round {number + 1}: {condition}: {way.name}: {said}", file=sys.stderr, flush=True)
    for result in results:
        result["summary"] = summary(result["runs"], len(rows))
    return results


def with_earlier(results: list[dict[str, Any]], job: Mapping[str, Any], path: Path) -> list[dict[str, Any]]:
    """Return the results beside those, in an earlier file, of the same job under conditions not looked at this time."""
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if any(earlier.get(name) != value for name, value in job.items()):
        return results
    new = {result["condition"] for result in results}
    whole = results + [result for result in earlier["results"] if result["condition"] not in new]
    return sorted(whole, key=lambda result: list(CONDITIONS).index(result["condition"]))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=5000, help="how many (default: 5000)")
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data", help="gpteacher and self_instruct")
    parser.add_argument("--langloom", default=str(ROOT / ".venv/bin/langloom"), help="the command")
    parser.add_argument("--peers", help="the interpreter of the peers' environment (default: without them)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each (default: 3)")
    parser.add_argument("--only", nargs="+", metavar="WAY", help="only ways whose names begin so")
    parser.add_argument("--under", nargs="+", choices=list(CONDITIONS), default=list(CONDITIONS), help="conditions")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results", help="folder of asking.json and .md")
    arguments = parser.parse_args()
    peers = str(Path(arguments.peers).absolute()) if arguments.peers else None
    compared = ways(arguments.langloom, sys.executable, peers)
    compared = [way for way in compared if way.name.startswith(tuple(arguments.only or [""]))]
    with tempfile.TemporaryDirectory() as folder:
        segments = Path(folder) / "segments.jsonl"
        make_segments.write(segments, arguments.segments, arguments.data)
        results = measure_all(compared, arguments.under, segments, arguments.rounds)
    job = {"machine": machine(versions_of(peers)), "segments": arguments.segments, "latency": LATENCY, "cap": CAP}
    results = with_earlier(results, job, arguments.out / "asking.json")
    text = table(results, arguments.segments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = json.dumps(job | {"results": results}, indent=2) + "\n"
    (arguments.out / "asking.json").write_text(written, encoding="utf-8")
    (arguments.out / "asking.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
