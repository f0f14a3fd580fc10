"""What the manifest says of a dataset's tokens."""

from collections.abc import Mapping
from typing import Any

from pipeline.model import Dataset, Recipe
from transforms.tokens.loading import content_hash
from transforms.tokens.names import DEFAULT_TOKENIZER
from transforms.tokens.statistics import Languages, Pairs, add_languages, add_pairs, from_json, parity, reference
from transforms.tokens.vocabulary_sharing import advice


def tokens_of(recipe: Recipe, name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a dataset's tokenizer does to its languages: an entry of the manifest.

    Sums are over the examples of the dataset's streams, each once, whatever is drawn of them; see `LanguageTotals`.
    `parity` is the language's tokens over those of the same renderings in the language `parity_to`.
    """
    languages: Languages = {}
    pairs: Pairs = {}
    for entry in result["tokens"]:
        if entry["dataset"] == name:
            more_languages, more_pairs = from_json(entry)
            add_languages(languages, more_languages)
            add_pairs(pairs, more_pairs)
    dataset, to = recipe.datasets[name], reference(pairs)
    ratios = parity(pairs, to)
    described = {}
    for language, sums in sorted(languages.items()):
        told = sums.described()
        advised = advice(language, told["byte_character_share"], dataset.vocabulary_sharing)
        described[language] = {**told, **ratios.get(language, {}), **advised}
    return {
        "tokenizer": _shown(recipe, dataset),
        "content": content_hash(dataset.tokenizer),
        "unit": dataset.unit,
        "languages": described,
        "parity_to": to,
    }


def _shown(recipe: Recipe, dataset: Dataset) -> str:
    """Return the tokenizer as the recipe has it, with the commit where it is the Hub's; no path of this machine."""
    written = str(recipe.resolved["datasets"][dataset.name].get("tokenizer") or DEFAULT_TOKENIZER)
    return written if written.startswith("file:") else dataset.tokenizer


def drawn_tokens(available: int, drawn: int, tokens: int) -> dict[str, int]:
    """Return how many tokens a stream has, and how many its draws come to by its mean length (to the nearest)."""
    expected = (2 * drawn * tokens + available) // (2 * available) if available else 0
    return {"tokens_available": tokens, "tokens_drawn": expected}
