"""Placing: each example learns its position, and rows are grouped by the shard that they go to.

Four shuffles, all of keys: numbers of the parts (to a survey), ranks by bucket, positions back to their parts, and the
slices of the regrouped parts to their shards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import SCHEMA, TEXT, digest, id_words
from transforms.files import exists, open_arrow
from transforms.keys import bucket_of, gather
from transforms.order.draw import Draws, Order, Survey, Tally, draw, merge
from transforms.order.rank import rank_hashes, split_hashes, splits
from transforms.parts import ArrowFile, Part
from transforms.tokens.part_tokens import laid_down, part_tokens

RANK = np.dtype([("hash", "<u8"), ("high", "<u8"), ("low", "<u8"), ("row", "<u4")])
"""What travels for each example to its rank: 28 bytes."""

PLACE = np.dtype([("position", "<u8"), ("row", "<u4"), ("number", "<u4")])
"""What travels back: the position, the row in the part, and which of several examples of one id it is."""


@dataclass(frozen=True)
class Slice:
    """Consecutive batches of a regrouped part that go to one shard, in order of position.

    Attributes:
      path: the file.
      first, last: its batches from `first` up to, not including, `last`.
      places: the PLACE of each row.
      tokens: how many tokens the rows hold, where they are counted.
    """

    path: str
    first: int
    last: int
    places: bytes
    tokens: int = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches."""
        file = open_arrow(self.path)
        for at in range(self.first, self.last):
            yield file.get_batch(at)


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
            ranks = beam.FlatMap(rank, order, at, beam.pvalue.AsSingleton(draws))
            ranked.append(pcoll[stream] | f"Rank {stream}" >> ranks)
        placed = (
            ranked
            | "Ranks" >> beam.Flatten(pipeline=pipeline)
            | "ByBucket" >> beam.GroupByKey()
            | "Place" >> beam.FlatMap(place, beam.pvalue.AsSingleton(draws))
        )
        files = parts | "Parts" >> beam.Flatten(pipeline=pipeline)
        shards = (
            {"path": files, "placed": placed}
            | "ByPart" >> beam.CoGroupByKey()
            | "Regroup" >> beam.FlatMap(regroup, order.dataset, work, beam.pvalue.AsSingleton(draws), order.tokenizer)
            | "ByShard" >> beam.GroupByKey()
        )
        return draws, shards


def survey(part: Part, order: Order, stream: int, work: str = "") -> Survey:
    """Count a part's rows, bytes and ranks by split, epoch and bucket; its tokens where the order has a tokenizer."""
    found: list[Survey] = []
    names = order.split_names()
    tokens, first = part_tokens(part, work, order.tokenizer).rows if order.tokenizer else None, 0
    for batch in part.batches():
        side = _splits(order, batch)
        held = np.zeros(batch.num_rows, np.int64) if tokens is None else tokens[first : first + batch.num_rows]
        first += batch.num_rows
        size = sum(
            (pc.binary_length(batch.column(name)).to_numpy(zero_copy_only=False) for name in TEXT),
            start=np.zeros(batch.num_rows, np.int64),
        )
        filled = {
            "system": pc.binary_length(batch.column("system")).to_numpy(zero_copy_only=False),
            "history": pc.list_value_length(batch.column("history")).to_numpy(zero_copy_only=False),
        }
        high, low = id_words(batch.column("id"))
        counts: Survey = {}
        for at in np.unique(side):
            mine = side == at
            histogram = np.stack(
                [
                    np.bincount(
                        bucket_of(rank_hashes(order.seed, order.dataset, epoch, high[mine], low[mine]), order.buckets),
                        minlength=order.buckets,
                    )
                    for epoch in range(order.epochs(names[at]))
                ]
            )
            used = frozenset(name for name, lengths in filled.items() if lengths[mine].any())
            numbers = (int(mine.sum()), int(size[mine].sum()))
            counts[names[at], stream] = Tally(*numbers, used, histogram, int(held[mine].sum()))
        found.append(counts)
    return merge(found)


def rank(part: Part, order: Order, stream: int, draws: Draws) -> Iterator[tuple[Any, tuple[str, str, bytes]]]:
    """Yield ((split, stream, epoch, bucket), (part, lineage, ranks)) for the examples that may be drawn."""
    found: dict[tuple[str, int, int, int], list[bytes]] = {}
    first = 0
    for batch in part.batches():
        side = _splits(order, batch)
        high, low = id_words(batch.column("id"))
        for at, (name, split) in enumerate(draws.splits.items()):
            rows = np.flatnonzero(side == at)
            for epoch in range(-(-split.drawn[stream] // split.available[stream]) if len(rows) else 0):
                table = np.empty(len(rows), RANK)
                table["high"], table["low"], table["row"] = high[rows], low[rows], rows + first
                table["hash"] = rank_hashes(order.seed, order.dataset, epoch, table["high"], table["low"])
                buckets = bucket_of(table["hash"], order.buckets)
                rest = split.drawn[stream] - epoch * split.available[stream]
                for bucket in np.unique(buckets):
                    if split.offsets[stream, epoch][bucket] < rest:
                        key = (name, stream, epoch, int(bucket))
                        found.setdefault(key, []).append(table[buckets == bucket].tobytes())
        first += batch.num_rows
    for key, tables in found.items():
        yield key, (part.name, part.lineage, b"".join(tables))


def place(group: tuple[Any, Iterable[tuple[str, str, bytes]]], draws: Draws) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Yield (part, (split, places)): rank a bucket's examples and compute the positions of those that are drawn."""
    (name, stream, epoch, bucket), values = group
    split = draws.splits[name]
    gathered = gather(values, RANK)
    sorting = gathered.sorting("low", "high", "hash")
    table, part = gathered.table[sorting], gathered.part[sorting]
    draw_numbers = epoch * split.available[stream] + split.offsets[stream, epoch][bucket] + np.arange(len(table))
    drawn = int(np.searchsorted(draw_numbers, split.drawn[stream]))
    places = np.empty(len(table), PLACE)
    places["row"], places["number"] = table["row"], _repeats(table)
    places, part = places[:drawn], part[:drawn]
    if drawn:
        places["position"] = split.placement().positions(stream, draw_numbers[:drawn])
    for at in np.unique(part):
        yield gathered.names[at], (name, places[part == at].tobytes())


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
    if not exists(path):
        _write_grouped(path, paths[0], [places for _, places in cuts])
    file = open_arrow(path)
    tokens = laid_down(group[0], work, tokenizer) if tokenizer else None
    at = 0
    for key, places in cuts:
        first, rows = at, 0
        while rows < len(places):
            rows += file.get_batch(at).num_rows
            at += 1
        held = 0 if tokens is None else int(tokens[places["row"]].sum())
        yield key, Slice(path, first, at, places.tobytes(), held)


def _cuts(placed: list[tuple[str, bytes]], draws: Draws) -> Iterator[tuple[tuple[str, int, int], Any]]:
    for name in sorted({name for name, _ in placed}):
        places = np.concatenate([np.frombuffer(data, PLACE) for split, data in placed if split == name])
        places = places[np.argsort(places["position"])]
        split = draws.splits[name]
        shards = split.shard(places["position"])
        for shard in np.unique(shards):
            yield (name, int(shard), len(split.bounds) - 1), places[shards == shard]


def _write_grouped(path: str, source: str, cuts: list[Any]) -> None:
    file = open_arrow(source)
    batches = [file.get_batch(at) for at in range(file.num_record_batches - 1)]
    table = pa.Table.from_batches([batch.select(SCHEMA.names) for batch in batches]).cast(SCHEMA)
    grouped = ArrowFile(path)
    try:
        for places in cuts:
            taken = table.take(pa.array(places["row"])).combine_chunks()
            for batch in taken.to_batches(max_chunksize=4096):
                grouped.write(batch)
        grouped.commit()
    except BaseException:
        grouped.abandon()
        raise


def _splits(order: Order, batch: pa.RecordBatch) -> Any:
    shares = [share for _, share in order.splits]
    if not shares:
        return np.zeros(batch.num_rows, np.int64)
    return splits(shares, split_hashes(order.seed, *id_words(batch.column("group"))))


def _repeats(table: Any) -> Any:
    """Number the examples of one id, which stand side by side: 0, 1, ..."""
    fresh = np.ones(len(table), bool)
    fresh[1:] = (table["high"][1:] != table["high"][:-1]) | (table["low"][1:] != table["low"][:-1])
    at = np.arange(len(table))
    return at - np.maximum.accumulate(np.where(fresh, at, 0))
