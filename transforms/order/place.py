"""Placing: each example learns its position, and rows are grouped by the shard that they go to.

Four shuffles, all of keys or of where they are: numbers of the parts (to a survey), ranks by bucket, positions back to
their parts, and the slices of the regrouped parts to their shards.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.example import SCHEMA, digest, id_words
from transforms.files import NewFile, is_whole, open_arrow, read_bytes, read_range, write_bytes, written
from transforms.keys import Range, Sent, bucket_of, by_value, changes, gather, read_keys, run_starts, send, write_tables
from transforms.order.dataset_order import Order
from transforms.order.draw import Draws, draw
from transforms.order.rank import rank_hashes
from transforms.order.survey import merge, split_of, survey, text_bytes
from transforms.parts import Part
from transforms.tokens.part_tokens import read_token_counts

RANK = np.dtype([("hash", "<u8"), ("high", "<u8"), ("low", "<u8"), ("row", "<u4")])
"""What travels for each example to its rank: 28 bytes."""

PLACE = np.dtype([("position", "<u8"), ("row", "<u4"), ("number", "<u4")])
"""What travels back: the position, the row in the part, and which of several examples of one id it is."""


PLACED = pa.schema([*SCHEMA, pa.field("_position", pa.uint64()), pa.field("_number", pa.uint32())])
"""The columns of a regrouped part."""


BATCH_BYTES = 128 << 10
"""A batch of a regrouped part holds about this much: writing a shard takes a batch of each part in memory."""


@dataclass(frozen=True)
class Slice:
    """Consecutive batches of a regrouped part that go to one shard, in order of position.

    Attributes:
      path: the file: record batches in Arrow's encapsulated format, one behind the other.
      bounds: the byte at which each of the slice's batches begins, and the end of the last.
      rows: examples in it.
      bytes: UTF-8 bytes of their text.
      tokens: how many tokens the rows hold, where they are counted.
    """

    path: str
    bounds: tuple[int, ...]
    rows: int
    bytes: int
    tokens: int = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches, of the schema PLACED; each is read when it is asked for."""
        for start, end in pairwise(self.bounds):
            yield pa.ipc.read_record_batch(pa.py_buffer(read_range(self.path, start, end)), PLACED)


class Draw(beam.PTransform):
    """Decides how much a dataset draws of each of its streams: from `{stream: parts}` to its one `Draws`."""

    def __init__(self, order: Order, work: str) -> None:
        super().__init__()
        self._order = order
        self._work = work

    def expand(self, pcoll: Any) -> Any:
        order = self._order
        pipeline = pcoll[order.streams[0]].pipeline
        surveys = []
        for at, stream in enumerate(order.streams):
            surveys.append(pcoll[stream] | f"Survey {stream}" >> beam.Map(survey, order, at, self._work))
        total = surveys | "Surveys" >> beam.Flatten(pipeline=pipeline) | "Sum" >> beam.CombineGlobally(merge)
        return total | "Draw" >> beam.Map(lambda numbers: draw(order, numbers))


class Place(beam.PTransform):
    """Turns a dataset's streams into its shards: from `{stream: parts}` to `(draws, shards)`.

    `draws` holds the one `Draws` of the dataset; `shards` holds ((split, shard, shards), slices).
    """

    def __init__(self, order: Order, work: str) -> None:
        super().__init__()
        self._order = order
        self._work = work

    def expand(self, pcoll: Any) -> Any:
        order, work = self._order, self._work
        pipeline = pcoll[order.streams[0]].pipeline
        ranked, parts = [], []
        draws = pcoll | "Draw" >> Draw(order, work)
        for at, stream in enumerate(order.streams):
            parts.append(pcoll[stream] | f"Name {stream}" >> beam.Map(lambda part: (part.name, part.path)))
            ranks = beam.FlatMap(rank, order, at, work, beam.pvalue.AsSingleton(draws))
            ranked.append(pcoll[stream] | f"Rank {stream}" >> ranks)
        placed = (
            ranked
            | "Ranks" >> beam.Flatten(pipeline=pipeline)
            | "ByBucket" >> beam.GroupByKey()
            | "Place" >> beam.FlatMap(place, work, beam.pvalue.AsSingleton(draws))
        )
        files = parts | "Parts" >> beam.Flatten(pipeline=pipeline)
        shards = (
            {"path": files, "placed": placed}
            | "ByPart" >> beam.CoGroupByKey()
            | "Regroup" >> beam.FlatMap(regroup, order.dataset, work, beam.pvalue.AsSingleton(draws), order.tokenizer)
            | "ByShard" >> beam.GroupByKey()
        )
        return draws, shards


def rank(part: Part, order: Order, stream: int, work: str, draws: Draws) -> Iterator[tuple[Any, Sent]]:
    """Yield ((split, stream, epoch, bucket), (part, lineage, where its ranks are)) of examples that may be drawn."""
    found: dict[tuple[str, int, int, int], list[Any]] = {}
    first = 0
    for batch in part.batches():
        side = split_of(order, batch)
        high, low = id_words(batch.column("id"))
        for at, (name, split) in enumerate(draws.splits.items()):
            rows = np.flatnonzero(side == at)
            for epoch in range(-(-split.drawn[stream] // split.available[stream]) if len(rows) else 0):
                table = np.empty(len(rows), RANK)
                table["high"], table["low"], table["row"] = high[rows], low[rows], rows + first
                table["hash"] = rank_hashes(order.seed, order.dataset, epoch, table["high"], table["low"])
                buckets = bucket_of(table["hash"], order.buckets)
                rest = split.drawn[stream] - epoch * split.available[stream]
                for bucket, ranks in by_value(table, buckets):
                    if split.offsets[stream, epoch][bucket] < rest:
                        found.setdefault((name, stream, epoch, bucket), []).append(ranks)
        first += batch.num_rows
    yield from send(part, {key: np.concatenate(tables) for key, tables in found.items()}, work)


def place(group: tuple[Any, Iterable[Sent]], work: str, draws: Draws) -> Iterator[tuple[str, tuple[str, Range]]]:
    """Yield (part, (split, where the places are)): rank a bucket's examples and give positions to those drawn."""
    (name, stream, epoch, bucket), values = group
    split = draws.splits[name]
    gathered = gather(values, RANK)
    sorting = gathered.sorting("low", "high", "hash")
    table, part = gathered.table[sorting], gathered.part[sorting]
    draw_numbers = epoch * split.available[stream] + split.offsets[stream, epoch][bucket] + np.arange(len(table))
    drawn = int(np.searchsorted(draw_numbers, split.drawn[stream]))
    places = np.empty(len(table), PLACE)
    # Examples of one id stand side by side, and are numbered: 0, 1, ...
    places["number"] = np.arange(len(table)) - run_starts(changes(gathered.table, sorting, ("high", "low")))
    places["row"] = table["row"]
    places, part = places[:drawn], part[:drawn]
    if drawn:
        places["position"] = split.placement().positions(stream, draw_numbers[:drawn])
    for at, where in write_tables(work, dict(by_value(places, part))):
        yield gathered.names[at], (name, where)


def regroup(
    group: tuple[str, dict[str, Any]], dataset: str, work: str, draws: Draws, tokenizer: str = ""
) -> Iterator[tuple[tuple[str, int, int], Slice]]:
    """Write a part's drawn rows once more, grouped by shard and in order of position; yield a slice for each shard."""
    paths, placed = sorted(set(group[1]["path"])), sorted(group[1]["placed"])
    if not placed:
        return
    cuts = list(_cuts(placed, draws))
    name = digest(group[0], dataset, *(places.tobytes() for _, places in cuts)).hex()
    path = f"{work}/grouped/{dataset}-{name}.arrow"
    described = json.loads(read_bytes(f"{path}.json")) if is_whole(f"{path}.json") else []
    if not described or not is_whole(path, described[-1][0][-1]):
        described = _write_grouped(path, paths[0], [places for _, places in cuts])
        write_bytes(f"{path}.json", json.dumps(described).encode())
    tokens = read_token_counts(group[0], work, tokenizer) if tokenizer else None
    for (key, places), (bounds, size) in zip(cuts, described, strict=True):
        held = 0 if tokens is None else int(tokens[places["row"]].sum())
        yield key, Slice(path, tuple(bounds), len(places), size, held)


def _cuts(placed: list[tuple[str, Range]], draws: Draws) -> Iterator[tuple[tuple[str, int, int], Any]]:
    for name in sorted({name for name, _ in placed}):
        places = np.concatenate([read_keys(where, PLACE) for split, where in placed if split == name])
        places = places[np.argsort(places["position"])]
        split = draws.splits[name]
        for shard, mine in by_value(places, split.shard(places["position"])):
            yield (name, shard, len(split.bounds) - 1), mine


def _write_grouped(path: str, source: str, cuts: Sequence[Any]) -> list[tuple[list[int], int]]:
    """Write the rows of each cut; return for each where its batches begin and end, and the bytes of its text."""
    file = open_arrow(source)
    batches = [file.get_batch(at) for at in range(file.num_record_batches - 1)]
    table = pa.Table.from_batches([batch.select(SCHEMA.names) for batch in batches]).cast(SCHEMA)
    described, end = [], 0
    with written(NewFile(path)) as new:
        for places in cuts:
            (taken,) = table.take(pa.array(places["row"])).combine_chunks().to_batches()
            columns = [*taken.columns, pa.array(places["position"]), pa.array(places["number"])]
            placed = pa.RecordBatch.from_arrays(columns, schema=PLACED)
            bounds, rows = [end], max(1, BATCH_BYTES * placed.num_rows // placed.nbytes)
            for first in range(0, placed.num_rows, rows):
                end += new.file.write(placed.slice(first, rows).serialize())
                bounds.append(end)
            described.append((bounds, int(text_bytes(taken).sum())))
    return described
