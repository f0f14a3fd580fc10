"""Misspellings: OpusTrainer's nine kinds, each at most once in a text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import product
from typing import ClassVar

from transforms.augment.chance import Chance, check_probability

ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
"""The letters of a QWERTY keyboard, and how far each row is moved to the right, in keys."""

PAD = ("789", "456", "123", "0")
"""The digits of a number pad."""

ALIKE = tuple("0OoDQU 1Il7 2Z7 38 49 5S8 6Gb8 8B 9gq UV VW MN XY EF PRB CG ce mn nh uv vy il ij".split())  # noqa: SIM905
"""Characters that look alike."""

DEFAULT = 0.1
"""The probability of each kind of misspelling where none is given."""

_WORD, _PAIR, _SEEN, _SPACE, _TWICE = (re.compile(each) for each in (r"\w", r"(?=\w\w)", r"\S", " ", r"(.)\1"))

Misspell = Callable[[str, Chance], str]


@dataclass(frozen=True)
class Typos:
    """Misspells the prompt's side. Each kind occurs at most once in a text; they follow each other in this order.

    Parameters:
      probability: that an example is looked at at all.
      char_swap: that two word characters side by side change places; upper case stays where it was.
      missing_char: that a word character is left out.
      extra_char: that a key beside that of a word character is hit before it.
      nearby_char: that a word character becomes one of a key beside it.
      similar_char: that a word character becomes one that looks like it.
      skipped_space: that a space is left out.
      random_space: that a space comes before some character.
      repeated_char: that a word character stands twice.
      unichar: that of two equal characters side by side one is left out.

    Where none of the kinds is given, each has 0.1; else those that aren't given have 0. Places are those where the
    kind can occur: keys are a QWERTY keyboard's, so that other scripts have none.
    """

    probability: float
    char_swap: float | None = None
    missing_char: float | None = None
    extra_char: float | None = None
    nearby_char: float | None = None
    similar_char: float | None = None
    skipped_space: float | None = None
    random_space: float | None = None
    repeated_char: float | None = None
    unichar: float | None = None

    shorthand: ClassVar[str] = "probability"

    def __post_init__(self) -> None:
        check_probability("typos", self.probability)
        for name, probability in self.kinds().items():
            check_probability(name, probability)

    def kinds(self) -> dict[str, float]:
        """Return the probability of each kind."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "probability"}
        if all(probability is None for probability in given.values()):
            return dict.fromkeys(given, DEFAULT)
        return {name: probability or 0.0 for name, probability in given.items()}

    def apply(self, text: str, chance: Chance) -> str:
        """Return the text misspelt."""
        for name, probability in self.kinds().items():
            if chance.happens(probability):
                text = KINDS[name](text, chance)
        return text


def _places(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.start() for match in pattern.finditer(text)]


def _edited(text: str, places: Sequence[int], chance: Chance, edit: Callable[[int], str]) -> str:
    """Return what `edit` makes of one of the places, or the text where there is none."""
    return edit(places[chance.below(len(places))]) if places else text


def _without(text: str, places: Sequence[int], chance: Chance) -> str:
    return _edited(text, places, chance, lambda at: text[:at] + text[at + 1 :])


def char_swap(text: str, chance: Chance) -> str:
    """Let two word characters change places; each takes the case of the other."""

    def swapped(at: int) -> str:
        one, other = text[at], text[at + 1]
        return text[:at] + _cased(other, one) + _cased(one, other) + text[at + 2 :]

    return _edited(text, [at for at in _places(_PAIR, text) if text[at] != text[at + 1]], chance, swapped)


def missing_char(text: str, chance: Chance) -> str:
    """Leave a word character out, unless it is the only one."""
    places = _places(_WORD, text)
    return _without(text, places, chance) if len(places) > 1 else text


def extra_char(text: str, chance: Chance) -> str:
    """Put a character of a key beside that of a word character before it."""
    return _struck(text, chance, before=True)


def nearby_char(text: str, chance: Chance) -> str:
    """Put a character of a key beside that of a word character in its place."""
    return _struck(text, chance, before=False)


def _struck(text: str, chance: Chance, before: bool) -> str:
    keys = neighbours()

    def struck(at: int) -> str:
        beside = keys[text[at].lower()]
        return text[:at] + _cased(beside[chance.below(len(beside))], text[at]) + text[at if before else at + 1 :]

    return _edited(text, [at for at in _places(_WORD, text) if text[at].lower() in keys], chance, struck)


def similar_char(text: str, chance: Chance) -> str:
    """Put a character that looks like a word character in its place."""
    alike = lookalikes()

    def replaced(at: int) -> str:
        others = alike[text[at]]
        return text[:at] + others[chance.below(len(others))] + text[at + 1 :]

    return _edited(text, [at for at in _places(_WORD, text) if text[at] in alike], chance, replaced)


def skipped_space(text: str, chance: Chance) -> str:
    """Leave a space out."""
    return _without(text, _places(_SPACE, text), chance)


def random_space(text: str, chance: Chance) -> str:
    """Put a space before some character that is none."""
    return _edited(text, _places(_SEEN, text), chance, lambda at: f"{text[:at]} {text[at:]}")


def repeated_char(text: str, chance: Chance) -> str:
    """Let a word character stand twice."""
    return _edited(text, _places(_WORD, text), chance, lambda at: text[: at + 1] + text[at:])


def unichar(text: str, chance: Chance) -> str:
    """Leave out one of two equal characters side by side."""
    return _without(text, _places(_TWICE, text), chance)


KINDS: dict[str, Misspell] = {
    each.__name__: each
    for each in (
        char_swap,
        missing_char,
        extra_char,
        nearby_char,
        similar_char,
        skipped_space,
        random_space,
        repeated_char,
        unichar,
    )
}


def _cased(character: str, model: str) -> str:
    """Return the character in the case of another, unless it would become several."""
    turned = character.upper() if model.isupper() else character.lower()
    return turned if len(turned) == 1 else character


@cache
def neighbours() -> dict[str, str]:
    """Return for each key those that touch it: letters on the keyboard, digits in their row or on the number pad."""
    letters = {key: (at + shift, row) for row, (keys, shift) in enumerate(ROWS) for at, key in enumerate(keys)}
    digits = {key: (float(at), row) for row, keys in enumerate(PAD) for at, key in enumerate(keys)}
    beside: dict[str, set[str]] = {key: set() for key in (*letters, *digits)}
    for board in (letters, digits):
        for (key, (x, y)), (other, (u, v)) in product(board.items(), board.items()):
            if key != other and abs(x - u) <= 1 and abs(y - v) <= 1:
                beside[key].add(other)
    for one, other in zip("123456789", "234567890", strict=True):
        beside[one].add(other)
        beside[other].add(one)
    return {key: "".join(sorted(others)) for key, others in beside.items()}


@cache
def lookalikes() -> dict[str, str]:
    """Return for each character those that look like it."""
    found: dict[str, set[str]] = {}
    for group in ALIKE:
        for one in group:
            found.setdefault(one, set()).update(set(group) - {one})
    return {one: "".join(sorted(others)) for one, others in found.items()}
