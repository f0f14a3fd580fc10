"""Forecasts: how many tokens a request will use, from the lengths of its texts and from what was seen so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from transforms.rules.language_codes import language
from transforms.tokens.loading import load
from transforms.tokens.names import DEFAULT_TOKENIZER

BYTES_PER_TOKEN = 4.0
"""UTF-8 bytes of English text in a token of OpenAI's o200k (4.4 on GPTeacher's instructions), a little below."""

EXPANSION: Mapping[str, float] = {
    "en": 1.0, "es": 1.2, "pt": 1.25, "fr": 1.2, "de": 1.2, "it": 1.3, "nl": 1.25, "ru": 1.3, "uk": 1.5, "pl": 1.6,
    "zh": 1.2, "ja": 1.5, "ko": 1.4, "vi": 1.35, "tr": 1.5, "ar": 1.35, "hi": 1.35, "bn": 1.5, "sw": 1.35,
    "th": 1.6, "el": 1.9, "te": 1.8, "ta": 2.0,
}  # fmt: skip
"""Tokens of a translation (o200k) for each token of its English original.

bn, de, es, fr, ja, ru, sw, te, th and zh as measured on MGSM, XQuAD and Tatoeba, pt on Firefox's translations; the
others are estimates.
"""

OTHER = 1.6
"""The same for languages that the table lacks."""

FRAME = 8
"""Tokens that a chat's frame adds to a system and a user message, about."""

SETTLED = 20
"""Requests that must have been answered before their usage lowers estimates; what models think raises them at once."""

ALL = ""
"""Where the usage of all languages is summed, for those that none was answered of yet."""


def expansion(source: str, target: str) -> float:
    """Return how many tokens a translation has for each token of its original, by rule of thumb."""
    one, other = (EXPANSION.get(language(tag), OTHER) for tag in (source, target))
    return other / one


def rough_tokens(text: str) -> float:
    """Return about how many tokens a text has: by its bytes, without a tokenizer."""
    return len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN + 1


@lru_cache(maxsize=1024)
def count_tokens(text: str) -> int:
    """Return how many tokens of OpenAI's o200k a text has; texts that come again, such as prompts, are counted once."""
    return int(load(DEFAULT_TOKENIZER).lengths([text])[0])


class Load(NamedTuple):
    """What a request holds, in tokens by rule of thumb.

    Attributes:
      overhead: beside its texts.
      texts: in its texts.
      source, target: the languages.
    """

    overhead: float
    texts: float
    source: str
    target: str

    @property
    def plain(self) -> tuple[float, float]:
        """The tokens of input and output, as long as nothing is known of the engine."""
        return self.overhead + self.texts, self.texts * expansion(self.source, self.target)


@dataclass
class Estimator:
    """Estimates tokens, and learns from what requests really used.

    Input and output are corrected by the ratio of what was used to what was estimated, for each target language; by
    that of all languages where nothing was answered in this one, and never below the estimate at first.
    """

    _seen: dict[str, list[float]] = field(default_factory=dict)

    def estimate(self, load: Load) -> tuple[float, float]:
        """Return the tokens of input and output to expect of a request."""
        plain = load.plain
        seen = self._seen.get(load.target) or self._seen.get(ALL)
        if not seen:
            return plain
        requests, used_in, plain_in, used_out, plain_out = seen
        learned = plain[0] * used_in / plain_in, plain[1] * used_out / plain_out
        if load.target in self._seen and requests >= SETTLED:
            return learned
        return max(plain[0], learned[0]), max(plain[1], learned[1])

    @property
    def knows(self) -> bool:
        """Whether anything was answered yet."""
        return bool(self._seen)

    def learn(self, load: Load, used: tuple[int, int]) -> None:
        """Take note of the tokens of input and output that an answered request used."""
        plain = load.plain
        for name in (load.target, ALL):
            seen = self._seen.setdefault(name, [0, 0, 0, 0, 0])
            for at, number in enumerate((1, used[0], plain[0], used[1], plain[1])):
                seen[at] += number
