"""What a report shows of one dataset: what stands where in it, lengths, scores, and examples side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from sinks.pictures.allocation import allocation_panel
from sinks.pictures.mixture import mixture_panel
from sinks.pictures.panel import picture
from sinks.report.composition import Composition, read_composition
from sinks.report.kinds import OTHER, Kind, names
from sinks.report.sample import Found, Lengths, Place, Sample, quantiles, read_rows, take_sample
from sinks.written import parquet_shards
from transforms.order.dataset_order import TRAIN

DRAWN, LISTED = 12, 100
"""Kinds that a picture and a table tell apart, the others put together; and scores that are listed."""

SIDE_BY_SIDE = 4
"""Renderings of one item that are shown beside each other."""

BINS = 32
"""Bars of a histogram."""


@dataclass(frozen=True)
class DatasetView:
    """A dataset as a report shows it.

    Attributes:
      name, described: of the manifest.
      rows: of all splits.
      split: the one that is looked into: `train`, or the first that has rows where that has none.
      mixture: SVG of what kinds stand where; empty where there is nothing to tell apart.
      allocation: SVG of how the pairs were allocated to languages; empty where they weren't.
      kinds: for each kind what it is called, its rows, and the lengths of those that were sampled.
      sampled: how many rows lengths and scores are of.
      scores: for each score its name, how many have it, quantiles and a histogram.
      examples: renderings of one item each, as rows of the dataset.
    """

    name: str
    described: Mapping[str, Any]
    rows: int
    split: str = ""
    mixture: str = ""
    allocation: str = ""
    kinds: Sequence[Mapping[str, Any]] = ()
    sampled: int = 0
    scores: Sequence[Mapping[str, Any]] = ()
    examples: Sequence[Sequence[Mapping[str, Any]]] = ()


def view(folder: str, name: str, described: Mapping[str, Any], examples: int) -> DatasetView:
    """Read what is shown of a dataset; of each kind of example about as many are shown.

    Args:
      folder: the output folder.
      name: of the dataset.
      described: its entry in the manifest.
      examples: how many items are shown.

    OutputError where a shard can't be read, ValueError or IndexError where shards aren't what `described` says.
    """
    total = sum(split["rows"] for split in described["splits"].values())
    held = [split for split, each in described["splits"].items() if each["rows"]]
    split = TRAIN if TRAIN in held else next(iter(held), None)
    if split is None:
        return DatasetView(name, described, total)
    paths, rows = parquet_shards(described["splits"][split]), described["splits"][split]["rows"]
    sample = take_sample(folder, paths, examples)
    chosen = _choose(sample, examples)
    found = read_composition(folder, paths, rows, [each.group for each in chosen])
    kinds = list(found.largest(LISTED))
    called = {OTHER: "other"} | dict(zip(kinds, names(kinds), strict=True))
    return DatasetView(
        name,
        described,
        total,
        split,
        mixture=_mixture(name, found, called),
        allocation=_allocation(name, described),
        kinds=_kinds(found, sample, called),
        sampled=sample.rows,
        scores=_scores(sample),
        examples=_examples(folder, found, chosen),
    )


def _choose(sample: Sample, number: int) -> list[Found]:
    """Return the rows to show: one of each kind in turn, the kinds with most rows first."""
    kinds = sorted(sample.found, key=lambda kind: (-sample.lengths[kind].rows, kind))
    turns = (sample.found[kind][turn] for turn in range(number) for kind in kinds if turn < len(sample.found[kind]))
    return list(islice(turns, number))


def _examples(folder: str, found: Composition, chosen: Sequence[Found]) -> list[list[Mapping[str, Any]]]:
    """Return the rows to show, each with its group's first rows of other kinds, in order of position."""
    beside: dict[str, list[Place]] = {}
    for shown in sorted(chosen):
        others = (found.renderings[shown.group].get(kind) for kind in found.kinds if kind != shown.kind)
        beside.setdefault(shown.group, [shown.place, *filter(None, others)][:SIDE_BY_SIDE])
    rows = read_rows(folder, list({place for places in beside.values() for place in places}))
    return [sorted((rows[place] for place in places), key=_first_the_source) for places in beside.values()]


def _first_the_source(row: Mapping[str, Any]) -> tuple[bool, str, str]:
    """Order renderings: what people wrote stands before what engines made of it."""
    return row["origin"].startswith(("mt:", "llm:")), row["input_lang"], row["output_lang"]


def _mixture(name: str, found: Composition, called: Mapping[Kind, str]) -> str:
    counts = found.largest(DRAWN)
    if len(counts) < 2:
        return ""
    moments = np.array(list(counts.values())).T
    return picture([mixture_panel(name, [called[kind] for kind in counts], moments.tolist())], alone=False)


def _allocation(name: str, described: Mapping[str, Any]) -> str:
    if "allocation" not in described:
        return ""
    return picture([allocation_panel(name, described["allocation"])], alone=False)


def _kinds(found: Composition, sample: Sample, called: Mapping[Kind, str]) -> list[Mapping[str, Any]]:
    counts = found.largest(LISTED)
    lengths: dict[Kind, Lengths] = {}
    for kind, these in sample.lengths.items():
        lengths.setdefault(kind if kind in counts else OTHER, Lengths()).add(these)
    told: list[Mapping[str, Any]] = []
    for kind, rows in counts.items():
        sides = {}
        if kind in lengths:
            sides = {side: quantiles(np.concatenate(values)) for side, values in lengths[kind].sides()}
        told.append({"name": called[kind], "rows": int(rows.sum()), **sides})
    return told


def _scores(sample: Sample) -> list[Mapping[str, Any]]:
    """Return the scores that most examples have, by name."""
    told = [(name, values) for name, values in sample.numbers().items() if len(values)]
    most = sorted(told, key=lambda score: (-len(score[1]), score[0]))[:LISTED]
    return [_score(name, values) for name, values in sorted(most, key=lambda score: score[0])]


def _score(name: str, values: Any) -> Mapping[str, Any]:
    counts, _ = np.histogram(values, bins=BINS)
    described = {"name": name, "number": len(values), "least": float(values.min()), **quantiles(values)}
    return {**described, "histogram": [int(count) for count in counts]}
