"""The manifest: what a run made, of what, and what became of every example."""

from collections.abc import Mapping
from typing import Any

from pipeline.model import Dataset, Recipe
from pipeline.output.allocation import described_allocation
from pipeline.output.result import impossible
from pipeline.output.token_report import drawn_tokens, tokens_of
from pipeline.signature import versions
from transforms.order.dataset_order import TRAIN
from transforms.steps import Count
from transforms.translate.usage import DEFERRED


def manifest(
    recipe: Recipe, signature: str, result: Mapping[str, Any], files: Mapping[str, str], sources: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the manifest of a finished job.

    Args:
      recipe: what was run.
      signature: the run signature.
      result: what the job said of itself (`pipeline/output/result.py`); a dataset that couldn't be drawn is left out.
      files: for each shard file in the work folder that is written, its path below the output folder.
      sources: by name, what was read of each source.
    """
    streams, missing = _streams(recipe, result), impossible(result)
    deferred = sum(
        number
        for stream in streams.values()
        for step in stream["steps"]
        for reason, number in step["rejected"].items()
        if reason.startswith(DEFERRED)
    )
    return {
        "name": recipe.name,
        "signature": signature,
        "seed": recipe.seed,
        "settings": list(recipe.settings),
        "complete": deferred == 0,
        "deferred": deferred,
        "versions": versions(),
        "sources": dict(sources),
        "streams": streams,
        "datasets": {name: _dataset(recipe, name, result, files) for name in recipe.datasets if name not in missing},
        "translation": _translation(result),
        "rejects": {"rows": sum(entry["rows"] for entry in result["rejects"]), "files": len(result["rejects"])},
    }


def _streams(recipe: Recipe, result: Mapping[str, Any]) -> dict[str, Any]:
    counts: dict[str, dict[str, Count]] = {stream.name: {} for stream in recipe.needed_streams()}
    for part in result["parts"]:
        mine = counts[part["stream"]]
        for count in map(Count.from_json, part["counts"]):
            mine.setdefault(count.step, Count(count.step)).add(count)
    streams = {}
    for stream in recipe.needed_streams():
        order = ["read", *(step.name for step in stream.steps)]
        steps = sorted(counts[stream.name].values(), key=lambda count: order.index(count.step))
        streams[stream.name] = {"from": list(stream.inputs), "steps": [count.to_json() for count in steps]}
    return streams


def _dataset(recipe: Recipe, name: str, result: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    draws = next(entry for entry in result["draws"] if entry["dataset"] == name)
    dataset = recipe.datasets[name]
    splits = {}
    for split in [TRAIN, *dataset.split]:
        shards = [entry for entry in result["shards"] if (entry["dataset"], entry["split"]) == (name, split)]
        shards.sort(key=lambda shard: shard["number"])
        splits[split] = {"rows": draws["splits"][split]["rows"], "files": []}
        for shard in shards:
            for file in (file for file in shard["files"] if file["path"] in files):
                known = {key: file[key] for key in ("sha256", "rows", "bytes")}
                splits[split]["files"].append({"path": files[file["path"]], **known})
        splits[split]["bytes"] = sum(shard["size"] for shard in shards)
        splits[split] |= _facets(shards)
        if dataset.tokenizer and shards:
            splits[split]["tokens"] = sum(shard["tokens"] for shard in shards)
        if unexpressed := _sum(shard["unexpressed"] for shard in shards):
            splits[split]["unexpressed"] = unexpressed
    train = draws["splits"][TRAIN]
    described = {"ordered": bool(dataset.order), "splits": splits, "draws": _draws(dataset, train)}
    if allocation := described_allocation(recipe, dataset, train["available"]):
        described["allocation"] = allocation
    if dataset.tokenizer:
        described["tokens"] = tokens_of(recipe, name, result)
    return described


def _facets(shards: list[dict[str, Any]]) -> dict[str, Any]:
    facets = {name: _sum(shard["facets"][name] for shard in shards) for name in ("license", "task", "source")}
    both = _sum(shard["facets"][name] for shard in shards for name in ("input_lang", "output_lang"))
    languages = sorted(language for language in both if language)
    return {"languages": languages, "licenses": facets["license"], "tasks": facets["task"], "sources": facets["source"]}


def _draws(dataset: Dataset, train: Mapping[str, Any]) -> dict[str, Any]:
    draws = {}
    for at, (stream, available, drawn) in enumerate(
        zip(dataset.streams, train["available"], train["drawn"], strict=True)
    ):
        epochs = round(drawn / available, 4) if available else 0.0
        unused = max(0, available - drawn)
        draws[stream] = {"available": available, "drawn": drawn, "epochs": epochs, "unused": unused}
        if dataset.tokenizer:
            draws[stream] |= drawn_tokens(available, drawn, train["tokens"][at])
    return draws


def _translation(result: Mapping[str, Any]) -> dict[str, Any]:
    totals: dict[str, dict[str, dict[str, Any]]] = {}
    for report in result["translation"]:
        for engine, languages in report.items():
            for language, numbers in languages.items():
                mine = totals.setdefault(engine, {}).setdefault(language, {})
                for key, number in numbers.items():
                    if not isinstance(number, Mapping):
                        mine[key] = round(mine.get(key, 0) + number, 6)
                    elif number:
                        mine[key] = _sum([mine.get(key, {}), number])
    return {engine: dict(sorted(languages.items())) for engine, languages in sorted(totals.items())}


def _sum(counts: Any) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for key, number in count.items():
            total[key] = total.get(key, 0) + number
    return dict(sorted(total.items()))
