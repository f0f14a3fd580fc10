"""Mistakes in recipes, and the message of each: what stands beside a dataset's mix, and what is written."""

import pytest
from bad_recipe import Mistake, check, names

BAD: list[Mistake] = [
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    streams: [es]",
        ":29: datasets.one.streams: weights name the streams already; `streams` goes with mixes by size",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: concatenate\n    streams: [es, sp]",
        ":29: datasets.one.streams[1]: unknown stream 'sp'; did you mean 'es'? (known: es, pt)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    order: {}",
        ":29: datasets.one.order: a dataset has a mix or an order, not both",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: concatenate\n    unit: tokens",
        ":29: datasets.one.unit: concatenate takes every stream whole, whatever is counted: leave the unit out, "
        "or give weights",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {allocate: {points: points.csv}}\n    total: 9\n    unit: tokens",
        ":30: datasets.one.unit: allocate divides pairs by curves over pairs, so that `unit: tokens` can't go with it",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "order: {opustrainer: x.yml}\n    unit: tokens",
        ":29: datasets.one.unit: OpusTrainer's stages count lines, so that `unit: tokens` can't go with them",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    tokenizer: o200k_base",
        ":29: datasets.one.tokenizer: 'o200k_base' is no tokenizer: write `tiktoken:o200k_base`, "
        "`file:PATH/tokenizer.json`, `hub:OWNER/NAME[@REVISION]` or `package:NAME`",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    tokenizer: tiktoken:o300k",
        ":29: datasets.one.tokenizer: tiktoken:o300k: there is no encoding 'o300k' (known: o200k_base, o200k_harmony, "
        "cl100k_base, gpt2, r50k_base, p50k_base, p50k_edit)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    vocabulary_sharing: {de: {bilingual: [1, 2]}}",
        ":29: datasets.one.vocabulary_sharing.de: unknown key 'de' (known: scores, threshold)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    vocabulary_sharing: {scores: {de: {bilingual: [1, 2], multilingual: [1, 2]}}}",
        ":29: datasets.one.vocabulary_sharing: goes with what the dataset's tokenizer says of languages: name one "
        "with `tokenizer`",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    unit: bytes",
        ":29: datasets.one.unit: expected one of 'examples', 'tokens', got 'bytes'",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    total: 0",
        ":29: datasets.one.total: expected from 1 to 2^53, got 0",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    total: 9007199254740993",
        ":29: datasets.one.total: expected from 1 to 2^53, got 9007199254740993",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    repeat: {max_epochs: 1000000}",
        ":29: datasets.one.repeat: max_epochs is 1000000.0; it must be a number from 1 to 100000",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    totl: 10",
        ":29: datasets.one.totl: unknown key 'totl'; did you mean 'total'? (known: mix, order, streams, "
        "total, unit, tokenizer, vocabulary_sharing, repeat, exhausted, split, write)",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    repeat: {max_epochs: 0.5}",
        ":29: datasets.one.repeat: max_epochs is 0.5; it must be a number from 1 to 100000",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    repeat: 2",
        ":29: datasets.one.repeat: expected a mapping (max_epochs), got 2",
    ),
    (
        "mix: {es: 3, pt: 1}",
        "mix: {es: 3, pt: 1}\n    exhausted: redistrbute",
        ":29: datasets.one.exhausted: expected one of 'error', 'redistribute', 'stop', got 'redistrbute'; "
        "did you mean 'redistribute'?",
    ),
    (
        "split: {validation: 0.1}",
        "split: {validation: 1.5}",
        ":29: datasets.one.split.validation: a share is above 0 and below 1, got 1.5",
    ),
    (
        "split: {validation: 0.1}",
        "split: {validation: 0.5, test: 0.5}",
        ":29: datasets.one.split: the shares sum to 1, which leaves nothing to train on",
    ),
    (
        "split: {validation: 0.1}",
        "split: {train: 0.5}",
        ":29: datasets.one.split.train: train is what the other splits leave; it takes no share",
    ),
    (
        "split: {validation: 0.1}",
        "split: {all: 0.5}",
        ":29: datasets.one.split.all: to `datasets`, all are all splits together: call it otherwise",
    ),
    (
        "split: {validation: 0.1}",
        "split: {a/b: 0.5}",
        ":29: datasets.one.split.a/b: 'a/b' can't be a split's name: a letter, then letters, digits and _",
    ),
    (
        "split: {validation: 0.1}",
        "split: 0.1",
        ":29: datasets.one.split: expected a mapping of names to values, got 0.1",
    ),
    (
        "format: alpaca",
        "format: alpacca",
        ":30: datasets.one.write.jsonl.format: expected one of 'alpaca', 'messages', 'sharegpt', "
        "'prompt_completion', 'prompt_chosen', 'text', 'parrot', got 'alpacca'; did you mean 'alpaca'?",
    ),
    (
        "jsonl: {format: alpaca}",
        "json: {format: alpaca}",
        ":30: datasets.one.write.json: unknown key 'json'; did you mean 'jsonl'? (known: parquet, jsonl, hub, plain)",
    ),
    (
        "write: {jsonl",
        "write: {plain: {endign: .txt}, jsonl",
        ":30: datasets.one.write.plain.endign: unknown key 'endign'; did you mean 'ending'? (known: ending)",
    ),
    (
        "write: {jsonl",
        "write: {plain: {ending: .jsonl}, jsonl",
        ":30: datasets.one.write.jsonl: its files' names end in .jsonl, as those of plain do",
    ),
    (
        "write: {jsonl",
        "write: {plain: {ending: /../x}, jsonl",
        ":30: datasets.one.write.plain: its files' names end in '/../x': expected something like .jsonl.gz",
    ),
    (
        "write: {jsonl",
        "write: {parquet: {rows_per_shard: 0}, jsonl",
        ":30: datasets.one.write.parquet: rows_per_shard is 0; it must be at least 1",
    ),
    (
        "write: {jsonl",
        "write: {parquet: {rows_per_shard: 5, bytes_per_shard: 5}, jsonl",
        ":30: datasets.one.write.parquet: give rows_per_shard or bytes_per_shard, not both",
    ),
]


@pytest.mark.usefixtures("bad_folder", "parts")
@pytest.mark.parametrize(("old", "new", "message"), BAD, ids=names(BAD))
def test_message(old: str, new: str, message: str) -> None:
    check(old, new, message)
