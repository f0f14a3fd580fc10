"""Asks chains of engines for sentences, and reads what they came to from the memory: for the tests of drivers."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from transforms.translate.ask import Report, ask, remembered_entries
from transforms.translate.entries import Entry
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.wanted import Want, Wanted

WORDS = ["garden", "river", "window", "candle", "bridge", "market", "winter"]
WORDS += ["castle", "silver", "forest", "letter", "spring", "travel", "mirror"]


def sentences(numbers: Iterable[int]) -> list[str]:
    """Return a sentence for each number."""
    return [f"Tell me about the {WORDS[at % 14]} and the {WORDS[at // 14 % 14]}, number {at}" for at in numbers]


def run(
    folder: Path, wanted: dict[Request, Want], *engines: Any, **further: Any
) -> tuple[Report, dict[Request, Entry]]:
    """Ask a chain of engines with a memory in this folder; return the report, and what the memory holds then."""
    chain = {f"e{at}": one for at, one in enumerate(engines)}
    memory = Memory(str(folder))
    report = ask(chain, map(Wanted, wanted, wanted.values()), memory, **further)
    return report, remembered_entries(memory, chain, wanted)


def reasons(report: Report) -> dict[Request, str]:
    """Return why segments have no translation, without what was said."""
    return {request: failure.reason for request, failure in report.failures.items()}
