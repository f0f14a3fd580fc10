"""Entries that came back from an editor: a translation that isn't the memory's any more was changed by a person."""

from collections.abc import Sequence
from dataclasses import replace

from transforms.translate.entries import HUMAN, Entry
from transforms.translate.memory import Memory
from transforms.translate.numbers import missing_numbers


def differing(entries: Sequence[Entry], memory: Memory, journals: Sequence[str]) -> list[int]:
    """Return which of these entries are engines', and held by the memory with another translation.

    Of journals only those that are named are looked into.
    """
    machine = [at for at, entry in enumerate(entries) if entry.origin != HUMAN]
    held = memory.lookup([entries[at].key for at in machine], journals)
    return [
        at for at in machine if (known := held.get(entries[at].key)) and known.translation != entries[at].translation
    ]


def corrected(entry: Entry) -> Entry:
    """Return an engine's entry as the person's who changed its translation: it goes before any engine's."""
    digits = not missing_numbers(entry.text, entry.translation)
    return replace(entry, origin=HUMAN, signature=HUMAN, digits=digits)
