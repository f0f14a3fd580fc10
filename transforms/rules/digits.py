"""A rule on numbers: those of the original must be in the translation."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import pyarrow as pa

from transforms.sides import pairs
from transforms.steps import Verdict

# A number grouped in thousands by one and the same separator ("1,234,567", "1.234", "12 345", "1'000"; U+066C is the
# Arabic one; NFKC has already made no-break and narrow spaces plain ones), or as in India ("12,34,567"; such a number
# begins where no comma is before, or a long list of two-digit numbers would be read to its end from each of them), or
# any run of digits.
_NUMBER = re.compile(
    r"(?<!\d)\d{1,3}([.,'’ ٬])\d{3}(?:\1\d{3})*(?!\d)"
    r"|(?<!\d)(?<!\d,)\d{1,2}(?:,\d{2}(?!\d))++,\d{3}(?!\d)"
    r"|\d+"
)
_GROUPED = re.compile(r"\d[.,'’ ٬]\d{3}")
_RUN = re.compile(r"\d+")
_SEPARATOR = re.compile(r"\D")
_NO_CENTS = re.compile(r"(?<=\d)[.,:]00(?!\d|[.,:]\d)")
_RAISED = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞↉²³¹⁰⁴-⁹₀-₉])")  # NFKC makes "2½" 21⁄2 and "10²" 102
_MONTH = re.compile(r"(?<!\d)(?:1[0-2]|0?[1-9]) ?[月월]")
_MYRIADS = re.compile(r"(?<![\d.])(\d{1,12}(?:\.\d{1,8})?) ?(?:([万萬만])|[亿億억])(?:(?<=[万萬만]) ?(\d{1,4})(?!\d))?")


def numbers(text: str) -> dict[str, None]:
    """Return the distinct digit strings of a text in order, after NFKC, in ASCII digits, without thousands separators.

    A decimal point or comma divides: "3.5" and "3,5" are both 3 and 5; "3.00" and "3:00" are 3.
    """
    text = compatible(text)
    if "00" in text:
        text = _NO_CENTS.sub(" ", text)
    if _GROUPED.search(text):  # few texts: the pattern that knows separators takes ten times as long
        found = [_SEPARATOR.sub("", match[0]) for match in _NUMBER.finditer(text)]
    else:
        found = _RUN.findall(text)
    return dict.fromkeys(found if "".join(found).isascii() else map(ascii_digits, found))


def compatible(text: str) -> str:
    """Return a text's NFKC form, in which a number stays apart from a fraction or exponent behind it ("2½", "10²")."""
    return text if text.isascii() else unicodedata.normalize("NFKC", _RAISED.sub(" ", text))


def ascii_digits(number: str) -> str:
    """Return a number with ASCII digits in place of another script's."""
    return number if number.isascii() else "".join(str(unicodedata.decimal(digit)) for digit in number)


def missing_numbers(source: str, target: str) -> list[str]:
    """Return the numbers of a text that its translation lacks, in the order of the text.

    One direction only: translations write words as digits ("two" as 2) too often for the other to mean much.
    """
    wanted = numbers(source)
    if not wanted:
        return []
    held = numbers(target)
    missing = [number for number in wanted if number not in held]
    if not missing or (source.isascii() and target.isascii()):
        return missing
    held |= dict.fromkeys(value for _, value in _myriads(target))
    for written, value in _myriads(source):
        if value in held:
            held |= numbers(written)
    if not _MONTH.search(compatible(target)):
        unnamed = numbers(_MONTH.sub(" ", compatible(source)))
        missing = [number for number in missing if number in unnamed]
    return [number for number in missing if number not in held]


def _myriads(text: str) -> Iterator[tuple[str, str]]:
    """Yield each number that counts in 10,000 or 10^8 as East Asia does ("8万", "1.5億", "3만5000"), and its value."""
    for match in _MYRIADS.finditer(compatible(text)):
        value = Decimal(match[1]).scaleb(4 if match[2] else 8) + int(match[3] or 0)
        if value == value.to_integral_value():
            yield match[0], f"{value:.0f}"


@dataclass(frozen=True)
class Digits:
    """Keeps pairs whose translation has all the numbers of the original.

    Numbers are runs of digits, after NFKC, in any script's digits, without thousands separators; how often one occurs
    doesn't count, nor do cents and minutes that are 00, and "8万", "8만" and 80,000 are the same. Months that East Asia
    numbers ("3月") may be named. The translation may have more. Legal translations are rejected too ("2 friends" as
    "two friends"), so that this rule is for data that can spare them. The original is the field before translation
    where the example was translated, `input` where `task` is `translation`, `output` where it is `question`.

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
