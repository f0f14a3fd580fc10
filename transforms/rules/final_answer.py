"""A rule on solutions: the number that they end in must be the reference's."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import orjson
import pyarrow as pa

from transforms.example import texts
from transforms.rules.digits import ascii_digits
from transforms.steps import Verdict

NUMBER = re.compile(r"-?(?<![\w.])\.\d+|-?\d+(?:,\d{3})*(?:\.\d+)?(?!\d)|-?\d+(?:\.\d+)?")
"""A number, with thousands separated by commas or not, and a decimal point, which may come first ("$.50")."""

MARK = "####"
"""What GSM8K has before the final answer."""

TOLERANCE = Decimal("0.001")
"""Numbers that differ by less are the same: so do the evaluations of MathOctopus and QAlign have it."""


NO_SIGN = re.compile(r"[\w)\]]$|[\d)\]]\s$")
"""What before a hyphen makes it no sign: "48-24", "(2) - 3"."""


def final_number(text: str) -> Decimal | None:
    """Return the last number of a text, or of what follows its last "####"; None where there is none."""
    last = unicodedata.normalize("NFKC", text).replace("\u2212", "-").rpartition(MARK)[2]
    found = None
    for match in NUMBER.finditer(last):
        before = last[max(0, match.start() - 2) : match.start()]
        found = match[0].lstrip("-") if NO_SIGN.search(before) else match[0]
    return None if found is None else Decimal(ascii_digits(found.replace(",", "")))


@dataclass(frozen=True)
class FinalAnswer:
    """Keeps solutions that end in the right number.

    The last number of `output`, or what follows its last "####" (as GSM8K marks the final answer), against that of the
    reference; numbers that differ by less than 0.001 are equal. Digits of any script, thousands commas and signs are
    understood.

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
        found = [self._objection(output, orjson.loads(meta or "{}").get(self.reference)) for output, meta in both]
        return Verdict([reason for reason, _ in found], [detail for _, detail in found])

    def _objection(self, output: str, reference: Any) -> tuple[str | None, str | None]:
        if reference is None or (wanted := final_number(str(reference))) is None:
            return "final_answer:no_reference", None
        given = final_number(output)
        if given is None:
            return "final_answer:none", None
        if abs(given - wanted) < TOLERANCE:
            return None, None
        return "final_answer:other", f"{str(given)[:40]}, not {str(wanted)[:40]}"
