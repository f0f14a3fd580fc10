"""Makes the segments of the asking job: real instructions, inputs and answers, a line each, as JSON lines.

    python -m benchmarks.asking.make_segments OUT.jsonl 5000 --data ../shared/data

langloom's own cutter chooses them: lines of GPTeacher and Self-Instruct that are one segment each, whole, with nothing
to protect, so that langloom asks for the very text that the others ask for. They are distinct, in an order that a hash
of the text decides. Each row has the messages that langloom sends for it, for the others to send.
"""

import argparse
import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from transforms.translate.cutting import cut
from transforms.translate.engines import Query
from transforms.translate.prompts import load_prompt
from transforms.translate.segments import Segment

MOST = 1000
"""Characters of a segment at most."""


def texts(data: Path) -> Iterator[str]:
    """Yield the texts of the published files."""
    for name in ("codegen-instruct", "roleplay-simple-deduped-roleplay-instruct"):
        with gzip.open(data / "gpteacher" / f"{name}.json.gz", "rt", encoding="utf-8") as file:
            for row in json.load(file):
                yield from (row["instruction"], row["input"], row["response"])
    for name in ("seed_tasks", "user_oriented_instructions"):
        for line in (data / "self_instruct" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield from _of_task(json.loads(line))


def _of_task(task: dict[str, Any]) -> Iterator[str]:
    yield task["instruction"]
    for instance in task["instances"]:
        yield from (instance["input"], instance["output"])


def segments(data: Path) -> list[str]:
    """Return all distinct lines that are a segment each and hold nothing to protect, in the order of a hash."""
    found: set[str] = set()
    for text in texts(data):
        for segment in cut(text).segments:
            if len(segment.text) <= MOST and cut(segment.text).pieces == (Segment(segment.text),):
                found.add(segment.text)
    return sorted(found, key=lambda text: hashlib.blake2b(text.encode(), digest_size=16).digest())


def write(out: Path, number: int, data: Path) -> None:
    """Write so many segments as rows of `instruction` and `messages`; raise ValueError where there are fewer."""
    found = segments(data)
    if len(found) < number:
        raise ValueError(f"there are {len(found):,} segments in {data}, fewer than {number:,}")
    with out.open("w", encoding="utf-8") as file:
        for text in found[:number]:
            messages = load_prompt("default").messages(Query((text,), "en", "el"))
            file.write(json.dumps({"instruction": text, "messages": messages}, ensure_ascii=False) + "\n")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("number", type=int, help="how many segments")
    parser.add_argument("--data", type=Path, required=True, help="the folder of gpteacher and self_instruct")
    arguments = parser.parse_args()
    write(arguments.out, arguments.number, arguments.data)


if __name__ == "__main__":
    main()
