"""The ways to do the asking job: their commands, and how what they leave is read."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
PEERS = {"curator": "bespokelabs-curator", "distilabel": "distilabel"}
"""The peers, and the packages that they are."""

LANGLOOM_FLIGHT = 128
"""What langloom.yaml allows in flight."""


@dataclass(frozen=True)
class Way:
    """A way to do the job.

    Attributes:
      name: how the table calls it.
      command: words of its command; SEGMENTS, URL and WORK stand for the input, the endpoint and an empty folder.
      answers: returns all answers that it left in WORK.
      only: the conditions under which it is run, or none for all.
    """

    name: str
    command: Sequence[str]
    answers: Callable[[Path], list[str]]
    only: tuple[str, ...] = ()

    def words(self, segments: Path, url: str, work: Path) -> list[str]:
        """Return the command for these."""
        given = {"SEGMENTS": str(segments), "URL": url, "WORK": str(work)}
        words = list(self.command)
        for name, value in given.items():
            words = [word.replace(name, value) for word in words]
        return words


def ways(langloom: str, python: str, peers: str | None) -> list[Way]:
    """Return what is compared; `python` has the OpenAI SDK, and `peers` is the interpreter of the peers, if any."""
    recipe = str(HERE / "langloom.yaml")
    run = (langloom, "run", recipe, "--set", "segments=SEGMENTS", "--set", "url=URL", "--set", "work=WORK")
    found = [Way(f"langloom, {LANGLOOM_FLIGHT}", (*run, "--output", "WORK/out"), _of_langloom)]
    script = (python, str(HERE / "script.py"), "SEGMENTS", "URL", "WORK/answers.jsonl")
    for flight in ("64", "128"):
        found.append(Way(f"script, {flight}", (*script, flight, "catch"), _of_peer))
    found.append(Way("script, 64, no `except`", (*script, "64"), _of_peer, only=("faults",)))
    for peer in PEERS if peers else ():
        command = (str(peers), str(HERE / f"peer_{peer}.py"), "SEGMENTS", "URL", "WORK/answers.jsonl")
        for flight in ("64", "128"):
            found.append(Way(f"{peer}, {flight}", (*command, flight), _of_peer))
    return found


def _of_langloom(work: Path) -> list[str]:
    found: list[str] = []
    for path in sorted(work.glob("out/data/all/*.parquet")):
        found += pq.read_table(path, columns=["instruction"]).column(0).to_pylist()
    return [text for text in found if text]


def _of_peer(work: Path) -> list[str]:
    path = work / "answers.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line)["answer"] for line in lines]
