"""What the study of vocabulary sharing in LLaMA says of a language: arXiv 2311.09071, by its readers and its code.

The study tunes a model on one pair of languages, English and another, and looks at the change of two scores: of that
pair (bilingual performance), and of all other languages (multilingual performance). Which of them rise is the
language's quadrant, with an advice for each. That takes training runs: without measured scores only an advice is given
here, from what a tokenizer does to the text, and never a quadrant. The thresholds are ours, since the study's weren't
found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FALLBACK = 0.1
"""A share of characters in bytes at and above which a language counts as over-tokenised. Ours."""

ADVICE: Mapping[str, str] = {
    "reciprocal": "tune the embeddings only: the best trade-off",
    "altruistic": "tune all weights on as little data of this pair as will do, and the embeddings only for the others",
    "selfish": "its own data helps it, and no other language: the usual tuning",
    "stagnant": "over-tokenised: shorten its sequences of subwords",
}
"""The study's advice for each quadrant."""

OVER_TOKENISED = (
    "over-tokenised: shorten its sequences of subwords (the study leaves out a byte that begins all characters of a "
    "script; what it also tries is a larger vocabulary)"
)


@dataclass(frozen=True)
class Scores:
    """Scores before and after tuning on a language's pair with English.

    Parameters:
      bilingual: of that pair: [before, after].
      multilingual: the mean over all other languages: [before, after].
    """

    bilingual: tuple[float, float]
    multilingual: tuple[float, float]


@dataclass(frozen=True)
class VocabularySharing:
    """Measured scores by language, from which quadrants follow.

    Parameters:
      scores: by language.
      threshold: a score is up where it rises by more than this; all else counts as flat or down. Ours.
    """

    scores: dict[str, Scores] = field(default_factory=dict)
    threshold: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < float("inf"):
            raise ValueError(f"threshold is {self.threshold}; it must be a finite number of 0 or more")


def quadrant(scores: Scores, threshold: float) -> str:
    """Return the quadrant of a language: by which of its scores rise by more than the threshold."""
    own, others = (after - before > threshold for before, after in (scores.bilingual, scores.multilingual))
    if own:
        return "reciprocal" if others else "selfish"
    return "altruistic" if others else "stagnant"


def advice(language: str, byte_characters: float, measured: VocabularySharing | None) -> dict[str, str]:
    """Return what the study advises for a language: `{advice}`, with `quadrant` where scores were measured.

    Args:
      language: its tag.
      byte_characters: the share of its characters that are in bytes.
      measured: scores, if there are any.
    """
    if measured is not None and language in measured.scores:
        found = quadrant(measured.scores[language], measured.threshold)
        return {"quadrant": found, "advice": ADVICE[found]}
    return {"advice": OVER_TOKENISED} if byte_characters >= FALLBACK else {}
