"""Hashes of steps and of the code that they run: parts that other code or parameters made aren't used again."""

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from transforms.example import digest
from transforms.optional_methods import HasContent


def steps_signature(steps: Sequence[tuple[str, Any]]) -> bytes:
    """Return a hash of steps: their names, classes, parameters, the files they name, and the code they run."""
    described = [(name, _describe(step)) for name, step in steps]
    return digest(code_version(), json.dumps(described, sort_keys=True, default=str))


def _describe(step: Any) -> Any:
    if isinstance(step, Mapping):
        return [(name, _describe(rule)) for name, rule in step.items()]
    kind = type(step)
    content = step.content() if isinstance(step, HasContent) else None
    return [f"{kind.__module__}.{kind.__qualname__}", dataclasses.asdict(step), content, foreign_code(kind)]


def foreign_code(kind: type) -> str:
    """Return a hash of the file that a class stands in; empty for those that `code_version` covers."""
    if kind.__module__.startswith("transforms."):
        return ""
    file = inspect.getsourcefile(kind)
    return hashlib.blake2b(Path(file).read_bytes(), digest_size=16).hexdigest() if file else ""


@cache
def code_version(package: str = "transforms") -> str:
    """Return a hash of a package of ours, data files included."""
    state = hashlib.blake2b(digest_size=16)
    folder = Path(__file__).parents[1] / package
    for file in sorted(folder.rglob("*")):
        if file.suffix in {".py", ".toml", ".tsv"}:
            state.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return state.hexdigest()
