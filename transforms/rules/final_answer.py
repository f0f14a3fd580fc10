"""A rule on solutions: the number that they end in must be the reference's."""

import re
from collections import deque
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, ClassVar

import orjson
import pyarrow as pa

from transforms.example import texts
from transforms.rules.digits import ascii_digits, compatible
from transforms.steps import Verdict

NUMBER = re.compile(
    r"""-?(?:
      (?<![\d/.,]) (?:(?P<whole>\d++)\ )? (?P<part>\d++) / (?P<of>0*+[1-9]\d*+) (?![/\d]|[.,]\d)
    | (?<![\d.,(]) (?P<comma> \d{1,3}(?:\.\d{3})+,\d++ | \d{1,3}(?:\.\d{3}){2,} | [1-9]\d*,\d\d? | 0,\d++ ) (?![.,]?\d)
    | (?<![\d.,]) (?P<spaced> (?<!(?<!\d)[1-9]\d\d\ ) (?!\d{3}(?:\ [1-9]\d\d){2,}+(?!\ 0)) \d{1,3} (?:\ \d{3}(?!\d))++
      | \d{1,3} (?:['’]\d{3}(?!\d))++ ) (?:[.,](?P<rest>\d++))?
    | (?<![\w.])\.\d+
    | \d+(?:,\d{3})*(?:\.\d+)?(?!\d)
    | \d+(?:\.\d+)?
    )""",
    re.VERBOSE,
)
"""A number. In this order: a fraction ("3 1/2"), what can only be a decimal comma ("3,5", "1.234,56") or points between
thousands ("1.234.567"), thousands with spaces (but three numbers of three digits, or more, are a list, unless one
begins with 0) or apostrophes, a decimal point that comes first ("$.50"), and last thousands with commas, or none, and a
decimal point ("1.234" is a little more than one)."""

MARK = "####"
"""What GSM8K has before the final answer."""

TOLERANCE = Decimal("0.001")
"""Numbers that differ by less are the same: so do the evaluations of MathOctopus and QAlign have it."""

EXACT = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""For numbers of any length: Python's own context overflows at a million digits."""

_SIGNS = str.maketrans("\u2212\u2044\u066b\u066c", "-/.,")
"""The minus sign, the fraction slash, and the Arabic decimal and thousands separators."""

_DIGITS = re.compile(r"\d+")

_FIXED_SPACE = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d)")
"""What keeps a number together on its line. NFKC would make a plain space of it."""

NO_SIGN = re.compile(r"[\w)\]]$|[\d)\]]\s$")
"""What before a hyphen makes it no sign: "48-24", "(2) - 3"."""


def final_number(text: str) -> Decimal | None:
    """Return the last number of a text, or of what follows its last "####"; None where there is none."""
    last = compatible(_FIXED_SPACE.sub("'", text.rpartition(MARK)[2])).translate(_SIGNS).rpartition(MARK)[2]
    if not last.isascii():
        last = _DIGITS.sub(lambda match: ascii_digits(match[0]), last)
    every = deque(NUMBER.finditer(last), maxlen=1)
    if not every:
        return None
    found = every[0]
    signed = found[0].startswith("-") and not NO_SIGN.search(last[max(0, found.start() - 2) : found.start()])
    return _value(found).copy_negate() if signed else _value(found)


def _value(match: "re.Match[str]") -> Decimal:
    """Return what a match of NUMBER says, without its sign."""
    if match["of"]:
        whole, part, of = (Decimal(match[name] or "0") for name in ("whole", "part", "of"))
        return EXACT.add(whole, EXACT.divide(part, of))
    if match["comma"]:
        number = match["comma"].replace(".", "").replace(",", ".")
    elif match["spaced"]:
        number = f"{re.sub('[^0-9]', '', match['spaced'])}.{match['rest'] or '0'}"
    else:
        number = match[0].lstrip("-").replace(",", "")
    return Decimal(number)


@dataclass(frozen=True)
class FinalAnswer:
    """Keeps solutions that end in the right number.

    The last number of `output`, or what follows its last "####" (as GSM8K marks the final answer), against that of the
    reference; numbers that differ by less than 0.001 are equal. Digits of any script, signs, fractions,
    thousands with commas, spaces or apostrophes, and decimal commas that can be nothing else ("3,5", "1.234,56") are
    understood; "1.234" has a decimal point, and "1,234" has none.

    Parameters:
      reference: the raw column that holds the reference, a number or a whole solution; the source must `keep` it.

    Reads `output` and `meta`. Rejects with `final_answer:other` (detail: "71, not 72"), `final_answer:none` (no number
    in the solution), `final_answer:no_reference` (no such column, or no number in it).

    After the selection of rejection sampling (RFT, arXiv 2308.01825; MathOctopus' xRFT, arXiv 2310.20246): only samples
    with the right answer are kept. Which number counts is ours.
    """

    reference: str
    shorthand: ClassVar[str] = "reference"

    def __post_init__(self) -> None:
        if not self.reference:
            raise ValueError("reference is empty: name the raw column that holds the right answer")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        both = zip(texts(batch, "output"), texts(batch, "meta"), strict=True)
        found = [self._objection(output, orjson.loads(meta).get(self.reference)) for output, meta in both]
        return Verdict([reason for reason, _ in found], [detail for _, detail in found])

    def _objection(self, output: str, reference: Any) -> tuple[str | None, str | None]:
        if isinstance(reference, float):
            reference = f"{Decimal(str(reference)):f}"  # without an exponent
        if reference is None or (wanted := final_number(str(reference))) is None:
            return "final_answer:no_reference", None
        given = final_number(output)
        if given is None:
            return "final_answer:none", None
        if EXACT.subtract(given, wanted).copy_abs() < TOLERANCE:
            return None, None
        return "final_answer:other", f"{str(given)[:40]}, not {str(wanted)[:40]}"
