"""What `langloom check` prints: the recipe as a tree, or as JSON. Parameters are shown as written, secrets masked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.language.variables import scrub
from pipeline.model import Dataset, Recipe, ScheduleStage, Step
from sinks.json_lines import JsonLines
from sinks.sink import Sink
from transforms.order.epoch_stages import Epochs

Tree = list[tuple[str, "Tree"]]
"""Lines, each with those that stand under it."""


def as_json(recipe: Recipe) -> dict[str, Any]:
    """Return the graph as plain data, for programs."""
    graph = {
        "name": recipe.name,
        "seed": recipe.seed,
        "sources": recipe.resolved.get("sources") or {},
        "engines": recipe.resolved.get("engines") or {},
        "streams": {
            name: {
                "from": list(stream.inputs),
                "steps": [{"step": step.name, "kind": step.kind, "parameters": step.written} for step in stream.steps],
            }
            for name, stream in recipe.streams.items()
        },
        "datasets": {
            name: {"draws": list(dataset.streams), **recipe.resolved["datasets"][name]}
            for name, dataset in recipe.datasets.items()
        },
        "output": recipe.output,
        "memory": recipe.memory,
        "warnings": list(recipe.warnings),
    }
    return dict(scrub(graph, recipe.secrets))


def describe(recipe: Recipe) -> str:
    """Return the graph as lines of text: sources, engines, streams with their steps, and datasets."""
    lines = [f"{recipe.name}  seed {recipe.seed}", *_branches(_tree(recipe))]
    return str(scrub("\n".join(lines), recipe.secrets))


def _tree(recipe: Recipe) -> Tree:
    tree: Tree = []
    for section in ("sources", "engines"):
        entries = recipe.resolved.get(section) or {}
        if entries:
            tree.append((section, [(f"{name}  {_parameters(entry)}", []) for name, entry in entries.items()]))
    streams: Tree = []
    for name, stream in recipe.streams.items():
        steps: Tree = [(_step(step), []) for step in stream.steps]
        streams.append((f"{name}  from {', '.join(stream.inputs)}", steps))
    tree.append(("streams", streams))
    tree.append(("datasets", [(name, _dataset(dataset)) for name, dataset in recipe.datasets.items()]))
    return [*tree, (f"output  {recipe.output}", []), (f"memory  {recipe.memory}", [])]


def _branches(tree: Tree, before: str = "") -> Iterator[str]:
    for at, (line, inner) in enumerate(tree):
        last = at == len(tree) - 1
        yield f"{before}{'└── ' if last else '├── '}{line}".rstrip()
        yield from _branches(inner, before + ("    " if last else "│   "))


def _step(step: Step) -> str:
    if step.kind != "keep":
        return f"{step.name}  {_parameters(step.written)}"
    rules = (f"{rule} {_parameters(written)}".rstrip() for rule, written in step.written.items())
    return f"{step.name}  {'; '.join(rules)}"


def _parameters(written: Any) -> str:
    if isinstance(written, Mapping):
        return ", ".join(f"{name}: {_value(value)}" for name, value in written.items())
    return "" if written is None else _value(written)


def _value(value: Any) -> str:
    """Return a value on one line, as in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_value(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, str) and value.isprintable() and value.strip() == value and value:
        return value
    return json.dumps(value)


def _dataset(dataset: Dataset) -> Tree:
    total = f", {dataset.total} in all" if dataset.total else ""
    lines: list[str] = []
    if dataset.mix == "concatenate":
        lines.append(f"concatenate  {', '.join(dataset.streams)}{total}")
    elif dataset.mix is not None:
        lines.append(f"mix  {_shares(dataset.mix)}{total}")
    elif dataset.mixture is not None:
        lines.append(f"{type(dataset.mixture).__name__.lower()}  {', '.join(dataset.streams)}{total}")
    else:
        lines += [f"order{total.replace(', ', '  ')}", *map(_stage, dataset.order)]
    if dataset.mix != "concatenate" or dataset.repeat.max_epochs != 1:
        lines.append(f"exhausted  {dataset.exhausted}, at most {_epochs(dataset.repeat.max_epochs)}")
    if dataset.tokenizer:
        unit = "shares and total count" if dataset.unit == "tokens" else "counted are"
        lines.append(f"tokens  {unit} those of {dataset.tokenizer}")
    if dataset.split:
        shares = {"train": 1 - sum(dataset.split.values()), **dataset.split}
        lines.append(f"split  {', '.join(f'{name} {share:.4g}' for name, share in shares.items())}")
    return [(line, []) for line in [*lines, f"write  {_write(dataset)}"]]


def _epochs(number: float) -> str:
    return f"{number:g} epoch{'' if number == 1 else 's'}"


def _stage(stage: ScheduleStage) -> str:
    ramp = "" if stage.ramp == "step" else f", {stage.ramp} ramp"
    return f"{_end(stage.until)}  {_shares(stage.weights)}{ramp}"


def _end(until: int | float | Epochs) -> str:
    if isinstance(until, Epochs):
        return f"for {_epochs(until.epochs)} of {until.stream}"
    return f"until {until!r}" if isinstance(until, float) else f"until position {until}"


def _shares(weights: Mapping[str, float]) -> str:
    # Divided by the largest first: a sum of huge weights must not overflow.
    top = max(weights.values())
    total = sum(weight / top for weight in weights.values())
    return ", ".join(f"{name} {100 * (weight / top) / total:.4g}%" for name, weight in weights.items())


def _write(dataset: Dataset) -> str:
    parquet = dataset.write.parquet
    cut = f"{parquet.rows_per_shard} rows" if parquet.rows_per_shard else f"{parquet.bytes_per_shard} bytes"
    return "; ".join([f"parquet, {cut} a shard", *(_sink(name, sink) for name, sink in dataset.sinks.items())])


def _sink(name: str, sink: Sink) -> str:
    return f"{name} ({sink.format}{sink.ending.removeprefix('.jsonl')})" if isinstance(sink, JsonLines) else name
