"""The asking job as scripts are written: asyncio, a semaphore and the OpenAI SDK, which tries each request three times.

    python script.py SEGMENTS URL OUT CONCURRENCY [catch]

With `catch`, an error that the SDK doesn't get over leaves its row without an answer; else it ends the script. What is
answered is written at the end.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

TIMEOUT = 10.0


async def main(segments: Path, url: str, out: Path, concurrency: int, catch: bool) -> None:
    """Ask for all rows, and write those that have an answer."""
    rows = [json.loads(line) for line in segments.read_text(encoding="utf-8").splitlines()]
    client = AsyncOpenAI(base_url=url, api_key="none", timeout=TIMEOUT)
    semaphore = asyncio.Semaphore(concurrency)

    async def ask(row: dict[str, Any]) -> str | None:
        try:
            async with semaphore:
                reply = await client.chat.completions.create(model="fake", messages=row["messages"])
            return reply.choices[0].message.content
        except Exception as error:
            if not catch:
                raise
            print(f"error: {error!r}")
            return None

    answers = await asyncio.gather(*(ask(row) for row in rows))
    with out.open("w", encoding="utf-8") as file:
        for row, answer in zip(rows, answers, strict=True):
            if answer:
                file.write(json.dumps({"instruction": row["instruction"], "answer": answer}) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), "catch" in sys.argv[5:]))
