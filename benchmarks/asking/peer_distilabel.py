"""The asking job with distilabel, written as its documentation shows.

    python peer_distilabel.py SEGMENTS URL OUT CONCURRENCY

A pipeline of LoadDataFromDicts and ChatGeneration with OpenAILLM. What is in flight at once is a batch: the next begins
when all of one is answered. Answers may be longer than its 128 tokens; tries and what it does about rows that fail are
its defaults. The cache is a folder of this run's own.
"""

import json
import sys
from pathlib import Path

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import ChatGeneration

TIMEOUT = 10
TOKENS = 4096


def main(segments: Path, url: str, out: Path, concurrency: int) -> None:
    """Ask for all rows, and write those that have an answer."""
    rows = [json.loads(line) for line in segments.read_text(encoding="utf-8").splitlines()]
    with Pipeline(name="asking", cache_dir=out.parent / "cache") as pipeline:
        load = LoadDataFromDicts(data=rows, batch_size=concurrency)
        llm = OpenAILLM(
            model="fake",
            base_url=url,
            api_key="none",
            timeout=TIMEOUT,
            generation_kwargs={"max_new_tokens": TOKENS},
        )
        load >> ChatGeneration(llm=llm, input_batch_size=concurrency)
    made = pipeline.run(use_cache=False)
    with out.open("w", encoding="utf-8") as file:
        for row in made["default"]["train"]:
            if row["generation"]:
                file.write(json.dumps({"instruction": row["instruction"], "answer": row["generation"]}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
