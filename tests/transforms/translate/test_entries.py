"""Entries: their keys, their stored forms, and which of several counts."""

import itertools

import pytest
from numbered_entries import entry, write

from transforms.translate.entries import Entry, best, from_lines, from_table, key_of, to_line, to_table
from transforms.translate.memory import Memory


def test_a_key_depends_on_each_of_its_parts() -> None:
    parts = ("s", "en", "pt", "text")
    changed = [tuple(part + "x" if at == place else part for at, part in enumerate(parts)) for place in range(4)]
    assert len({key_of(*parts), *(key_of(*other) for other in changed), key_of("se", "n", "pt", "text")}) == 6


def test_forms_at_rest() -> None:
    entries = [entry(1), Entry("zh", "en", '\u6f22"\n\u2028', "a\tb", "human", "human", digits=False)]
    assert list(from_lines(b"".join(map(to_line, entries)).splitlines(keepends=True))) == entries
    assert from_table(to_table(entries)) == entries


@pytest.mark.parametrize("translation", ["", " \n"])
def test_nothing_empty_is_remembered(translation: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Entry("en", "pt", "text", translation, "mt:local", "s")


def test_of_several_entries_human_first_then_the_smallest_hash(held: Memory) -> None:
    several = [entry(1, f"t{number}") for number in range(5)]
    smallest = min(several, key=lambda one: one.order)
    for order in itertools.islice(itertools.permutations(several), 20):
        assert best(order)[several[0].key] == smallest
    for one in several:  # in files of their own, some folded
        write(held, one)
        held.fold()
    assert held.lookup([several[0].key]) == {several[0].key: smallest}
    human = entry(1, "said by a person", "human")
    write(held, human)
    assert held.lookup([human.key]) == {human.key: human}
    held.fold()
    assert held.lookup([human.key]) == {human.key: human}
    assert held.stats().entries == {("human", "en", "pt"): 1}
