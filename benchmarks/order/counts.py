"""Compares which lines come when: OpusTrainer's schedules, carried out by OpusTrainer and by langloom.

    python -m benchmarks.order.counts --opustrainer .venv-bench-order/bin/opustrainer-train

Each case is a configuration that both read. Counted is how many lines of each data set stand in each window of 1,000
positions, against what the weights ask. Nothing is timed. See benchmarks/README.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.order import ways
from benchmarks.order.ways import Stage

ROOT = Path(__file__).resolve().parents[2]
WINDOW = 1000


@dataclass(frozen=True)
class Case:
    """A configuration: what it is about, the lines of each data set, and the stages."""

    about: str
    sizes: dict[str, int]
    stages: tuple[Stage, ...]

    def asked(self, position: float) -> dict[str, float]:
        """Return how many lines of each data set the weights ask for in the first `position` positions."""
        found, begun = dict.fromkeys(self.sizes, 0.0), 0.0
        for stage in self.stages:
            length = stage.epochs * self.sizes[stage.until] / stage.weights[stage.until]
            for name, weight in stage.weights.items():
                found[name] += weight * min(max(position - begun, 0.0), length)
            begun += length
        return found

    def length(self) -> float:
        """Return how many positions the stages have."""
        return sum(stage.epochs * self.sizes[stage.until] / stage.weights[stage.until] for stage in self.stages)


CASES = {
    "small share": Case(
        "weights .995 and .005, of batches of 100",
        {"big": 19_900, "small": 1_000},
        (Stage({"big": 0.995, "small": 0.005}, "big"),),
    ),
    "one epoch": Case(
        "until one epoch of 1,000 lines, 70 of each batch of 100",
        {"a": 1_000, "b": 1_000},
        (Stage({"a": 0.7, "b": 0.3}, "a"),),
    ),
    "begins at an end": Case(
        "a stage of one epoch of a data set that the stage before has just gone through",
        {"a": 1_000, "b": 10_000},
        (Stage({"a": 1.0}, "a"), Stage({"a": 0.3, "b": 0.7}, "a")),
    ),
}


def carry_out(case: Case, langloom: str, opustrainer: str) -> dict[str, list[str]]:
    """Have both ways carry a case out; return the data set of each line in order, by way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for dataset, size in case.sizes.items():
            (folder / f"{dataset}.tsv").write_text("".join(f"{dataset}\t{at}\n" for at in range(size)))
        (folder / "train.yml").write_text(ways.configuration(case.sizes, case.stages))
        (folder / "recipe.yaml").write_text(ways.recipe(case.sizes))
        for words in (ways.langloom(langloom, folder), ways.opustrainer(opustrainer, folder)):
            subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        found = {"langloom": ways.langlooms(folder), "opustrainer": ways.opustrainers(folder)}
        return {way: [dataset for dataset, _ in lines] for way, lines in found.items()}


def described(case: Case, lines: Sequence[str]) -> dict[str, Any]:
    """Return the counts of what was carried out, and the greatest distances from what is asked."""
    totals, prefix = dict.fromkeys(case.sizes, 0), 0.0
    for at, dataset in enumerate(lines, 1):
        totals[dataset] += 1
        prefix = max(prefix, *(abs(totals[name] - asked) for name, asked in case.asked(at).items()))
    windows, off = [], 0.0
    for start in range(0, len(lines), WINDOW):
        counts = Counter(lines[start : start + WINDOW])
        end = start + sum(counts.values())
        windows.append([counts[name] for name in case.sizes])
        before, after = case.asked(start), case.asked(end)
        off = max(off, *(abs(counts[name] - (after[name] - before[name])) for name in case.sizes))
    return {"lines": len(lines), "counts": totals, "off_in_window": off, "off_in_prefix": prefix, "windows": windows}


def table(results: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table of all cases."""
    lines = ["| case | | lines | of each data set | off in a window, at most | off in a prefix, at most |"]
    lines.append("| :-- | :-- | --: | :-- | --: | --: |")
    for result in results:
        counts = ", ".join(f"{name} {number:,.6g}" for name, number in result["asked"].items())
        lines.append(f"| {result['about']} | asked | {result['length']:,.6g} | {counts} | | |")
        for way, found in result["ways"].items():
            counts = ", ".join(f"{name} {number:,}" for name, number in found["counts"].items())
            off = f"{found['off_in_window']:,.1f} | {found['off_in_prefix']:,.1f}"
            lines.append(f"| | {way} | {found['lines']:,} | {counts} | {off} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opustrainer", required=True, type=Path, help="the command opustrainer-train")
    parser.add_argument("--langloom", default=str(ROOT / ".venv/bin/langloom"), help="the command")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results", help="folder of order.json and .md")
    arguments = parser.parse_args()
    opustrainer = str(arguments.opustrainer.absolute())
    results = []
    for name, case in CASES.items():
        carried = carry_out(case, arguments.langloom, opustrainer)
        found = {"case": name, **asdict(case), "length": case.length(), "asked": case.asked(case.length())}
        results.append(found | {"ways": {way: described(case, lines) for way, lines in carried.items()}})
    text = table(results)
    versions = {"langloom": version("langloom"), "opustrainer": ways.version_beside(opustrainer)}
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = json.dumps({"versions": versions, "window": WINDOW, "cases": results}, indent=1) + "\n"
    (arguments.out / "order.json").write_text(written, encoding="utf-8")
    (arguments.out / "order.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
