"""Measures what it takes to have many segments translated, from a source to shards: memory, and processor time.

    .venv/bin/python -m benchmarks.memory.segments --numbers 100000 1000000

Each row is one distinct segment of some hundred characters, and the engine `identity` says it again, so that all that
is seen is langloom's own. One command for each number, in order; see benchmarks/README.md.
"""

import argparse
import json
import random
import tempfile
from pathlib import Path

from benchmarks import process_tree

LANGLOOM = Path(".venv/bin/langloom")

RECIPE = """
name: segments
seed: 1
sources:
  rows: {jsonl: rows.jsonl, lang: en}
engines:
  echo: {identity: {}}
streams:
  translated:
    from: rows
    steps:
      - translate: {to: [pt], fields: [instruction], engine: echo}
datasets:
  all: {mix: {translated: 1}}
output: out
"""


def write_rows(path: Path, number: int) -> None:
    """Write rows of sixteen words each, none twice."""
    draw = random.Random(number)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(5000)]
    with path.open("w") as file:
        for _ in range(number):
            file.write(json.dumps({"instruction": " ".join(draw.choices(words, k=16))}) + "\n")


def main() -> None:
    """Run the job for each number of segments, and print a row of a table for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, nargs="+", default=[100_000, 1_000_000])
    print("| segments | text | wall time | processor time | peak memory, all processes |")
    print("| --: | --: | --: | --: | --: |")
    for number in parser.parse_args().numbers:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_rows(folder / "rows.jsonl", number)
            (folder / "recipe.yaml").write_text(RECIPE)
            size = (folder / "rows.jsonl").stat().st_size
            words = [str(LANGLOOM.absolute()), "run", str(folder / "recipe.yaml"), "--output", str(folder / "out")]
            usage = process_tree.run(words, folder / "log", look=True)
        figures = f"{size / 1e6:,.0f} MB | {usage.seconds:.0f} s | {usage.cpu:.0f} s | {usage.memory / 1e6:,.0f} MB"
        print(f"| {number:,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
