"""The sinks of a dataset's `write` that other packages register: they write its shards beside Parquet, too."""

from collections.abc import Mapping
from dataclasses import replace

import transforms
from pipeline.language.parameters import build_part
from pipeline.language.place import Place
from pipeline.model import Write
from sinks.sink import ENDING, Sink
from transforms.third_parties import naming_third_parties


def without_sinks(dataset: Place) -> Place:
    """Return a dataset without other packages' sinks in its `write`; RecipeError for a key there that isn't known."""
    write, known = dataset.at("write"), transforms.known("sinks")
    if not isinstance(write.value, Mapping):
        return dataset
    write.check_keys(known)
    others = set(known) - set(transforms.REGISTRY["sinks"])
    return replace(dataset, value={**dataset.value, "write": write.without(*others).value})


def build_sinks(written: Place, write: Write) -> dict[str, Sink]:
    """Return other packages' sinks by name; RecipeError where a parameter is wrong, or two would write one file."""
    endings = {".parquet": "parquet", **({write.jsonl.ending: "jsonl"} if write.jsonl else {})}
    found = {}
    for inner in written.inner():
        if inner.name in transforms.REGISTRY["sinks"]:
            continue
        sink = build_part("sinks", inner)
        with naming_third_parties(sink):
            ending = sink.ending
        if not isinstance(ending, str) or not ENDING.fullmatch(ending):
            raise inner.error(f"its files' names end in {ending!r}: expected something like .jsonl.gz")
        if ending in endings:
            raise inner.error(f"its files' names end in {ending}, as those of {endings[ending]} do")
        endings[ending] = inner.name
        found[inner.name] = sink
    return found
