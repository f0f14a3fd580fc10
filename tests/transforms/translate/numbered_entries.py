"""Entries of a translation memory by number, and how they get into one, for the tests of it."""

from transforms.translate.entries import Entry
from transforms.translate.memory import Memory


def entry(number: int, translation: str = "", origin: str = "mt:local", signature: str = "s") -> Entry:
    return Entry("en", "pt", f"text {number}", translation or f"texto {number}", origin, signature)


def write(where: Memory, *entries: Entry) -> None:
    with where.journal() as own:
        own.append(entries)
