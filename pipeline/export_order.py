"""`langloom order export`: a dataset's schedule in the form of another tool, and what that form can't say.

The forms are those of hplt-project/OpusTrainer (README.md), hiyouga/LLaMA-Factory (data/README.md and the arguments
`mix_strategy` and `interleave_probs`), mosaicml/streaming (the class `Stream`) and google/seqio (`MixtureRegistry`).
"""

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rich.console import Console

from pipeline.dataset_order import order_stage
from pipeline.errors import Problem, RecipeError, RunError
from pipeline.model import Dataset
from pipeline.recipe import load
from pipeline.run import RunOptions, plan
from sinks.json_lines import JsonLines
from transforms.formats.arrange import OPTIONAL, Form
from transforms.order.epoch_stages import Epochs, OrderStage, Stages
from transforms.order.mixtures import ImpossibleError
from transforms.order.opustrainer import BATCH, Curriculum, CurriculumStage, curriculum_yaml, truncated
from transforms.suggestions import unknown

Export = tuple[str, list[str]]
"""A text, and what it doesn't say."""


COLUMNS: Mapping[Form, dict[str, Any]] = {
    "alpaca": {"columns": {"prompt": "instruction", "query": "input", "response": "output"}},
    "sharegpt": {"formatting": "sharegpt", "columns": {"messages": "conversations"}},
    "messages": {
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    },
    "prompt_completion": {"columns": {"prompt": "prompt", "response": "completion"}},
    "prompt_chosen": {"columns": {"prompt": "prompt", "response": "chosen"}},
    "text": {"columns": {"prompt": "text"}},
    "parrot": {"columns": {"prompt": "prefix", "response": "text"}},
}
"""How LLaMA-Factory's dataset_info.json describes each of our formats of JSON lines, but for optional keys."""


@dataclass(frozen=True)
class Planned:
    """A dataset, and what a run would draw for it.

    Attributes:
      dataset: as the recipe says it.
      seed: the recipe's.
      available, drawn: for each stream, how many examples it has and gives.
      used: by stream, which of `system` and `history` its examples use; nothing for streams that use neither.
    """

    dataset: Dataset
    seed: int
    available: tuple[int, ...]
    drawn: tuple[int, ...]
    used: Mapping[str, Collection[str]] = field(default_factory=dict)

    def given(self) -> dict[str, int]:
        """Return how many examples each stream gives, without those that give none."""
        return {name: number for name, number in zip(self.dataset.streams, self.drawn, strict=True) if number}

    def stages(self) -> Stages:
        """Return the stages; a mix is one."""
        if self.dataset.order:
            return Stages(tuple(order_stage(self.dataset, stage) for stage in self.dataset.order))
        mix = self.dataset.mix if self.dataset.unit == "examples" else None  # by tokens, what is drawn is the shares
        weights = [mix[name] for name in self.dataset.streams] if isinstance(mix, Mapping) else self.drawn
        return Stages((OrderStage(1.0, tuple(map(float, weights))),))


def export(options: RunOptions, name: str | None, form: str, console: Console) -> Export:
    """Plan the recipe's run and return the schedule of a dataset.

    RecipeError where there is no such dataset, or a stage is too short for it; RunError where it can't be drawn.
    """
    recipe = load(options.recipe, options.settings, os.environ)
    if name is None and len(recipe.datasets) == 1:
        name = next(iter(recipe.datasets))
    if name is None or name not in recipe.datasets:
        message = unknown("dataset", name, recipe.datasets) if name else "there are several datasets: say --dataset"
        raise RecipeError(Problem(message, options.recipe))
    if form == "opustrainer" and recipe.datasets[name].unit == "tokens" and recipe.datasets[name].order:
        message = f"the dataset {name} counts tokens; OpusTrainer's stages count lines, and can't say that"
        raise RecipeError(Problem(message, options.recipe))
    made = plan(options, console)
    if name in made["impossible"]:
        raise RunError(made["impossible"][name])
    draws = made["datasets"][name]["draws"]
    dataset = recipe.datasets[name]
    available, drawn = (tuple(draws[stream][key] for stream in dataset.streams) for key in ("available", "drawn"))
    planned = Planned(dataset, recipe.seed, available, drawn, made["used"][name])
    if not any(planned.drawn):
        raise RecipeError(Problem(f"the dataset {name} draws nothing: there is no schedule to write", options.recipe))
    try:
        return FORMS[form](planned)
    except ImpossibleError as error:
        raise RecipeError(Problem(f"the dataset {name} has no stages to write: {error}", options.recipe)) from None


def opustrainer(planned: Planned) -> Export:
    """Return OpusTrainer's YAML: the stages, each of which ends with whole epochs of one of its data sets.

    ImpossibleError where a stage is too short to hold an example.
    """
    streams, stages = planned.dataset.streams, planned.stages()
    total = planned.dataset.total if planned.dataset.unit == "examples" else None
    counts = stages.counts(streams, planned.available, total or sum(planned.drawn))
    notes = _unlike(planned, [stage.ramp for stage in stages.stages])
    written = []
    for at, (stage, shares, given) in enumerate(zip(stages.stages, stages.means(), counts, strict=True), 1):
        weights = {name: float(share) for name, share in zip(streams, shares, strict=True) if share}
        watched, epochs = _until(stage, given, planned)
        written.append(CurriculumStage(f"stage-{at}", weights, streams[watched], epochs))
        notes += _inexact(written[-1], given, Fraction(epochs * planned.available[watched], given[watched]))
    files = {name: f"{name}.tsv" for name in streams}
    notes.append("each stream's file is to be written as TSV; the names of the files are placeholders")
    notes.append("OpusTrainer ends a stage with the batch in which its epochs end, not with their last example")
    return curriculum_yaml(Curriculum(streams, tuple(written), planned.seed), files), notes


def _until(stage: OrderStage, given: Sequence[int], planned: Planned) -> tuple[int, int]:
    """Return the stream, and its whole epochs, that come nearest to the end of a stage."""
    streams = planned.dataset.streams
    if isinstance(stage.until, Epochs) and stage.until.epochs == int(stage.until.epochs):
        return streams.index(stage.until.stream), int(stage.until.epochs)
    best: tuple[Fraction, int, int] | None = None
    for at, (number, size) in enumerate(zip(given, planned.available, strict=True)):
        if number and size:
            whole = max(1, round(Fraction(number, size)))
            off = abs(Fraction(whole * size, number) - 1)
            if best is None or off < best[0]:
                best = off, at, whole
    assert best is not None
    return best[1:]


def _inexact(stage: CurriculumStage, given: Sequence[int], longer: Fraction) -> list[str]:
    """Return what OpusTrainer would do otherwise in a stage that it makes `longer` by a factor."""
    notes = []
    if longer != 1:
        wanted, made = sum(given), round(sum(given) * longer)
        until = f"until {stage.watched} {stage.epochs}"
        notes.append(f"{stage.name}: `{until}` makes some {made:,} examples, not {wanted:,}: it ends at whole epochs")
    for name, lines in truncated(stage.weights).items():
        asked = f"{BATCH * stage.weights[name]:.4g}"
        notes.append(f"{stage.name}: {name} gets {lines} lines of each batch of {BATCH}, not {asked}: they are cut off")
    return notes


def _unlike(planned: Planned, ramps: Sequence[str]) -> list[str]:
    """Return what no form of a sampler says: ramps, and streams that ran out."""
    notes = []
    if any(ramp != "step" for ramp in ramps[1:]):
        notes.append("there are no ramps: a stage with one has its mean weights throughout")
    if planned.dataset.exhausted != "error":
        notes.append(f"it is not said what happens when a stream runs out (here: {planned.dataset.exhausted})")
    return notes


def _flattened(planned: Planned, tool: str) -> list[str]:
    """Return what a form says that knows neither stages nor places."""
    notes = _unlike(planned, [])
    if len(planned.dataset.order) > 1:
        stages = len(planned.dataset.order)
        notes.append(f"there are no stages and no ramps: the {stages} of the schedule are mixed evenly over the run")
    notes.append(f"{tool} draws at random: no example has a place of its own")
    return notes


def llamafactory(planned: Planned) -> Export:
    """Return an object of LLaMA-Factory's dataset_info.json, and the arguments of a training run that go with it."""
    given, jsonl = planned.given(), planned.dataset.sinks.get("jsonl")
    form = jsonl.format if isinstance(jsonl, JsonLines) else "alpaca"
    info = {name: _entry(name, form, planned.used.get(name, ())) for name in given}
    arguments = {"dataset": ",".join(given), "mix_strategy": _strategy(planned)}
    notes = _flattened(planned, "LLaMA-Factory") if len(given) > 1 else []
    sizes = dict(zip(planned.dataset.streams, planned.available, strict=True))
    for name, number in given.items():
        if len(given) == 1 and number != sizes[name]:
            info[name]["num_samples"] = number
            which = f"which {number} of its {sizes[name]} examples these are"
            notes.append(f"{name}: {which}, LLaMA-Factory draws at random")
    if arguments["mix_strategy"] != "concat":
        total = sum(given.values())
        arguments["interleave_probs"] = ",".join(f"{number / total:.12g}" for number in given.values())
        end = "first" if arguments["mix_strategy"] == "interleave_under" else "last"
        notes.append(f"counts are not exact: it ends when the {end} data set has run out, not after {total}")
    notes.append("each stream is to be written as JSON lines; the names of the files are placeholders")
    text = json.dumps({"dataset_info.json": info, "arguments": arguments}, indent=2, ensure_ascii=False)
    return text + "\n", notes


def _entry(name: str, form: Form, used: Collection[str]) -> dict[str, Any]:
    """Return the entry of a stream's file: LLaMA-Factory passes over a column that it isn't told of."""
    entry = {"file_name": f"{name}.jsonl", **COLUMNS[form]}
    optional = {key: key for key in OPTIONAL.get(form, ()) if key in used}
    return entry | {"columns": {**entry["columns"], **optional}}


def _strategy(planned: Planned) -> str:
    if len(planned.given()) == 1 or (planned.dataset.mix == "concatenate" and planned.drawn == planned.available):
        return "concat"
    enough = all(number <= size for number, size in zip(planned.drawn, planned.available, strict=True))
    return "interleave_under" if enough else "interleave_over"


def streaming(planned: Planned) -> Export:
    """Return arguments of MosaicML Streaming's `Stream` by stream: `choose` is an exact number for one epoch."""
    given = planned.given()
    streams = {name: {"local": name, "choose": number} for name, number in given.items()}
    notes = _flattened(planned, "MosaicML Streaming")
    notes.append("each stream is to be written in its format (MDS); the names of the folders are placeholders")
    return json.dumps({"streams": streams}, indent=2, ensure_ascii=False) + "\n", notes


def seqio(planned: Planned) -> Export:
    """Return the call that registers a mixture of seqio's tasks with their rates, which are relative."""
    lines = [f"    ({json.dumps(name)}, {number})," for name, number in planned.given().items()]
    name = json.dumps(planned.dataset.name)
    text = "\n".join(
        ["seqio.MixtureRegistry.add(", f"    {name},", "    [", *(f"    {x}" for x in lines), "    ],", ")"]
    )
    notes = _flattened(planned, "seqio")
    notes.append("rates are relative: counts, and the end of the run, are not said")
    notes.append("each stream is to be registered as a task of its name")
    return text + "\n", notes


FORMS: Mapping[str, Callable[[Planned], Export]] = {
    "opustrainer": opustrainer,
    "llamafactory": llamafactory,
    "streaming": streaming,
    "seqio": seqio,
}
