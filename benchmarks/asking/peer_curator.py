"""The asking job with Bespoke Curator, written as its documentation shows.

    python peer_curator.py SEGMENTS URL OUT CONCURRENCY

Its backend `openai` with a base_url. Its limits by the minute, which are 200 requests and 100,000 tokens unless they
are set, are put out of reach, so that only the concurrency is in force; tries and what it does about rows that fail are
its defaults. CURATOR_CACHE_DIR is where it keeps what it has been answered. Its tokenizer's vocabulary, which it would
download, is the copy that lies in litellm.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ["TELEMETRY_ENABLED"] = "false"
os.environ["CURATOR_DISABLE_RICH_DISPLAY"] = "1"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(find_spec("litellm").origin).parent / "litellm_core_utils" / "tokenizers")

from bespokelabs import curator

TIMEOUT = 10
UNLIMITED = 1_000_000_000


class Translate(curator.LLM):
    """Asks for the translation of a row's instruction."""

    def prompt(self, row: dict[str, Any]) -> list[dict[str, str]]:
        """Return the messages for a row."""
        return row["messages"]

    def parse(self, row: dict[str, Any], response: str) -> dict[str, str]:
        """Return the row that is kept."""
        return {"instruction": row["instruction"], "answer": response}


def main(segments: Path, url: str, out: Path, concurrency: int) -> None:
    """Ask for all rows, and write those that have an answer."""
    rows = [json.loads(line) for line in segments.read_text(encoding="utf-8").splitlines()]
    translate = Translate(
        model_name="fake",
        backend="openai",
        backend_params={
            "base_url": url,
            "api_key": "none",
            "max_concurrent_requests": concurrency,
            "max_requests_per_minute": UNLIMITED,
            "max_tokens_per_minute": UNLIMITED,
            "request_timeout": TIMEOUT,
        },
    )
    with out.open("w", encoding="utf-8") as file:
        for row in translate(rows).dataset:
            if row["answer"]:
                file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
