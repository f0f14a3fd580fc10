"""What a tokenizer does to a dataset's languages: sums over its streams' examples, each once.

Fertility needs each part alone; parity compares renderings of an item, which may lie in different parts: keys of groups
travel, with numbers of tokens.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import apache_beam as beam
import numpy as np

from transforms.example import id_words
from transforms.keys import Range, bucket_of, read_keys, write_tables
from transforms.parts import Part
from transforms.tokens.part_tokens import PartTokens, part_tokens
from transforms.tokens.statistics import Pairs, add_pairs, to_json

RENDERING = np.dtype([("high", "<u8"), ("low", "<u8"), ("tokens", "<u8")])
"""What travels for each example in one language: its group, and its number of tokens."""

Kind = tuple[str, str, str]
"""Task, template and language of renderings."""


class Account(beam.PTransform):
    """Counts with a dataset's tokenizer: from `{stream: parts}` to entries ("tokens", plain data) of the job's result.

    The entries are to be added up: of `languages` the sums by language, of `pairs` the tokens of the same renderings in
    two languages.
    """

    def __init__(self, dataset: str, tokenizer: str, work: str, buckets: int) -> None:
        super().__init__()
        self._dataset, self._tokenizer, self._work, self._buckets = dataset, tokenizer, work, buckets

    def expand(self, pcoll: Any) -> Any:
        dataset, counting = self._dataset, (self._work, self._tokenizer)
        # A stream without steps has the parts of the one it reads: each is counted once.
        named = [parts | f"Name {name}" >> beam.Map(lambda part: (part.name, part)) for name, parts in pcoll.items()]
        parts = named | "Parts" >> beam.Flatten() | "Once" >> beam.GroupByKey() | "Part" >> beam.Map(_one)
        alone = parts | "Count" >> beam.Map(lambda part: _entry(dataset, part_tokens(part, *counting)))
        together = (
            parts
            | "Renderings" >> beam.FlatMap(renderings, *counting, self._buckets)
            | "ByGroup" >> beam.GroupByKey()
            | "Compare" >> beam.MapTuple(lambda _, found: _entry(dataset, PartTokens(None, {}, compare(found))))
        )
        return (alone, together) | "All" >> beam.Flatten()


def _one(named: tuple[str, Iterable[Part]]) -> Part:
    return min(named[1], key=lambda part: part.path)


def _entry(dataset: str, found: PartTokens) -> tuple[str, dict[str, Any]]:
    return "tokens", {"dataset": dataset, **to_json(found.languages, found.pairs)}


def renderings(part: Part, work: str, tokenizer: str, buckets: int) -> Iterator[tuple[int, tuple[Kind, Range]]]:
    """Yield (bucket, (kind, where the keys are)) for a part's examples that are in one language, prompt and answer."""
    counts, first = part_tokens(part, work, tokenizer).rows, 0
    found: dict[tuple[int, Kind], list[Any]] = {}
    for batch in part.batches():
        table = np.empty(batch.num_rows, RENDERING)
        table["high"], table["low"] = id_words(batch.column("group"))
        table["tokens"] = counts[first : first + batch.num_rows]
        first += batch.num_rows
        rows: dict[tuple[int, Kind], list[int]] = {}
        names = ("task", "template", "input_lang", "output_lang")
        columns = (batch.column(name).to_pylist() for name in names)
        places = bucket_of(table["high"], buckets).tolist()
        for at, (bucket, task, template, one, other) in enumerate(zip(places, *columns, strict=True)):
            if one and one == other and table["tokens"][at]:
                rows.setdefault((bucket, (task, template, one)), []).append(at)
        for key, mine in rows.items():
            found.setdefault(key, []).append(table[mine])
    for (bucket, kind), where in write_tables(work, {key: np.concatenate(tables) for key, tables in found.items()}):
        yield bucket, (kind, where)


def compare(found: Iterable[tuple[Kind, Range]]) -> Pairs:
    """Return the tokens of items in two languages, over the groups of one bucket.

    Compared are examples of one group, task and template, where both languages have as many of them: which renders
    which need not be known for a sum. What a template adds counts on both sides.
    """
    gathered: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for (task, template, language), where in found:
        tables = gathered.setdefault((task, template), {}).setdefault(language, [])
        tables.append(read_keys(where, RENDERING))
    pairs: Pairs = {}
    for languages in gathered.values():
        grouped = {language: _by_group(np.concatenate(tables)) for language, tables in languages.items()}
        for one, other in combinations(sorted(grouped), 2):
            add_pairs(pairs, {(one, other): _common(grouped[one], grouped[other])})
    return {pair: numbers for pair, numbers in pairs.items() if numbers[0]}


def _by_group(table: Any) -> tuple[Any, Any, Any]:
    """Return the distinct groups, and for each the number of examples and the sum of their tokens."""
    groups, which = np.unique(table[["high", "low"]], return_inverse=True)
    tokens = np.zeros(len(groups), np.int64)
    np.add.at(tokens, which, table["tokens"].astype(np.int64))
    return groups, np.bincount(which, minlength=len(groups)), tokens


def _common(one: tuple[Any, Any, Any], other: tuple[Any, Any, Any]) -> tuple[int, int, int]:
    _, mine, theirs = np.intersect1d(one[0], other[0], assume_unique=True, return_indices=True)
    same = one[1][mine] == other[1][theirs]
    return int(one[1][mine][same].sum()), int(one[2][mine][same].sum()), int(other[2][theirs][same].sum())
