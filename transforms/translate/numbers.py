"""Whether the numbers of a text are in its translation."""

import re
import unicodedata

from transforms.translate.segments import PLACEHOLDER

_NUMBER = re.compile(r"\d+(?:[.,'\u2019\u066b\u066c]\d+|(?<!\d\d\d\d)[ ]\d{3}(?!\d))*")


def missing_numbers(source: str, answer: str) -> list[str]:
    """Return the numbers of the source that its translation lacks, as digits without separators, sorted.

    One-directional: more numbers in the translation are no defect. Both sides are compared after NFKC, as ASCII digits,
    without decimal and thousands separators (`1,234.5`, `1.234,5` and `1 234,5` are one number) and outside
    placeholders. How often a number occurs doesn't matter.
    """
    wanted = _numbers(source)
    return sorted(wanted - _numbers(answer)) if wanted else []


def number_spans(text: str, numbers: list[str]) -> list[tuple[int, int]]:
    """Return where these numbers (as `missing_numbers` gives them) stand in a text."""
    wanted = set(numbers)
    return [match.span() for match in _NUMBER.finditer(text) if _digits(match.group()) in wanted]


def _numbers(text: str) -> set[str]:
    text = PLACEHOLDER.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return {_digits(number) for number in _NUMBER.findall(text)}


def _digits(number: str) -> str:
    if number.isdigit() and number.isascii():
        return number
    return "".join(str(unicodedata.digit(character)) for character in number if character.isdecimal())
