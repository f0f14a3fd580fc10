"""Kinds of examples: what a report tells apart, by task, source and languages."""

from collections.abc import Sequence
from typing import NamedTuple

from sinks.card import short

COLUMNS = ("task", "source", "input_lang", "output_lang")


class Kind(NamedTuple):
    """What examples have in common. `OTHER` stands for all kinds beyond those that are counted one by one."""

    task: str
    source: str
    input_lang: str
    output_lang: str

    @property
    def languages(self) -> str:
        """Return the languages as `en`, or `en>pt` where prompt and answer differ."""
        return ">".join(dict.fromkeys(language or "not stated" for language in self[2:]))


OTHER = Kind("other", "", "", "")


def names(kinds: Sequence[Kind]) -> list[str]:
    """Return what each kind is called beside the others: what all have in common is left out, but for languages."""
    real = [kind for kind in kinds if kind != OTHER]
    tasks, sources = ({kind[at] for kind in real} for at in (0, 1))
    called = []
    for kind in kinds:
        parts = (kind.task if len(tasks) > 1 else "", kind.source if len(sources) > 1 else "", kind.languages)
        called.append("other" if kind == OTHER else " ".join(map(short, filter(None, parts))))
    return called
