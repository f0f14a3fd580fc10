"""The floor: a straight loop over the pairs in one process, with no library but what reads, hashes and writes.

python bare_loop.py PAIRS OUT whole|excerpts
"""

import sys
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import xxhash
from judge import JUDGES, Judge

SCHEMA = pa.schema([(name, pa.string()) for name in ("source", "target", "source_lang", "target_lang")])
ROWS = 10_000


def main(pairs: Path, out: Path, judge: Judge) -> None:
    """Read, judge, deduplicate and write."""
    out.mkdir(parents=True)
    seen: set[bytes] = set()
    held: list[dict[str, str]] = []
    with pq.ParquetWriter(out / "pairs.parquet", SCHEMA) as writer:
        for path in sorted(pairs.glob("*.jsonl")):
            with path.open("rb") as file:
                for line in file:
                    row = orjson.loads(line)
                    if judge(row["source"], row["target"], row["source_lang"], row["target_lang"]):
                        continue
                    key = xxhash.xxh3_128_digest(f"{row['source']}\0{row['target']}".encode())
                    if key in seen:
                        continue
                    seen.add(key)
                    held.append(row)
                    if len(held) == ROWS:
                        writer.write_batch(pa.RecordBatch.from_pylist(held, SCHEMA))
                        held.clear()
        writer.write_batch(pa.RecordBatch.from_pylist(held, SCHEMA))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), JUDGES[sys.argv[3]])
