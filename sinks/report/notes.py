"""What somebody who is about to train on an output should know first. The thresholds are ours."""

from collections.abc import Iterator, Mapping
from typing import Any

from sinks.card import limit_of
from sinks.licenses import conflicts, roll_up, unstated
from transforms.translate.usage import DEFERRED

MOST_REJECTED = 0.5
"""A share of what a step deals with; where more is rejected, the rule or the data may be wrong."""

FEW = 20
"""Examples below which shares tell nothing."""

MOST_FAILED = 0.05
"""A share of an engine's segments; where more fail, its prompt or its model may be wrong."""

MOST_EPOCHS = 4
"""Epochs up to which repeated data is nearly as good as new: Muennighoff et al. 2023, arXiv 2305.16264."""


def notes(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is worth a look in a manifest, a sentence each."""
    if not manifest["complete"]:
        yield f"Incomplete: {manifest['deferred']:,} examples wait for a translation; the same command goes on."
    if limit := limit_of(manifest):
        yield f"A trial: it was made with --limit {limit}, of the first rows of each source alone."
    for name, dataset in manifest["datasets"].items():
        yield from _of_dataset(name, dataset)
    for stream, described in manifest["streams"].items():
        for step in described["steps"]:
            yield from _of_step(stream, step)
    for engine, languages in manifest["translation"].items():
        for language, numbers in languages.items():
            if numbers["failed"] > MOST_FAILED * numbers["unique"]:
                share = numbers["failed"] / numbers["unique"]
                yield f"{engine} failed to translate {share:.0%} of its segments into {language}."
    licenses = roll_up(manifest)
    if licenses.get("") and (missing := unstated(manifest)):
        yield f"{missing[0].upper()}{missing[1:]}."
    for conflict in conflicts(licenses):
        yield f"Licences don't go together: {conflict}."


def _of_dataset(name: str, dataset: Mapping[str, Any]) -> Iterator[str]:
    if dataset.get("ordered"):
        yield (
            f"{name} is ordered: its rows follow a schedule, which is what reading its files in the order of their "
            "names gives. A trainer that shuffles loses it: turn shuffling off, in the sampler too."
        )
    for split, described in dataset["splits"].items():
        if not described["rows"]:
            yield f"{name} has no examples in its split {split}, which isn't written."
        for reason, number in described.get("unexpressed", {}).items():
            yield f"{name}: {number:,} examples of {split} are in the Parquet files only ({reason})."
    for stream, draws in dataset["draws"].items():
        if draws["epochs"] > MOST_EPOCHS:
            epochs = f"{draws['epochs']:g} times; up to {MOST_EPOCHS} are nearly as good as new data"
            yield f"{name} repeats {stream} {epochs}."
        if draws["unused"]:
            yield f"{name} leaves {draws['unused']:,} of {draws['available']:,} examples of {stream} unused."


def _of_step(stream: str, step: Mapping[str, Any]) -> Iterator[str]:
    rejected = {reason: n for reason, n in step["rejected"].items() if not reason.startswith(DEFERRED)}
    gone = sum(rejected.values())
    dealt_with = step["out"] + sum(step["rejected"].values())  # more than came in where one becomes several
    if dealt_with >= FEW and gone > MOST_REJECTED * dealt_with:
        mostly = max(sorted(rejected), key=lambda reason: rejected[reason])
        yield f"{stream}: {step['step']} rejects {gone / dealt_with:.0%} of its examples, mostly for {mostly}."
