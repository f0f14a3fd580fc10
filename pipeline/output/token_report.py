"""What the manifest says of tokens, and the tables in which `plan` and `show` print it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.model import Dataset, Recipe
from pipeline.tables import new_table
from transforms.tokens.loading import content_hash
from transforms.tokens.names import DEFAULT_TOKENIZER
from transforms.tokens.statistics import (
    Languages,
    Pairs,
    add_languages,
    add_pairs,
    alike,
    from_json,
    parity,
    reference,
)
from transforms.tokens.vocabulary_sharing import advice

UNSTATED = "not stated"
SOURCE = "arXiv 2311.09071; the thresholds are ours"


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


def token_tables(manifest: Mapping[str, Any]) -> Iterator[Table | Text]:
    """Yield a table for the datasets that have a tokenizer, and what is advised of their languages."""
    for names, tokens in alike(manifest["datasets"]):
        yield _table(", ".join(names), tokens)
        for language, told in tokens["languages"].items():
            if "advice" in told:
                quadrant = f", {told['quadrant']} by its scores" if "quadrant" in told else ""
                yield Text(f"{language or UNSTATED}{quadrant}: {told['advice']} ({SOURCE})")


def _table(name: str, tokens: Mapping[str, Any]) -> Table:
    ratios = ("a word", "a character", "a byte")
    columns = ("tokens", *ratios, "byte pieces", "characters in bytes", f"parity to {tokens['parity_to'] or '-'}")
    shown = new_table(f"\n{name} in tokens of {tokens['tokenizer']}", "language", *columns, numbers=len(columns))
    for language, told in tokens["languages"].items():
        numbers = [f"{told['tokens']:,}", *(f"{told[key]:.3f}" for key in ("per_word", "per_character", "per_byte"))]
        numbers += [f"{told[key]:.2%}" for key in ("byte_piece_share", "byte_character_share")]
        shown.add_row(Text(language or UNSTATED), *numbers, f"{told['parity']:.3f}" if "parity" in told else "")
    return shown
