"""Terminology tags: a term in the prompt is marked, with the translation that the answer has for it."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from transforms.augment.chance import Chance, check_probability
from transforms.translate.terms import Glossary, Terms, glossary_of, with_files_read
from transforms.translate.whole_words import find_terms, occurs

SOURCE, TARGET = "{src}", "{trg}"

_PLACE = re.compile(r"\{(?:src|trg)\}")


@dataclass(frozen=True)
class Tags:
    """Marks terms of a glossary in the prompt, with the translation that the answer has for them.

    Parameters:
      probability: that a term is marked, for each place where it stands.
      glossary: for each language of answers pairs of a term and its translation, or a file of them (a term, a tab, its
        translation on each line).
      template: what a term becomes, `{src}` standing for it and `{trg}` for its translation.

    Places are found as whole words, in the case that the glossary has; of terms that overlap the longest counts. A
    place counts where the answer has the translation, as a whole word in whatever case. A term that is spelt like its
    translation is never marked.

    OpusTrainer takes single words from word alignments, for which langloom has no model; a glossary is what Dinu et al.
    (2019), whom it follows, take.
    """

    probability: float
    glossary: Glossary
    template: str = "__source__ {src} __target__ {trg} __done__"

    def __post_init__(self) -> None:
        check_probability("tags", self.probability)
        if not self.glossary:
            raise ValueError("glossary is empty: it has terms and their translations for a language, or their file")
        if self.template.count(SOURCE) != 1 or self.template.count(TARGET) != 1:
            raise ValueError(f"template {self.template!r}: {SOURCE} and {TARGET} stand in it once each")

    def terms(self, language: str) -> Terms:
        """Return the pairs for the language of an answer."""
        if language not in self._held:
            found = ((term.strip(), said.strip()) for term, said in glossary_of(self.glossary, language))
            self._held[language] = tuple((term, said) for term, said in found if term and said and term != said)
        return self._held[language]

    @cached_property
    def _held(self) -> dict[str, Terms]:
        """What `terms` has found."""
        return {}

    def apply(self, prompt: str, answer: str, terms: Terms, chance: Chance) -> str:
        """Return the prompt with terms marked."""
        if not terms:
            return prompt
        said = dict(terms)
        pieces, end = list[str](), 0
        for start, stop in find_terms(prompt, tuple(said)):
            term = prompt[start:stop]
            if occurs(said[term], answer) and chance.happens(self.probability):
                pieces += [prompt[end:start], self._marked(term, said[term])]
                end = stop
        return "".join([*pieces, prompt[end:]])

    def resolved(self, base: str) -> Self:
        """Return the same with its files read, relative ones from a folder; OSError or ValueError where that fails."""
        return replace(self, glossary=with_files_read(self.glossary, base))

    def _marked(self, term: str, translation: str) -> str:
        return _PLACE.sub(lambda match: {SOURCE: term, TARGET: translation}[match[0]], self.template)
