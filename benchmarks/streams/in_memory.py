"""The streams job as a script does it that holds everything: all rows in a list, shuffled, written.

python benchmarks/streams/in_memory.py STREAMS OUT
"""

import json
import random
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def main(streams: Path, out: Path) -> None:
    """Run the job."""
    rows = []
    for path in sorted(streams.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            rows += [{**json.loads(line), "source": path.stem} for line in file]
    random.Random(17).shuffle(rows)
    out.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), out / "train.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
