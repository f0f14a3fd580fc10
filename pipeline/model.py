"""What a recipe says, typed: plain data that `build.py` turns into a graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sinks.hub.recipe import Hub
from sinks.parquet import Parquet
from sinks.sink import Sink
from transforms.key_path import KeyPath
from transforms.order.epoch_stages import MAX_POSITION, Epochs
from transforms.order.mixtures import Mixture, check_epochs
from transforms.tokens.vocabulary_sharing import VocabularySharing

Kind = Literal["keep", "rewrite", "expand", "collective"]


@dataclass(frozen=True)
class Step:
    """One step of a stream.

    Attributes:
      name: its name, unique in the stream (`keep`, `keep-2`); ids derived by the step and counts depend on it.
      kind: how it is carried.
      step: the step itself; for `keep` the rules by name, in the order of the recipe.
      line: where the recipe says it.
      path: the keys that lead to it.
      registered: the name it is registered under, or `keep`.
      written: its parameters as the recipe has them, secrets masked.
    """

    name: str
    kind: Kind
    step: Any
    line: int
    path: KeyPath
    registered: str
    written: Any = None

    def parts(self) -> list[Any]:
        """Return what the recipe names in it: the step itself, or the rules of `keep`."""
        return list(self.step.values()) if self.kind == "keep" else [self.step]


@dataclass(frozen=True)
class Stream:
    """A chain of steps over a source, over other streams, or over a union of them."""

    name: str
    inputs: tuple[str, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class ScheduleStage:
    """A stretch of a schedule.

    Attributes:
      until: where it ends: a fraction of the run (a float up to 1), a cumulative position (an integer), or so many
        epochs of a stream after its beginning.
      weights: the shares of the streams at its end; those that are absent have none.
      ramp: how the weights of the stage before change to these over the stage.
    """

    until: int | float | Epochs
    weights: dict[str, float]
    ramp: Literal["step", "linear", "cosine"] = "step"

    def __post_init__(self) -> None:
        if isinstance(self.until, int) and self.until < 1:
            raise ValueError(f"until is {self.until}; a position is 1 or more, and a fraction has a point (1.0)")
        if isinstance(self.until, int) and self.until > MAX_POSITION:
            raise ValueError(f"until is {self.until}; a position is at most 2^53")
        if isinstance(self.until, float) and not 0 < self.until <= 1:
            raise ValueError(f"until is {self.until}; a fraction is above 0 and at most 1.0, a position is an integer")


@dataclass(frozen=True)
class Repeat:
    """How often a stream may be gone through; every epoch has its own order."""

    max_epochs: float = 1.0

    def __post_init__(self) -> None:
        check_epochs(self.max_epochs)


@dataclass(frozen=True)
class Write:
    """What is written of a dataset, whatever its sinks: Parquet always, and the Hub where asked for."""

    parquet: Parquet = field(default_factory=Parquet)
    hub: Hub | None = None


@dataclass(frozen=True)
class Dataset:
    """An output: a mix of streams in a defined order.

    Attributes:
      name: its name, also in file names.
      streams: the streams it draws from, in the order of the recipe (which settles ties between positions).
      mix: weights by stream, or `concatenate` (shares by size; without a total, one pass); None where weights come from
        elsewhere.
      order: the stages of a schedule; empty where there is a `mix`.
      total: the number of positions; None for as many as the streams allow.
      repeat: how often streams may be gone through.
      exhausted: what to do when a stream has too few examples.
      split: shares of the splits other than `train`.
      write: what is written.
      mixture: a `mix` that makes weights of the sizes of the streams.
      unit: what weights, positions and `total` count.
      tokenizer: what tokens are counted with, its path resolved; empty where none are.
      vocabulary_sharing: measured scores by language, if there are any.
      sinks: what writes its shards a second time, beside Parquet, by name.
    """

    name: str
    streams: tuple[str, ...]
    mix: dict[str, float] | Literal["concatenate"] | None
    order: tuple[ScheduleStage, ...] = ()
    total: int | None = None
    repeat: Repeat = Repeat()
    exhausted: Literal["error", "redistribute", "stop"] = "error"
    split: Mapping[str, float] = field(default_factory=dict)
    write: Write = Write()
    mixture: Mixture | None = None
    unit: Literal["examples", "tokens"] = "examples"
    tokenizer: str = ""
    vocabulary_sharing: VocabularySharing | None = None
    sinks: Mapping[str, Sink] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """A recipe, checked.

    Attributes:
      name: its name; by default that of its file.
      seed: what ranks, splits and choices are derived from.
      sources: each a `transforms.read.source.Source`, by name.
      engines: each an engine of the registry, by name.
      streams: by name, in the order of the recipe.
      datasets: by name, in the order of the recipe.
      output: the folder that is written (relative to the current folder), without a slash at its end.
      memory: the folder of the translation memory.
      runner: Beam options by name.
      runner_lines: the line of each.
      text: the file's text, with `***` for secrets.
      resolved: the recipe as plain data after variables, with `***` for secrets.
      path: the file, as given.
      warnings: what is doubtful, a line each.
      secrets: texts that must not be shown, the longest first.
      settings: the names of the variables that the command line set.
    """

    name: str
    seed: int
    sources: dict[str, Any]
    engines: dict[str, Any]
    streams: dict[str, Stream]
    datasets: dict[str, Dataset]
    output: str
    memory: str
    runner: dict[str, Any] = field(repr=False)
    text: str = field(repr=False)
    resolved: dict[str, Any] = field(repr=False)
    path: str
    warnings: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    settings: tuple[str, ...] = ()
    runner_lines: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def hub(self) -> Hub | None:
        """Return where the output is published, which all datasets say alike."""
        return next((dataset.write.hub for dataset in self.datasets.values()), None)

    def needed_streams(self) -> list[Stream]:
        """Return the streams that datasets need, each after those it reads."""
        ordered: dict[str, Stream] = {}

        def visit(name: str) -> None:
            if name in self.streams and name not in ordered:
                for read in self.streams[name].inputs:
                    visit(read)
                ordered[name] = self.streams[name]

        for dataset in self.datasets.values():
            for name in dataset.streams:
                visit(name)
        return list(ordered.values())

    def planned_streams(self) -> list[Stream]:
        """Return the same without the rules on what is translated, which can't be judged before it is."""
        streams, translated = [], set[str]()
        for stream in self.needed_streams():
            steps, after = [], bool(translated & set(stream.inputs))
            for step in stream.steps:
                if not (after and step.kind == "keep"):
                    steps.append(step)
                after = after or step.registered == "translate"
            streams.append(replace(stream, steps=tuple(steps)))
            if after:
                translated.add(stream.name)
        return streams

    def read_sources(self) -> list[str]:
        """Return the sources that are read, each as often as streams read it."""
        return [name for stream in self.needed_streams() for name in stream.inputs if name in self.sources]
