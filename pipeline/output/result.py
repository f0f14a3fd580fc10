"""What a finished job says of itself: committed parts, draws, shards and rejects, in one JSON file."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam

from pipeline.errors import RunError
from sinks.shards import Shard
from transforms.files import read_bytes, write_bytes
from transforms.order.dataset_order import TRAIN
from transforms.order.draw import Draws
from transforms.parts import Part
from transforms.translate.usage import DEFERRED
from transforms.union import Union

KINDS = ("parts", "draws", "shards", "rejects", "translation", "tokens")
"""What a job says of itself: entries of these kinds."""

MOST_REASONS = 3
"""How many reasons for rejects are named where a dataset couldn't be drawn."""

Entry = tuple[str, dict[str, Any]]
"""What kind of entry it is, and what it says."""


class WriteResult(beam.PTransform):
    """Gathers what describes the job and writes it as one file; the launcher makes the manifest of it."""

    def __init__(
        self,
        path: str,
        parts: Sequence[Any],
        draws: Mapping[str, Any],
        shards: Mapping[str, Any],
        reports: Sequence[Any],
    ) -> None:
        super().__init__()
        self._path, self._parts, self._draws, self._shards, self._reports = path, parts, draws, shards, reports

    def expand(self, pcoll: Any) -> Any:
        described = list(self._reports)
        for at, parts in enumerate(self._parts):
            described.append(parts | f"Parts {at}" >> beam.Map(described_part))
        for name, draws in self._draws.items():
            described.append(draws | f"Draws {name}" >> beam.Map(described_draws, name))
        for name, shards in self._shards.items():
            described.append(shards | f"Shards {name}" >> beam.Map(described_shard))
        everything = beam.pvalue.AsIter(tuple(described) | "All" >> Union())
        return pcoll.pipeline | "File" >> beam.Create([self._path]) | "Write" >> beam.Map(write_result, everything)


def described_part(part: Part) -> Entry:
    """Return what the manifest needs of a part."""
    return "parts", {"stream": part.stream, "counts": [count.to_json() for count in part.counts]}


def described_shard(shard: Shard) -> Entry:
    """Return a shard as plain data."""
    return "shards", dict(shard.__dict__)


def described_draws(draws: Draws, dataset: str, moments: int = 0) -> Entry:
    """Return what a dataset drew, with its streams' weights at so many moments of its run."""
    splits = {
        name: {"rows": split.rows, "available": split.available, "drawn": split.drawn, "tokens": split.tokens}
        for name, split in draws.splits.items()
    }
    train = draws.splits.get(TRAIN)
    weights = train.weights(moments) if train else []
    used = list(map(sorted, draws.used))
    return "draws", {"dataset": dataset, "error": draws.error, "splits": splits, "weights": weights, "used": used}


def write_result(path: str, described: Iterable[Entry]) -> str:
    """Write the file, and return its path; equal jobs write equal files."""
    result: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for kind, data in described:
        result[kind].append(data)
    for entries in result.values():
        entries.sort(key=lambda entry: json.dumps(entry, sort_keys=True))
    write_bytes(path, json.dumps(result, sort_keys=True).encode())
    return path


def read_result(path: str, plan: bool = False) -> dict[str, Any]:
    """Return what a job wrote of itself; RunError where a dataset could not be drawn, unless it was only a plan."""
    result: dict[str, Any] = json.loads(read_bytes(path))
    if (errors := impossible(result)) and not plan:
        raise RunError("\n".join([*errors.values(), *_missing(result)]))
    return result


def _missing(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence on examples that were rejected, and one on those left for later: what a dataset may lack."""
    rejected, waiting = Counter[str](), 0
    for part in result["parts"]:
        for count in part["counts"]:
            for reason, number in count["rejected"].items():
                if reason.startswith(DEFERRED):
                    waiting += number
                else:
                    rejected[f"{part['stream']}: {count['step']}: {reason}"] += number
    if rejected:
        most = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]
        yield f"rejected in all streams, most first: {', '.join(f'{what} ({number:,})' for what, number in most)}"
    if waiting:
        yield f"{waiting:,} examples wait for a translation, and may be what is missing: the same command goes on"


def impossible(result: Mapping[str, Any]) -> dict[str, str]:
    """Return, by name, why datasets could not be drawn."""
    return {draws["dataset"]: draws["error"] for draws in result["draws"] if draws["error"]}
