"""A rule on what two sides of a pair have in common."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from transforms.rules.prose import prose, quotations_of_code, strict_prose
from transforms.sides import pairs
from transforms.steps import Verdict

# Scripts that don't put spaces between words: Thai, Lao, Myanmar, Khmer; kana, Han and its extensions.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W\d_{_UNSPACED}]+")


def words(text: str) -> list[str]:
    """Return the words of a text, case-folded: runs of letters, or single characters of unspaced scripts."""
    return _WORD.findall(text.casefold())


def overlap(one: list[str], other: list[str]) -> float:
    """Return the share of words that two texts have in common, each as often as it occurs (Dice's coefficient).

    It is 1 for texts of the same words, whatever their case, white space, numbers and punctuation; 0 if both are empty.
    """
    if not one or not other:
        return 0.0
    return 2 * (Counter(one) & Counter(other)).total() / (len(one) + len(other))


@dataclass(frozen=True)
class Copy:
    """Keeps pairs whose translation isn't a copy of the original.

    What the sides have in common is Dice's coefficient of their words, each as often as it occurs: runs of letters,
    case-folded, and single characters in scripts without spaces; numbers, punctuation, code and what quotes it,
    formulas, URLs and tags don't count. Translations reach some 0.5 by their names; copies, also slightly changed ones,
    are above 0.9. Closely related languages need a higher bound.

    Parameters:
      max_overlap: the greatest overlap that is kept.
      min_words: originals of fewer words aren't judged: names, numbers and formulas stay what they are.

    Reads both sides of a pair: the translated fields before and after, else `input` and `output`.
    Rejects with `copy` (detail: the overlap; for a translated field "output: 0.97"), `not_a_pair`.
    """

    max_overlap: float = 0.8
    min_words: int = 4
    shorthand: ClassVar[str] = "max_overlap"
    on_pairs: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 <= self.max_overlap < 1:
            raise ValueError(f"max_overlap: {self.max_overlap} is not from 0 to below 1")
        if self.min_words < 1:
            raise ValueError(f"min_words: {self.min_words} is less than 1")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        both = pairs(batch)
        found = {}
        for pair, (before, after) in enumerate(zip(both.before.to_pylist(), both.after.to_pylist(), strict=True)):
            share = self._overlap(words(prose(before)), words(prose(after)))
            if share > self.max_overlap:
                quoted = quotations_of_code(batch, int(both.rows[pair]), before, after)
                share = self._overlap(words(strict_prose(before, quoted)), words(strict_prose(after, quoted)))
            if share > self.max_overlap:
                found[pair] = f"{share:.2f}"
        return both.verdict("copy", found)

    def _overlap(self, one: list[str], other: list[str]) -> float:
        if len(one) < self.min_words:
            return 0.0
        # Texts of very different length can't have enough in common; counting their words costs most.
        if 2 * min(len(one), len(other)) <= self.max_overlap * (len(one) + len(other)):
            return 0.0
        return overlap(one, other)
