"""Makes the six streams that the order job mixes: JSON lines of {instruction, output}.

    python -m benchmarks.streams.make_streams OUT ROWS --data DIR

DIR holds the published pairs that `pairs/make_pairs.py` names. Each stream (`OUT/{a..f}.jsonl`) has its share of ROWS
rows; a row is a published pair and its number, so that no two are equal. The same arguments give the same bytes.
"""

import argparse
import itertools
import json
from pathlib import Path

from benchmarks.pairs.make_pairs import published

SHARES = {"a": 30, "b": 25, "c": 20, "d": 10, "e": 10, "f": 5}
"""Hundredths of the rows, by stream."""


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the published pairs")
    arguments = parser.parse_args()
    pairs = itertools.cycle([pair for corpus in published(arguments.data) for pair in corpus])
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, share in SHARES.items():
        with (arguments.out / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            for number, pair in enumerate(itertools.islice(pairs, arguments.rows * share // 100)):
                row = {"instruction": f"{name}{number}: {pair.source}", "output": pair.target}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
