"""How many tokens examples have: the text of each field by itself, without special tokens or a chat's frame."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import CONTENT, TURN_LANGUAGES, language_column
from transforms.tokens.encoder import Encoder
from transforms.tokens.loading import load


@dataclass(frozen=True)
class FieldTexts:
    """Texts of one content column.

    Attributes:
      field: the column.
      language: the column that has their language.
      rows: for each text its row in the batch.
      texts: the texts (an Arrow array); none is empty.
    """

    field: str
    language: str
    rows: Any
    texts: Any


def field_texts(batch: pa.RecordBatch, fields: Sequence[str] = CONTENT) -> Iterator[FieldTexts]:
    """Yield the texts of content columns; `history` gives every turn's, the user's and the assistant's."""
    for field in fields:
        if field != "history":
            yield _filled(field, language_column(field), np.arange(batch.num_rows), batch.column(field))
            continue
        turns = batch.column("history")
        rows = pc.list_parent_indices(turns).to_numpy(zero_copy_only=False)
        flat = pc.list_flatten(turns)
        for who, language in TURN_LANGUAGES.items():
            yield _filled(field, language, rows, pc.struct_field(flat, who))


def _filled(field: str, language: str, rows: Any, texts: Any) -> FieldTexts:
    filled = pc.greater(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    if filled.all():
        return FieldTexts(field, language, rows, texts)
    return FieldTexts(field, language, rows[filled], texts.filter(pa.array(filled)))


def distinct(texts: Any) -> tuple[list[str], Any]:
    """Return the distinct texts of an array, and for each text which of them it is: the same text is counted once."""
    coded = texts.dictionary_encode()
    found: list[str] = coded.dictionary.to_pylist()
    return found, coded.indices.to_numpy(zero_copy_only=False)


def lengths(encoder: Encoder, texts: Any) -> Any:
    """Return the number of tokens of each text of an Arrow array."""
    found, which = distinct(texts)
    return encoder.lengths(found)[which]


def token_counts(batch: pa.RecordBatch, tokenizer: str, fields: Sequence[str] = CONTENT) -> Any:
    """Return how many tokens each example of a batch has in these content columns."""
    encoder, total = load(tokenizer), np.zeros(batch.num_rows, np.int64)
    for part in field_texts(batch, fields):
        np.add.at(total, part.rows, lengths(encoder, part.texts))
    return total
