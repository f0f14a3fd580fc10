"""OpusTrainer's configuration: data sets, and stages that each last until one of them was gone through so often.

The form is that of hplt-project/OpusTrainer (README.md, and CurriculumV1Loader in src/opustrainer/trainer.py). What it
reads, we read, but for what can't be carried out: a stage without end that isn't the last, or one named twice. Lists of
lists are flattened everywhere; OpusTrainer does that for modifiers only.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from transforms.key_path import KeyPath, MalformedError

FOREVER = "inf"

BATCH = 100
"""OpusTrainer's default batch: of each it takes int(100 * weight) lines of a data set."""

WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
"""What YAML 1.1, which OpusTrainer reads, takes for something else than text."""


@dataclass(frozen=True)
class Modifier:
    """What changes lines by chance.

    Attributes:
      name: its name.
      probability: as it is written.
      settings: its other settings, as they are written.
    """

    name: str
    probability: Any
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CurriculumStage:
    """A stage.

    Attributes:
      name: its name.
      weights: by data set; not all zero.
      watched: the data set whose epochs end it.
      epochs: how many, from the beginning of the stage; None for no end.
      modifiers: its own, or else those of the whole configuration, in order.
    """

    name: str
    weights: dict[str, float]
    watched: str
    epochs: int | None
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True)
class Curriculum:
    """A configuration, as far as it is about order.

    Attributes:
      datasets: the names of its data sets.
      stages: in order.
      seed: None where it isn't given.
    """

    datasets: tuple[str, ...]
    stages: tuple[CurriculumStage, ...]
    seed: int | None = None

    def modifiers(self) -> list[tuple[Modifier, list[str]]]:
        """Return the distinct modifiers, in order, each with the names of the stages in which it holds."""
        found: list[tuple[Modifier, list[str]]] = []
        for stage in self.stages:
            for modifier in stage.modifiers:
                held = next((names for other, names in found if other == modifier), None)
                if held is None:
                    held = []
                    found.append((modifier, held))
                if stage.name not in held:
                    held.append(stage.name)
        return found


def read_curriculum(data: Any) -> Curriculum:
    """Return what a configuration, as plain data, says; MalformedError where it is none."""
    if not isinstance(data, Mapping):
        raise MalformedError((), "expected a mapping with `datasets` and `stages`")
    if str(data.get("version", 1)) != "1":
        raise MalformedError(("version",), f"{data['version']!r} is not known; there is 1")
    for key in ("datasets", "stages"):
        if not data.get(key) or not isinstance(data[key], Mapping if key == "datasets" else list):
            what = "a mapping of names to files" if key == "datasets" else "a list of the stages' names"
            raise MalformedError((key,) if key in data else (), f"{key!r} is not {what}")
    seed = data.get("seed")
    if seed is not None and not re.fullmatch(r"-?[0-9]+", str(seed)):
        raise MalformedError(("seed",), f"expected a whole number, got {seed!r}")
    datasets = tuple(map(str, data["datasets"]))
    names: list[str] = []
    for path, name in _flat(data["stages"], ("stages",)):
        if str(name) in names:
            raise MalformedError(path, f"the stage {name!r} is there already; stages can only occur once")
        if isinstance(name, Mapping) or str(name) not in data:
            raise MalformedError(path, f"the stage {name!r} is not described")
        names.append(str(name))
    everywhere = tuple(_modifiers(data.get("modifiers")))
    stages = tuple(_stage(name, data[name], datasets, everywhere) for name in names)
    for stage in stages[:-1]:
        if stage.epochs is None:
            raise MalformedError((stage.name,), "lasts forever, so that the stages after it are never reached")
    return Curriculum(datasets, stages, None if seed is None else int(seed))


def _flat(data: Sequence[Any], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    for at, item in enumerate(data):
        if isinstance(item, list):
            yield from _flat(item, (*path, at))
        else:
            yield (*path, at), item


def _stage(name: str, data: Any, datasets: Sequence[str], modifiers: tuple[Modifier, ...]) -> CurriculumStage:
    path: KeyPath = (name,)
    if isinstance(data, Mapping):
        if "modifiers" in data:
            modifiers = tuple(_modifiers(data["modifiers"]))
        data, path = data.get("mix"), (name, "mix")
    if not isinstance(data, list):
        raise MalformedError((name,), "a stage is a list such as [clean 0.8, medium 0.2, until clean 2]")
    lines = list(_flat(data, path))
    if not lines or not str(lines[-1][1]).startswith("until "):
        message = "the last line of a stage says where it ends, such as `until clean 2`"
        raise MalformedError(lines[-1][0] if lines else (name,), message)
    weights: dict[str, float] = {}
    for where, line in lines[:-1]:
        dataset, weight = _weight(line, datasets, where)
        weights[dataset] = weights.get(dataset, 0.0) + weight
    return CurriculumStage(name, weights, *_until(lines[-1][1], weights, lines[-1][0]), modifiers)


def _weight(line: Any, datasets: Sequence[str], path: KeyPath) -> tuple[str, float]:
    words = line.split() if isinstance(line, str) else []
    if len(words) != 2:
        raise MalformedError(path, f"expected a data set and its weight, such as `clean 0.8`, got {line!r}")
    if words[0] not in datasets:
        raise MalformedError(path, f"unknown data set {words[0]!r} (known: {', '.join(datasets)})")
    try:
        weight = float(words[1])
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1e100:
        raise MalformedError(path, f"the weight {words[1]!r} is no number of 0 or more")
    return words[0], weight


def _until(line: str, weights: Mapping[str, float], path: KeyPath) -> tuple[str, int | None]:
    words = line.split()
    if len(words) != 3 or not (words[2] == FOREVER or re.fullmatch(r"[0-9]{1,9}", words[2])):
        raise MalformedError(path, f"expected `until DATASET EPOCHS`, epochs a whole number or `inf`, got {line!r}")
    if not weights.get(words[1]):
        raise MalformedError(path, f"ends with {words[1]!r}, from which the stage doesn't draw")
    if words[2] != FOREVER and int(words[2]) == 0:
        raise MalformedError(path, "ends after 0 epochs, so that the stage is empty")
    return words[1], None if words[2] == FOREVER else int(words[2])


def _modifiers(data: Any) -> Iterator[Modifier]:
    """Yield modifiers; each is a mapping whose first key is its name, and its value the probability."""
    for _, modifier in _flat(data if isinstance(data, list) else [data] if data else [], ()):
        if isinstance(modifier, Mapping) and modifier:
            (name, probability), *settings = modifier.items()
            yield Modifier(str(name), probability, {str(key): value for key, value in settings})
        else:
            yield Modifier(str(modifier), None)


def curriculum_yaml(curriculum: Curriculum, files: Mapping[str, str]) -> str:
    """Return the configuration as YAML, without modifiers; `files` are the data sets' files."""
    lines = ["datasets:", *(f"  {_key(name)}: {_key(files[name])}" for name in curriculum.datasets)]
    lines += ["", "stages:", *(f"  - {_key(stage.name)}" for stage in curriculum.stages)]
    for stage in curriculum.stages:
        lines += ["", f"{_key(stage.name)}:"]
        lines += [f"  - {name} {weight!r}" for name, weight in stage.weights.items()]
        lines.append(f"  - until {stage.watched} {FOREVER if stage.epochs is None else stage.epochs}")
    if curriculum.seed is not None:
        lines += ["", f"seed: {curriculum.seed}"]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", name) and name.lower() not in WORDS
    return name if plain else f'"{name}"'


def truncated(weights: Mapping[str, float]) -> dict[str, int]:
    """Return the data sets of which a batch of OpusTrainer's has fewer lines than their weight asks, with how many."""
    found = {}
    for name, weight in weights.items():
        if isfinite(weight) and (lines := int(BATCH * weight)) < round(BATCH * weight, 9):
            found[name] = lines
    return found
