"""The run signature: one line that says exactly what was computed, in the manner of sacrebleu's."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from itertools import product
from typing import Any

from pipeline.model import Recipe
from transforms.example import digest
from transforms.optional_methods import HasContent
from transforms.tokens.loading import content_hash

ELSEWHERE = ("output", "memory", "runner", "vars")
"""Keys of a recipe that say where and how it runs, not what comes out."""

ASKING = ("translate", "round_trip")
"""Steps that may have a budget."""


def signature(recipe: Recipe, blocks: Mapping[str, Sequence[Any]], limit: int | None) -> str:
    """Return the run signature.

    `recipe` is a hash of the recipe after variables, but for where its sources lie; `inputs` one of what was read,
    `engines` one of the engines' models and sampling parameters. Equal signatures mean equal shards, given the same
    versions of libraries (see the manifest) and the same translation memory.
    """
    resolved = {key: value for key, value in recipe.resolved.items() if key not in ELSEWHERE}
    resolved["sources"] = [(name, source.signature()) for name, source in recipe.sources.items()]
    resolved["engines"] = [(name, _essence(recipe, name)) for name in recipe.engines]
    resolved["streams"] = _without_budgets(resolved["streams"])
    resolved["datasets"] = {name: _without_hub(dataset) for name, dataset in resolved["datasets"].items()}
    parts = [part for stream in recipe.streams.values() for step in stream.steps for part in step.parts()]
    described = [part.content() for part in parts if isinstance(part, HasContent)]
    resolved["files"] = [content for content in described if content is not None]
    if tokenizers := {dataset.tokenizer for dataset in recipe.datasets.values()} - {""}:
        resolved["tokenizers"] = sorted(map(content_hash, tokenizers))
    inputs = [(name, sorted(block.identity for block in blocks[name])) for name in sorted(blocks)]
    engines = sorted(engine_signatures(recipe))
    fields = {
        "name": recipe.name,
        "seed": str(recipe.seed),
        "limit": "none" if limit is None else str(limit),
        "recipe": _short(resolved),
        "inputs": _short(inputs),
        "engines": _short(engines) if engines else "none",
        "version": version("langloom"),
    }
    return "|".join(f"{key}:{value}" for key, value in fields.items())


def _essence(recipe: Recipe, name: str) -> Any:
    """Return what the recipe says of an engine, but for limits, prices and keys, on which no answer depends."""
    incidental: frozenset[str] = getattr(recipe.engines[name], "incidental", frozenset())
    return [
        (kind, {key: value for key, value in (given or {}).items() if key not in incidental})
        for kind, given in recipe.resolved["engines"][name].items()
    ]


def _without_budgets(data: Any) -> Any:
    """Return a recipe's streams without what their steps may spend: a run that is continued makes the same data."""
    if isinstance(data, list):
        return [_without_budgets(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: _without_budgets(item)
        if key not in ASKING or not isinstance(item, dict)
        else {name: value for name, value in item.items() if name != "budget"}
        for key, item in data.items()
    }


def _without_hub(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe's dataset as if it weren't published: what comes out doesn't depend on where it goes."""
    write = dataset.get("write") or {}
    if "hub" not in write:
        return dataset
    rest = {key: value for key, value in write.items() if key != "hub"}
    return {key: rest if key == "write" else value for key, value in dataset.items() if key != "write" or rest}


def engine_signatures(recipe: Recipe) -> set[tuple[str, str]]:
    """Return (engine, its signature) for the languages that are known without reading data."""
    found = set()
    spoken = {source.lang if isinstance(source.lang, str) else source.lang[0] for source in recipe.sources.values()}
    for step in (step for stream in recipe.streams.values() for step in stream.steps if step.registered == "translate"):
        for name in step.step.chain:
            for source, target in product(sorted(spoken - {""}), step.step.to):
                with suppress(ValueError, OSError):  # a pair that the engine can't do, which other engines may
                    found.add((name, recipe.engines[name].signature_of(source, target)))
    return found


def versions() -> dict[str, str]:
    """Return the versions of the libraries on which the bytes of a shard may depend."""
    return {name: version(name) for name in ("langloom", "apache-beam", "datasets", "numpy", "pyarrow")}


def _short(data: Any) -> str:
    # Keys keep their order: that of sources, streams and rules settles which duplicate stays, ties, and reasons.
    return digest(json.dumps(data, default=str)).hex()[:8]
