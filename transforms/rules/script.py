"""A rule on writing: text must be in the script that its language is written in."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import language_column
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
        found: dict[int, tuple[str, str]] = {}
        for name in self.fields or LAST_TURN:
            tags = batch.column(language_column(name)).to_pylist()
            plain = pc.string_is_ascii(batch.column(name)).to_numpy(zero_copy_only=False)
            for tag in sorted(set(tags)):
                codes = scripts(tag)
                mine = np.array([each == tag and row not in found for row, each in enumerate(tags)])
                if "Latin" in unicode_scripts(codes):
                    mine &= ~plain  # all its letters are Latin: no need to count
                rows = np.flatnonzero(mine)
                texts = batch.column(name).take(pa.array(rows, pa.int64()))
                letters = pc.count_substring_regex(texts, LETTER).to_numpy()
                enough = letters >= self.min_letters
                rows, texts, letters = rows[enough].tolist(), texts.filter(pa.array(enough)), letters[enough]
                if not codes:
                    found |= dict.fromkeys(rows, ("script:unknown", f"{name}: {tag!r}"))
                    continue
                for row, other in zip(rows, self._others(texts, letters, codes), strict=True):
                    if other is not None:
                        found[row] = "script:other", f"{name}: {other}"
        return Verdict.of(batch.num_rows, found)

    def _others(self, texts: pa.Array, letters: np.ndarray, codes: tuple[str, ...]) -> Iterator[str | None]:
        """Yield for each text what it is written in instead of these scripts, or None."""
        told = " or ".join(unicode_scripts(codes)).replace("_", " ")
        for text, share in zip(texts, self._shares(texts, letters, codes).tolist(), strict=True):
            if share < self.min_share:
                yield f"{share:.2f} in {told}"
            else:
                other = other_chinese(text.as_py(), codes)
                yield other and f"in {script_name(other)}"

    def _shares(self, texts: pa.Array, letters: np.ndarray, codes: tuple[str, ...]) -> np.ndarray:
        """Return the share of each text's letters that are of these scripts; by words where letters alone don't do."""
        inside = _letters_in(texts, codes)
        shares: np.ndarray = inside / letters
        low = np.flatnonzero(shares < self.min_share)
        if len(low) and not COMPACT.isdisjoint(codes):
            foreign = pc.replace_substring_regex(texts.take(pa.array(low)), _pattern(codes), " ")
            words = pc.count_substring_regex(foreign, WORD).to_numpy()
            shares[low] = inside[low] / (inside[low] + AS_LETTERS * words)
        return shares


def _letters_in(texts: pa.Array, codes: tuple[str, ...]) -> np.ndarray:
    """Count each text's letters of these scripts; marks and digits, which scripts have too, are no letters."""
    letters = pc.replace_substring_regex(texts, r"[^\pL]", "")
    counts: np.ndarray = pc.count_substring_regex(letters, _pattern(codes)).to_numpy()
    return counts
