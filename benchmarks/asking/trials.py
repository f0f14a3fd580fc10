"""Puts paid translation on trial: faults, kills, limits and budgets over some 5,000 real segments.

    python -m benchmarks.asking.trials faults kills limits budget --data ../shared/data

Each trial runs the command against tests/fakes/endpoint.py and prints what the endpoint's log and the output say, as a
line of JSON. The examples are those of Self-Instruct and of GPTeacher's role play, until they make 5,000 segments.
"""

import argparse
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.cutting import cut
from transforms.translate.segments import assemble

LANGLOOM = Path(sys.executable).with_name("langloom")
FIELDS = ("instruction", "input", "output")
SEGMENTS = 5000

RECIPE = """
name: trial
seed: 17
vars: {url: "", to: el}
sources:
  tasks: {jsonl: tasks.jsonl, lang: en}
engines:
  model: {openai: {model: mock, base_url: "${url}", price: {input: 0.25, output: 2.0}, timeout: 5%s}}
streams:
  translated: {from: tasks, steps: [translate: {to: [${to}], engine: model%s}]}
datasets:
  all: {mix: concatenate}
output: out
"""


def rows(data: Path) -> Iterator[dict[str, str]]:
    """Yield the examples of the published files."""
    for name in ("user_oriented_instructions", "seed_tasks"):
        for line in (data / "self_instruct" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            task = json.loads(line)
            for one in task["instances"]:
                yield {"instruction": task["instruction"], "input": one["input"], "output": one["output"]}
    path = data / "gpteacher" / "roleplay-simple-deduped-roleplay-instruct.json.gz"
    for row in json.loads(gzip.decompress(path.read_bytes())):
        yield {"instruction": row["instruction"], "input": row["input"], "output": row["response"]}


def prepare(folder: Path, data: Path, engine: str = "", step: str = "") -> int:
    """Write the recipe and examples that make SEGMENTS distinct segments, and return how many they are."""
    texts: set[str] = set()
    folder.mkdir(parents=True)
    with (folder / "tasks.jsonl").open("w", encoding="utf-8") as file:
        for row in rows(data):
            if len(texts) >= SEGMENTS:
                break
            texts.update(segment.text for name in FIELDS for segment in cut(row[name]).segments)
            file.write(json.dumps(row) + "\n")
    (folder / "recipe.yaml").write_text(RECIPE % (engine, step))
    return len(texts)


def run(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the recipe to its end."""
    command = [str(LANGLOOM), "run", "recipe.yaml", "--set", f"url={url}", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def manifest(folder: Path) -> dict[str, Any]:
    """Return the output's manifest."""
    made: dict[str, Any] = json.loads((folder / "out" / "manifest.json").read_text())
    return made


def shards(folder: Path) -> list[str]:
    """Return the hashes of the output's shards."""
    return [file["sha256"] for file in manifest(folder)["datasets"]["all"]["splits"]["train"]["files"]]


def whole(text: str) -> str:
    """Return what the endpoint's translation of a text makes of it."""
    parts = cut(text)
    return assemble(parts, {segment.text: greek(segment.text) for segment in parts.segments})


def faults(folder: Path, data: Path) -> dict[str, Any]:
    """A fifth of the answers are faulty, of all kinds."""
    distinct = prepare(folder, data, ", concurrency: 64")
    with Endpoint(latency=0.05, retry_after=0.2, hang=20, faults={"mix": 0.2}) as endpoint:
        ran = run(folder, endpoint.url)
        stats = endpoint.stats()
    made = manifest(folder)
    expected = {tuple(whole(row[name]) for name in FIELDS) for row in map(json.loads, (folder / "tasks.jsonl").open())}
    train = [
        row for path in sorted((folder / "out" / "data").rglob("*.parquet")) for row in pq.read_table(path).to_pylist()
    ]
    step = made["streams"]["translated"]["steps"][-1]
    return {
        "status": ran.returncode,
        "examples": step["in"],
        "translated": step["out"],
        "rejected": step["rejected"],
        "unaccounted": step["in"] - step["out"] - sum(step["rejected"].values()),
        "not the whole translation": sum(tuple(row[name] for name in FIELDS) not in expected for row in train),
        "segments": distinct,
        "requests per segment": round(stats["requests"] / distinct, 3),
        "faults": stats["faults"],
        "paid twice": stats["paid_twice"],
    }


def kills(folder: Path, data: Path) -> dict[str, Any]:
    """The command is killed three times, with 64 requests in flight."""
    distinct = prepare(folder / "whole", data, ", concurrency: 64")
    prepare(folder / "killed", data, ", concurrency: 64")
    with Endpoint(latency=0.2) as endpoint:
        assert run(folder / "whole", endpoint.url).returncode == 0
        asked = endpoint.stats()["requests"]
        again = run(folder / "whole", endpoint.url, "--force", "--fresh")
        asked_again = endpoint.stats()["requests"] - asked
        endpoint.reset()
        in_flight = []
        for kill in range(1, 4):
            in_flight.append(_killed(folder / "killed", endpoint, asked * kill // 4))
        last = run(folder / "killed", endpoint.url)
        requests = endpoint.stats()["requests"]
    return {
        "status": (again.returncode, last.returncode),
        "segments": distinct,
        "requests": asked,
        "requests of a second run": asked_again,
        "in flight when killed": in_flight,
        "requests with three kills": requests,
        "more": requests - asked,
        "same shards": shards(folder / "killed") == shards(folder / "whole"),
    }


def _killed(folder: Path, endpoint: Endpoint, requests: int) -> int:
    """Run the command, kill it after so many requests in all, and return how many were unanswered."""
    command = [str(LANGLOOM), "run", "recipe.yaml", "--set", f"url={endpoint.url}"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    while endpoint.stats()["requests"] < requests:
        time.sleep(0.02)
    in_flight: int = endpoint.stats()["in_flight"]
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1)
    return in_flight


def limits(folder: Path, data: Path) -> dict[str, Any]:
    """No 60 seconds see more than the recipe's requests and tokens: first the ones bind, then the others."""
    found = {}
    for name, rpm, tpm in (("requests bind", 2000, 10_000_000), ("tokens bind", 100_000, 400_000)):
        prepare(folder / name.replace(" ", "-"), data, f", concurrency: 64, rpm: {rpm}, tpm: {tpm}")
        with Endpoint(latency=0.2, tokens="o200k") as endpoint:
            ran = run(folder / name.replace(" ", "-"), endpoint.url)
            log = endpoint.log()
        requests = _most([(one["arrived"], 1) for one in log])
        tokens = _most([(one["arrived"], one["prompt"] + one["completion"]) for one in log])
        seconds = max(one["finished"] for one in log) - log[0]["arrived"]
        found[name] = {
            "status": ran.returncode,
            "seconds": round(seconds, 1),
            "requests in 60 s": f"{requests:,} of {rpm:,}",
            "tokens in 60 s": f"{tokens:,} of {tpm:,}",
            "share": round(max(requests / rpm, tokens / tpm), 4),
        }
    return found


def _most(events: list[tuple[float, int]], window: float = 60.0) -> int:
    """Return the most of anything in any window."""
    most = held = first = 0
    events.sort()
    for at, amount in events:
        held += amount
        while events[first][0] <= at - window:
            held -= events[first][1]
            first += 1
        most = max(most, held)
    return most


def budget(folder: Path, data: Path) -> dict[str, Any]:
    """Half of the forecast stops the run; the rest lets it end. The endpoint translates really, to Portuguese."""
    words = ("--set", "to=pt")
    prepare(folder, data, ", concurrency: 4")
    with Endpoint(translate="firefox", tokens="o200k") as endpoint:
        command = [str(LANGLOOM), "plan", "recipe.yaml", "--json", "--set", f"url={endpoint.url}", *words]
        plan = json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)
        forecast = plan["translation"]["model"]["pt"]["usd"]
        (folder / "recipe.yaml").write_text(RECIPE % (", concurrency: 4", f", budget: {{usd: {forecast / 2}}}"))
        first = run(folder, endpoint.url, *words)
        one = manifest(folder)
        spent = one["translation"]["model"]["pt"]["usd"]
        (folder / "recipe.yaml").write_text(RECIPE % (", concurrency: 4", f", budget: {{usd: {forecast}}}"))
        second = run(folder, endpoint.url, *words)
        two = manifest(folder)
        requests = endpoint.stats()
    total = spent + two["translation"]["model"]["pt"]["usd"]
    return {
        "status": (first.returncode, second.returncode),
        "forecast": round(forecast, 4),
        "spent of half": round(spent / (forecast / 2), 4),
        "left for later": one["deferred"],
        "cost in all": round(total, 4),
        "forecast per cost": round(forecast / total, 3),
        "paid twice": requests["paid_twice"],
        "complete": two["complete"],
        "rejected": two["streams"]["translated"]["steps"][-1]["rejected"],
    }


TRIALS: Mapping[str, Callable[[Path, Path], dict[str, Any]]] = {
    "faults": faults,
    "kills": kills,
    "limits": limits,
    "budget": budget,
}


def main() -> None:
    """Run the trials that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", nargs="+", choices=sorted(TRIALS))
    parser.add_argument("--data", type=Path, required=True, help="the folder of gpteacher and self_instruct")
    options = parser.parse_args()
    for name in options.trial:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({name: TRIALS[name](Path(folder) / name, options.data)}), flush=True)


if __name__ == "__main__":
    main()
