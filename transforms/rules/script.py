"""A rule on writing: text must be in the script that its language is written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.rules.fields import LAST_TURN, check_fields
from transforms.rules.scripts import other_chinese, script_name, scripts, unicode_scripts
from transforms.steps import Verdict

LETTER = r"[^\PL\p{Common}\p{Inherited}]"
"""Letters but for those that no script owns, such as Japanese's prolonged sound mark, Arabic's tatweel, maths' ℝ."""


COMPACT = frozenset(("Hans", "Hant", "Hani", "Jpan", "Kore", "Hang"))
"""The scripts of which a letter is a syllable or a word."""

WORD = LETTER + r"[\pL\pM'’]*"
"""A run of letters of another script, after those of the language's own were taken out."""

AS_LETTERS = 2
"""What such a word counts for beside letters of compact scripts: as many as a word has there, or rather fewer."""


@cache
def _pattern(codes: tuple[str, ...]) -> str:
    """Return a pattern of RE2's that finds a letter of these scripts."""
    return "[" + "".join(f"\\p{{{name}}}" for name in unicode_scripts(codes)) + "]"


@dataclass(frozen=True)
class Script:
    """Keeps examples whose text is written in the script of its language.

    Of the letters of each field, a share must be in the scripts that its language is written in, or in the one that the
    tag names ("sr-Latn"). It tells text that was left untranslated or romanised without a model, also in the many
    languages that identifiers don't know; of languages of one script it tells nothing. Letters that scripts share (the
    prolonged sound mark of Japanese, Arabic's tatweel, maths' double-struck ones) don't count. In Chinese, Japanese and
    Korean, whose letters are syllables and words, a word in other letters counts as two.

    Parameters:
      min_share: the least share of letters, from 0 to 1.
      fields: the content columns to judge; `history` can't be.
      min_letters: fields with fewer letters aren't judged.

    Reads the content columns, `input_lang`, `output_lang`: `output` is in `output_lang`, all else in `input_lang`.

    Where a tag says in which characters its Chinese is ("zh-Hant", "zh-TW"), it must be in those. Rejects with
    `script:other` (details: "output: 0.12 in Thai", "output: in Simplified Chinese") and `script:unknown` (a language
    without an entry in `transforms/rules/scripts.toml`; detail: "output: 'tlh'").

    Scripts of characters are Unicode's (UAX #24), those of languages CLDR's. The rule is ours.
    """

    min_share: float = 0.7
    fields: tuple[str, ...] = ()
    min_letters: int = 5
    shorthand: ClassVar[str] = "min_share"

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if "history" in self.fields:
            raise ValueError("fields: 'history' has text of two languages, and can't be judged")
        if not 0 <= self.min_share <= 1:
            raise ValueError(f"min_share: {self.min_share} is not a share from 0 to 1")
        if self.min_letters < 1:
            raise ValueError(f"min_letters: {self.min_letters} is less than 1")

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        for name in self.fields or LAST_TURN:
            tags = batch.column("output_lang" if name == "output" else "input_lang").to_pylist()
            letters = pc.count_substring_regex(batch.column(name), LETTER).to_numpy()
            for tag in sorted(set(tags)):
                codes = scripts(tag)
                mine = np.array([each == tag for each in tags]) & (letters >= self.min_letters)
                rows = [int(row) for row in np.flatnonzero(mine) if reasons[row] is None]
                if not codes:
                    for row in rows:
                        reasons[row], details[row] = "script:unknown", f"{name}: {tag!r}"
                    continue
                texts = batch.column(name).take(pa.array(rows, pa.int64()))
                for row, other in zip(rows, self._others(texts, letters[rows], codes), strict=True):
                    if other is not None:
                        reasons[row], details[row] = "script:other", f"{name}: {other}"
        return Verdict(reasons, details)

    def _others(self, texts: pa.Array, letters: np.ndarray, codes: tuple[str, ...]) -> Iterator[str | None]:
        """Yield for each text what it is written in instead of these scripts, or None."""
        told = " or ".join(unicode_scripts(codes)).replace("_", " ")
        for text, number, inside in zip(texts, letters, _letters_in(texts, codes), strict=True):
            share = inside / number
            if share < self.min_share and not COMPACT.isdisjoint(codes):
                share = _share_of_words(text, inside, codes)
            if share < self.min_share:
                yield f"{share:.2f} in {told}"
            else:
                other = other_chinese(text.as_py(), codes)
                yield other and f"in {script_name(other)}"


def _letters_in(text: pa.Array, codes: tuple[str, ...]) -> list[int]:
    """Count each text's letters of these scripts; marks and digits, which scripts have too, are no letters."""
    letters = pc.replace_substring_regex(text, r"[^\pL]", "")
    counts: list[int] = pc.count_substring_regex(letters, _pattern(codes)).to_pylist()
    return counts


def _share_of_words(text: pa.Scalar, inside: int, codes: tuple[str, ...]) -> float:
    """Return the share of a compact script's letters in a text, each word in other letters counted as `AS_LETTERS`."""
    others: int = pc.count_substring_regex(pc.replace_substring_regex(text, _pattern(codes), " "), WORD).as_py()
    return inside / max(inside + AS_LETTERS * others, 1)
