"""Whether the numbers of a segment are in its translation."""

import re

from transforms.rules import digits
from transforms.translate.segments import PLACEHOLDER

_NUMBER = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d+(?:[.,'\u2019]\d+)*")


def missing_numbers(source: str, answer: str) -> list[str]:
    """Return the numbers outside placeholders that the answer lacks, in the source's order.

    They are what the rule `digits` looks at: one-directional, after NFKC, without thousands separators.
    """
    return digits.missing_numbers(PLACEHOLDER.sub(" ", source), PLACEHOLDER.sub(" ", answer))


def number_spans(text: str, numbers: list[str]) -> list[tuple[int, int]]:
    """Return where these numbers (as `missing_numbers` gives them) stand in a text outside its placeholders."""
    bare = PLACEHOLDER.sub(lambda match: "_" * len(match.group()), text)
    return [match.span() for match in _NUMBER.finditer(bare) if digits.numbers(match.group()).keys() & set(numbers)]
