"""The run signature: one line that says exactly what was computed, in the manner of sacrebleu's."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from pipeline.model import Recipe
from transforms.collective import code_version
from transforms.example import digest

ELSEWHERE = ("output", "memory", "runner", "vars")
"""Keys of a recipe that say where and how it runs, not what comes out."""


def signature(recipe: Recipe, blocks: Mapping[str, Sequence[Any]], limit: int | None) -> str:
    """Return the run signature.

    `recipe` is a hash of the recipe after variables, `inputs` one of what was read, `engines` one of the engines'
    models and sampling parameters, `code` one of the transforms. Equal signatures (and an equal translation memory)
    mean equal shards.
    """
    resolved = {key: value for key, value in recipe.resolved.items() if key not in ELSEWHERE}
    inputs = [(name, sorted(block.identity for block in blocks[name])) for name in sorted(blocks)]
    engines = sorted((name, engine.signature()) for name, engine in recipe.engines.items())
    fields = {
        "name": recipe.name,
        "seed": str(recipe.seed),
        "limit": "none" if limit is None else str(limit),
        "recipe": _short(resolved),
        "inputs": _short(inputs),
        "engines": _short(engines) if engines else "none",
        "code": code_version()[:8],
        "version": version("langloom"),
    }
    return "|".join(f"{key}:{value}" for key, value in fields.items())


def versions() -> dict[str, str]:
    """Return the versions of the libraries on which the bytes of a shard may depend."""
    return {name: version(name) for name in ("langloom", "apache-beam", "datasets", "numpy", "pyarrow")}


def _short(data: Any) -> str:
    return digest(json.dumps(data, sort_keys=True, default=str)).hex()[:8]
