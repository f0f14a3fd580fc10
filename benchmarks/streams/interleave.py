"""The streams job with Hugging Face `datasets`: each stream shuffled, then `interleave_datasets` by probabilities.

    python benchmarks/streams/interleave.py STREAMS OUT

`all_exhausted_without_replacement` goes on until every row has been given once: the other strategies stop at the first
stream that is empty, or give rows twice.
"""

import sys
from pathlib import Path

from datasets import interleave_datasets, load_dataset

SHARES = {"a": 30, "b": 25, "c": 20, "d": 10, "e": 10, "f": 5}
"""Those of make_streams.py; a script of its own, so that it can be read alone."""


def main(streams: Path, out: Path) -> None:
    """Run the job; what `datasets` caches lies beside the output."""
    cache = str(out.parent / "cache")
    shuffled = []
    for name in SHARES:
        stream = load_dataset("json", data_files=str(streams / f"{name}.jsonl"), split="train", cache_dir=cache)
        shuffled.append(stream.add_column("source", [name] * len(stream)).shuffle(seed=17))
    probabilities = [share / 100 for share in SHARES.values()]
    mixed = interleave_datasets(
        shuffled, probabilities=probabilities, seed=17, stopping_strategy="all_exhausted_without_replacement"
    )
    out.mkdir(parents=True)
    mixed.to_parquet(str(out / "train.parquet"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
