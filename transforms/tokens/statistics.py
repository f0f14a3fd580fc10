"""What a tokenizer does to the texts of a language: whole numbers that are added up, and the ratios that they give."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class LanguageTotals:
    """Sums over texts of one language.

    Attributes:
      texts: how many there are (fields of examples that aren't empty).
      tokens: their tokens.
      words: what white space separates in them.
      characters: their Unicode code points.
      bytes: their bytes in UTF-8.
      byte_pieces: tokens that stand for a part of a character: a fallback byte, or a piece of a byte-level vocabulary
        that isn't whole characters.
      byte_characters: characters that no single token holds whole.
      unknown: tokens that stand for whatever the vocabulary lacks.
    """

    texts: int = 0
    tokens: int = 0
    words: int = 0
    characters: int = 0
    bytes: int = 0
    byte_pieces: int = 0
    byte_characters: int = 0
    unknown: int = 0

    def add(self, other: "LanguageTotals") -> None:
        """Add the sums of other texts."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def described(self) -> dict[str, Any]:
        """Return the sums and their ratios, rounded to 4 decimals.

        Fertility is tokens per word (Rust et al., ACL 2021); here it is the ratio of the sums, not a mean over
        sentences. Where a language has no spaces, a word is a sentence or more: tokens per character and per byte tell
        more.
        """
        return {
            **asdict(self),
            "per_word": _ratio(self.tokens, self.words),
            "per_character": _ratio(self.tokens, self.characters),
            "per_byte": _ratio(self.tokens, self.bytes),
            "byte_piece_share": _ratio(self.byte_pieces, self.tokens),
            "byte_character_share": _ratio(self.byte_characters, self.characters),
        }


Languages = dict[str, LanguageTotals]

Pairs = dict[tuple[str, str], tuple[int, int, int]]
"""For two languages, in the order of their names: how many renderings, and their tokens in each language."""


def add_languages(total: Languages, more: Mapping[str, LanguageTotals]) -> None:
    """Add sums by language."""
    for language, sums in more.items():
        total.setdefault(language, LanguageTotals()).add(sums)


def add_pairs(total: Pairs, more: Mapping[tuple[str, str], tuple[int, int, int]]) -> None:
    """Add sums by pair of languages."""
    for pair, numbers in more.items():
        total[pair] = _sum(total.get(pair, (0, 0, 0)), numbers)


def to_json(languages: Mapping[str, LanguageTotals], pairs: Pairs) -> dict[str, Any]:
    """Return sums as plain data, which `from_json` reads."""
    return {
        "languages": {language: asdict(sums) for language, sums in languages.items()},
        "pairs": [[*pair, *numbers] for pair, numbers in sorted(pairs.items())],
    }


def from_json(data: Mapping[str, Any]) -> tuple[Languages, Pairs]:
    """Return the sums that `to_json` wrote."""
    languages = {language: LanguageTotals(**sums) for language, sums in data["languages"].items()}
    return languages, {(one, other): (number, x, y) for one, other, number, x, y in data["pairs"]}


def reference(pairs: Iterable[tuple[str, str]]) -> str:
    """Return the language that others are compared with: English, else the one in most pairs, of these the first."""
    times: dict[str, int] = {}
    for language in (language for pair in pairs for language in pair):
        times[language] = times.get(language, 0) + 1
    if "en" in times:
        return "en"
    return min(times, key=lambda language: (-times[language], language), default="")


def parity(pairs: Pairs, to: str) -> dict[str, dict[str, Any]]:
    """Return for each language its parity with the language `to`: tokens over tokens of the same renderings.

    Parity as by Petrov et al. (NeurIPS 2023), but as the ratio of sums. `renderings` is the number of texts, or of
    examples, that are compared.
    """
    found: dict[str, dict[str, Any]] = {}
    for (one, other), (number, first, second) in sorted(pairs.items()):
        if to in (one, other):
            language, mine, theirs = (one, first, second) if other == to else (other, second, first)
            found[language] = {"parity": _ratio(mine, theirs), "renderings": number}
    return found


def alike(datasets: Mapping[str, Mapping[str, Any]]) -> list[tuple[list[str], Mapping[str, Any]]]:
    """Return what the manifest's datasets say of tokens, each once: (names of the datasets that say it, what)."""
    told: list[tuple[list[str], Mapping[str, Any]]] = []
    for name, dataset in datasets.items():
        if "tokens" in dataset:
            mine = {key: value for key, value in dataset["tokens"].items() if key != "unit"}
            names = next((names for names, other in told if other == mine), None)
            if names is None:
                told.append(([name], mine))
            else:
                names.append(name)
    return told


def _sum(one: tuple[int, int, int], other: tuple[int, int, int]) -> tuple[int, int, int]:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
