"""Some words of the answer before the prompt: a model learns to write what it is told must be there."""

from dataclasses import dataclass
from typing import ClassVar

from transforms.augment.chance import Chance, check_probability

TARGET = "{trg}"


@dataclass(frozen=True)
class Prefix:
    """Puts some words of the answer before the prompt.

    Parameters:
      probability: that an example gets a prefix.
      min_words: the fewest words that are taken.
      max_words: the most.
      template: what is put before the prompt, `{trg}` standing for the words.

    How many words, and which, is drawn evenly; an answer of fewer stays without. Words are what white space separates,
    so that Chinese or Japanese answers give whole sentences, or none.
    """

    probability: float
    min_words: int = 2
    max_words: int = 5
    template: str = "__start__ {trg} __end__ "

    shorthand: ClassVar[str] = "probability"

    def __post_init__(self) -> None:
        check_probability("prefix", self.probability)
        if not 1 <= self.min_words <= self.max_words:
            message = "min_words is 1 or more, and max_words at least as many"
            raise ValueError(f"min_words {self.min_words}, max_words {self.max_words}: {message}")
        if self.template.count(TARGET) != 1:
            raise ValueError(f"template {self.template!r}: {TARGET} stands in it once, for the words of the answer")

    def apply(self, prompt: str, answer: str, chance: Chance) -> str:
        """Return the prompt with a prefix, or as it is."""
        words = answer.split()
        number = chance.between(self.min_words, self.max_words)
        if len(words) < number:
            return prompt
        first = chance.below(len(words) - number + 1)
        return self.template.replace(TARGET, " ".join(words[first : first + number])) + prompt
