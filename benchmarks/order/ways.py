"""The two ways to order lines: what each is told, as a command of its own."""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq


@dataclass(frozen=True)
class Stage:
    """A stage of OpusTrainer's configuration: weights by data set, and whose epochs end it."""

    weights: Mapping[str, float]
    until: str
    epochs: int = 1


def configuration(names: Iterable[str], stages: Sequence[Stage]) -> str:
    """Return OpusTrainer's configuration of data sets NAME.tsv, which both ways read."""
    lines = ["datasets:", *(f"  {name}: {name}.tsv" for name in names), "stages:"]
    lines += [f"  - stage{at}" for at in range(len(stages))]
    for at, stage in enumerate(stages):
        lines += [f"stage{at}:", *(f"  - {name} {weight}" for name, weight in stage.weights.items())]
        lines += [f"  - until {stage.until} {stage.epochs}"]
    return "\n".join([*lines, "seed: 1", "num_fields: 2"]) + "\n"


def recipe(names: Iterable[str]) -> str:
    """Return langloom's recipe: the same files, in the order of the same configuration."""
    told = {"header": ["input", "output"], "quoting": False}
    sources = {name: {"tsv": {"path": f"{name}.tsv", **told}, "task": "translation"} for name in names}
    return json.dumps(
        {
            "name": "ordered",
            "seed": 1,
            "sources": {f"{name}-file": source for name, source in sources.items()},
            "streams": {name: {"from": f"{name}-file"} for name in sources},
            "datasets": {"ordered": {"order": {"opustrainer": "train.yml"}}},
            "output": "out",
        }
    )


def langloom(command: str, folder: Path) -> list[str]:
    """Return the command that orders the folder's lines into `out`."""
    return ["env", "-C", str(folder), command, "run", "recipe.yaml", "--output", "out"]


def opustrainer(command: str, folder: Path, *options: str) -> list[str]:
    """Return the command that orders the folder's lines into `out.tsv`; the trainer is `cat`."""
    words = [command, "-c", "train.yml", "--do-not-resume", "--state", "state.yml", *options]
    return ["env", "-C", str(folder), *words, "sh", "-c", "cat > out.tsv"]


def langlooms(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the two fields of each line that langloom wrote, in order."""
    for path in sorted(folder.glob("out/data/ordered/train-*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(columns=["input", "output"]):
            yield from zip(*(batch[name].to_pylist() for name in ("input", "output")), strict=True)


def opustrainers(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the two fields of each line that OpusTrainer wrote, in order."""
    with (folder / "out.tsv").open(encoding="utf-8", newline="\n") as file:
        for line in file:
            one, _, other = line.rstrip("\n").partition("\t")
            yield one, other


def version_beside(command: str) -> str:
    """Return the version of OpusTrainer that a command is part of."""
    python = Path(command).with_name("python")
    ask = "from importlib.metadata import version; print(version('opustrainer'))"
    return subprocess.check_output([str(python), "-c", ask], text=True).strip()
