"""The sinks of a dataset's `write` that other packages register: they write its shards beside Parquet, too."""

from collections.abc import Mapping
from typing import Any

import transforms
from pipeline.errors import unknown
from pipeline.language.document import Document
from pipeline.language.parameters import build, with_files
from pipeline.model import Write
from sinks.sink import ENDING, Sink
from transforms.key_path import KeyPath
from transforms.third_parties import naming_third_parties


def without_sinks(data: Mapping[str, Any], document: Document, path: KeyPath) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a dataset's parameters without other packages' sinks, and these; RecipeError for one that isn't known."""
    write, known = data.get("write"), transforms.known("sinks")
    if not isinstance(write, Mapping):
        return dict(data), {}
    for name in write:
        if name not in known:
            raise document.error((*path, "write", name), unknown("key", name, known))
    ours = transforms.REGISTRY["sinks"]
    own = {name: value for name, value in write.items() if name in ours}
    return {**data, "write": own}, {name: value for name, value in write.items() if name not in ours}


def build_sinks(data: Mapping[str, Any], write: Write, document: Document, path: KeyPath) -> dict[str, Sink]:
    """Return other packages' sinks by name; RecipeError where a parameter is wrong, or two would write one file."""
    endings = {".parquet": "parquet", **({write.jsonl.ending: "jsonl"} if write.jsonl else {})}
    found = {}
    for name, value in data.items():
        where = (*path, name)
        sink = with_files(build(transforms.find("sinks", name), value, document, where), document, where)
        with naming_third_parties(sink):
            ending = sink.ending
        if not isinstance(ending, str) or not ENDING.fullmatch(ending):
            raise document.error(where, f"its files' names end in {ending!r}: expected something like .jsonl.gz")
        if ending in endings:
            raise document.error(where, f"its files' names end in {ending}, as those of {endings[ending]} do")
        endings[ending] = name
        found[name] = sink
    return found
