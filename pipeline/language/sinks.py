"""The sinks of a dataset's `write` that write its shards a second time, beside Parquet: all but those of `Write`."""

from collections.abc import Mapping
from dataclasses import fields, replace

import transforms
from pipeline.language.parameters import build_part
from pipeline.language.place import Place
from pipeline.model import Write
from sinks.sink import ENDING, Sink
from transforms.third_parties import naming_third_parties

OTHERS = tuple(field.name for field in fields(Write))


def without_sinks(dataset: Place) -> Place:
    """Return a dataset without sinks in its `write`; RecipeError for a key there that isn't known."""
    write, known = dataset.at("write"), transforms.known("sinks")
    if write.value is None:
        return dataset
    if not isinstance(write.value, Mapping):
        raise write.expected(f"a mapping ({', '.join(known)})")
    write.check_keys(known)
    return replace(dataset, value={**dataset.value, "write": write.without(*set(known) - set(OTHERS)).value})


def build_sinks(written: Place) -> dict[str, Sink]:
    """Return the sinks by name; RecipeError where a parameter is wrong, or two would write one file."""
    endings = {".parquet": "parquet"}
    found = {}
    for inner in written.inner():
        if inner.name in OTHERS:
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
