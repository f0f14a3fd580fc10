"""The tables in which `plan` and `show` print what a manifest says of tokens."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.tables import new_table
from transforms.tokens.statistics import alike

UNSTATED = "not stated"
SOURCE = "arXiv 2311.09071; the thresholds are ours"


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
