"""A rule on numbers: those of the original must be in the translation."""

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from transforms.sides import pairs
from transforms.steps import Verdict

# A number grouped in thousands by one and the same separator ("1,234,567", "1.234", "12 345", "1'000"; U+066C is the
# Arabic one; NFKC has already made no-break and narrow spaces plain ones), or as in India ("12,34,567"), or any run of
# digits.
_NUMBER = re.compile(r"(?<!\d)\d{1,3}([.,'’ ٬])\d{3}(?:\1\d{3})*(?!\d)|(?<!\d)\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|\d+")
_GROUPED = re.compile(r"\d[.,'’ ٬]\d{3}")
_RUN = re.compile(r"\d+")
_SEPARATOR = re.compile(r"\D")


def numbers(text: str) -> dict[str, None]:
    """Return the distinct digit strings of a text in order, after NFKC, in ASCII digits, without thousands separators.

    A decimal point or comma divides: "3.5" and "3,5" are both 3 and 5.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if _GROUPED.search(text):  # few texts: the pattern that knows separators takes ten times as long
        found = [_SEPARATOR.sub("", match[0]) for match in _NUMBER.finditer(text)]
    else:
        found = _RUN.findall(text)
    return dict.fromkeys(found if "".join(found).isascii() else map(ascii_digits, found))


def ascii_digits(number: str) -> str:
    """Return a number with ASCII digits in place of another script's."""
    return number if number.isascii() else "".join(c if c.isascii() else str(unicodedata.decimal(c)) for c in number)


def missing_numbers(source: str, target: str) -> list[str]:
    """Return the numbers of a text that its translation lacks, in the order of the text.

    One direction only: translations write words as digits ("two" as 2) too often for the other to mean much.
    """
    wanted = numbers(source)
    if not wanted:
        return []
    held = numbers(target)
    return [number for number in wanted if number not in held]


@dataclass(frozen=True)
class Digits:
    """Keeps pairs whose translation has all the numbers of the original.

    Numbers are runs of digits, after NFKC, in any script's digits, without thousands separators; how often one occurs
    doesn't count. The translation may have more. Legal translations are rejected too ("2 friends" as "two friends"),
    so that this rule is for data that can spare them. The original is the field before translation where the example
    was translated, `input` where `task` is `translation`, `output` where it is `question`.

    Reads both sides of a pair. Rejects with `digits` (detail: the missing numbers, at most ten), `not_a_pair`.
    """

    on_pairs: ClassVar[bool] = True

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        both = pairs(batch)
        found = {}
        for pair, (source, target) in enumerate(zip(both.before.to_pylist(), both.after.to_pylist(), strict=True)):
            if missing := missing_numbers(source, target):
                found[pair] = ", ".join(missing[:10])
        return both.verdict("digits", found)
