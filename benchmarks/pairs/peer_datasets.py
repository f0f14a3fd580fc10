"""The pairs job with Hugging Face `datasets`, two processes.

    python peer_datasets.py PAIRS OUT whole|excerpts

`filter` in batches with `input_columns` (faster than row by row); deduplication by a second `filter` in one process
that remembers what it saw, since `datasets` has no step for it and processes share no memory; one Parquet file. The
cache is a folder of this run's own.
"""

import os
import sys
from pathlib import Path

import xxhash
from judge import JUDGES, Judge

COLUMNS = ["source", "target", "source_lang", "target_lang"]


def keep(*columns: list[str], judge: Judge) -> list[bool]:
    """Say which rows of a batch nothing is held against."""
    return [judge(*row) is None for row in zip(*columns, strict=True)]


class First:
    """Says which rows of a batch are the first of their text."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def __call__(self, sources: list[str], targets: list[str]) -> list[bool]:
        """Say it of these, and remember them."""
        fresh = []
        for source, target in zip(sources, targets, strict=True):
            key = xxhash.xxh3_128_digest(f"{source}\0{target}".encode())
            fresh.append(key not in self.seen)
            self.seen.add(key)
        return fresh


def main(pairs: Path, out: Path, judge: Judge) -> None:
    """Read, judge, deduplicate and write."""
    out.mkdir(parents=True)
    os.environ["HF_DATASETS_CACHE"] = str(out / "cache")  # before the import, which reads it
    os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets

    datasets.disable_progress_bars()
    files = [str(path) for path in sorted(pairs.glob("*.jsonl"))]
    rows = datasets.load_dataset("json", data_files=files, split="train", num_proc=2)
    good = rows.filter(keep, batched=True, input_columns=COLUMNS, fn_kwargs={"judge": judge}, num_proc=2)
    unique = good.filter(First(), batched=True, input_columns=["source", "target"])
    unique.to_parquet(str(out / "pairs.parquet"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), JUDGES[sys.argv[3]])
