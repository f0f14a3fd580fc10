"""The tokens of a part, counted once: the counts are kept in the work folder for all datasets, and for a later run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.code_signature import code_version
from transforms.example import digest
from transforms.files import is_whole_arrow, open_arrow, written
from transforms.parts import ArrowFile, Part
from transforms.sides import PAIR_TASKS
from transforms.tokens.lengths import distinct, field_texts
from transforms.tokens.loading import content_hash, load
from transforms.tokens.statistics import Languages, LanguageTotals, Pairs, add_languages, add_pairs, from_json, to_json

NOTE = b"langloom.tokens"


@dataclass(frozen=True)
class PartTokens:
    """What was counted in a part.

    Attributes:
      rows: the number of tokens of each example, all text a trainer reads: system, history, instruction, input, output.
      languages: sums by language. The prompt side counts for `input_lang`, the answer side for `output_lang`.
      pairs: tokens of `input` and `output` of translation pairs, by their languages.
    """

    rows: Any
    languages: Languages
    pairs: Pairs


def part_tokens(part: Part, work: str, tokenizer: str) -> PartTokens:
    """Return the counts of a part from the work folder; where they aren't there yet, count them and write them."""
    path = _path(part.name, work, tokenizer)
    return _read(path) if is_whole_arrow(path) else _write(path, part, tokenizer)


def read_token_counts(part: str, work: str, tokenizer: str) -> Any:
    """Return the number of tokens of each example of a part, which must have been counted before."""
    return _read(_path(part, work, tokenizer)).rows


def _path(part: str, work: str, tokenizer: str) -> str:
    return f"{work}/tokens/{digest(part, content_hash(tokenizer), code_version()).hex()}.arrow"


def _write(path: str, part: Part, tokenizer: str) -> PartTokens:
    rows, languages, pairs = [np.zeros(0, np.int64)], Languages(), Pairs()
    for batch in part.batches():
        counts = count(batch, tokenizer)
        rows.append(counts.rows)
        add_languages(languages, counts.languages)
        add_pairs(pairs, counts.pairs)
    found = PartTokens(np.concatenate(rows), dict(sorted(languages.items())), dict(sorted(pairs.items())))
    note = to_json(found.languages, found.pairs)
    with written(ArrowFile(path)) as file:
        batch = pa.RecordBatch.from_arrays([pa.array(found.rows)], names=["tokens"])
        file.write(batch, {NOTE: json.dumps(note, ensure_ascii=False).encode()})
    return found


def _read(path: str) -> PartTokens:
    batch, metadata = open_arrow(path).get_batch_with_custom_metadata(0)
    return PartTokens(batch.column(0).to_numpy(zero_copy_only=False), *from_json(json.loads(metadata[NOTE])))


def count(batch: pa.RecordBatch, tokenizer: str) -> PartTokens:
    """Count the tokens of a batch."""
    encoder, rows = load(tokenizer), np.zeros(batch.num_rows, np.int64)
    languages: Languages = {}
    sides = {field: np.zeros(batch.num_rows, np.int64) for field in ("input", "output")}
    for part in field_texts(batch):
        texts, which = distinct(part.texts)
        measured = encoder.measure(texts)[which]
        np.add.at(rows, part.rows, measured[:, 0])
        if part.field in sides:
            sides[part.field][part.rows] = measured[:, 0]
        words = np.fromiter((len(text.split()) for text in texts), np.int64, len(texts))[which]
        lengths = (pc.utf8_length(part.texts), pc.binary_length(part.texts))
        sums = np.column_stack(
            [
                np.ones(len(part.rows), np.int64),
                measured[:, 0],
                words,
                *(each.to_numpy(zero_copy_only=False) for each in lengths),
                measured[:, 1:],
            ]
        )
        named = batch.column(part.language).take(pa.array(part.rows))
        add_languages(languages, dict(_by_language(named, sums)))
    return PartTokens(rows, languages, _pairs(batch, sides["input"], sides["output"]))


def _by_language(named: Any, sums: Any) -> Iterator[tuple[str, LanguageTotals]]:
    """Yield the sums of each language's texts; `sums` has a column for each attribute of LanguageTotals."""
    languages, which = distinct(named)
    for at, language in enumerate(languages):
        yield language, LanguageTotals(*map(int, sums[which == at].sum(axis=0)))


def _pairs(batch: pa.RecordBatch, before: Any, after: Any) -> Pairs:
    """Return the tokens of translation pairs that no template has rewritten."""
    same = pc.is_in(batch.column("task"), value_set=pa.array(PAIR_TASKS))
    plain = pc.and_(same, pc.equal(batch.column("template"), ""))
    taken = np.flatnonzero(plain.to_numpy(zero_copy_only=False) & (before > 0) & (after > 0))
    pairs: Pairs = {}
    languages = [batch.column(name).take(pa.array(taken)).to_pylist() for name in ("input_lang", "output_lang")]
    for row, one, other in zip(taken, *languages, strict=True):
        if one and other and one != other:
            first, second = int(before[row]), int(after[row])
            pair, numbers = ((one, other), (1, first, second)) if one < other else ((other, one), (1, second, first))
            add_pairs(pairs, {pair: numbers})
    return pairs
