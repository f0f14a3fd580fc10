"""From a recipe to a Beam graph. Read this first.

Every source is cut into blocks. A stream's steps are cut into stages at its collective steps; each stage turns what
comes in (blocks, or parts with what was decided about them) into parts in the work folder. Datasets draw from the
parts of their streams: positions by closed form, then shards. What crosses a shuffle is keys.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import apache_beam as beam

from pipeline.dataset_order import order_of
from pipeline.model import Recipe, Step, Stream
from pipeline.output.result import WriteResult, described_draws
from pipeline.runners.pickling import hide_folders
from sinks.rejects import WriteRejects
from sinks.shards import WriteShards
from transforms.code_signature import foreign_code, steps_signature
from transforms.collective import Context
from transforms.example import digest
from transforms.order.place import Draw, Place
from transforms.stage import RunStage, Stage
from transforms.steps import Expand, Keep, Rewrite
from transforms.third_parties import naming_third_parties
from transforms.tokens.account import Account
from transforms.union import Union

MOMENTS = 48
"""How many points of a run a plan gives the mixture at."""

CARRIERS = {"keep": Keep, "rewrite": Rewrite, "expand": Expand}


@dataclass(frozen=True)
class Job:
    """What the launcher found out before it builds the graph.

    Attributes:
      work: the work folder.
      memory: the folder of the translation memory.
      result: the file that the finished job describes itself in.
      blocks: the blocks of each source that is read.
      buckets, answer_files, reject_files: into how many groups keys, engines' answers and rejects are divided; by the
        size of the inputs.
      workers: how many workers there are, for steps that give each an equal part.
      plan: whether this is `langloom plan`: engines aren't asked, and no shard is written.
      finish: what the last step does with the result's file (`pipeline/output/finish.py`), where no launcher waits.
    """

    work: str
    memory: str
    result: str
    blocks: Mapping[str, Sequence[Any]]
    buckets: int
    answer_files: int
    reject_files: int
    workers: int
    plan: bool = False
    finish: Callable[[str], None] | None = None


def build(recipe: Recipe, job: Job, pipeline: Any) -> None:
    """Add the recipe's whole graph to a pipeline."""
    hide_folders()
    streams = _Streams(recipe, job, pipeline)
    for stream in recipe.planned_streams() if job.plan else recipe.needed_streams():
        streams.add(stream)
    draws, shards, reports = {}, {}, streams.reports
    for dataset in recipe.datasets.values():
        order = order_of(recipe, dataset, job.buckets)
        chosen = {name: streams.parts[name] for name in order.streams}
        if job.plan:
            drawn = chosen | f"{dataset.name}: Draw" >> Draw(order, job.work)
            reports.append(drawn | f"{dataset.name}: Describe" >> beam.Map(described_draws, dataset.name, MOMENTS))
        else:
            drawn, placed = chosen | f"{dataset.name}: Place" >> Place(order, job.work)
            write = WriteShards(dataset.name, job.work, dataset.sinks, drawn)
            draws[dataset.name], shards[dataset.name] = drawn, placed | f"{dataset.name}: Shards" >> write
        if dataset.tokenizer:
            account = Account(dataset.name, dataset.tokenizer, job.work, job.buckets)
            reports.append(chosen | f"{dataset.name}: Account" >> account)
    if not job.plan:
        made = tuple(streams.made) | "AllParts" >> Union()
        reports.append(made | WriteRejects(job.work, job.reject_files))
    result = pipeline | "Result" >> WriteResult(job.result, streams.made, draws, shards, reports)
    if job.finish:
        _ = result | "Finish" >> beam.Map(job.finish)


@dataclass(frozen=True)
class _Streams:
    """Adds streams to the graph.

    Attributes:
      parts: the PCollection of the parts that each stream ends in, by name.
      made: every PCollection of parts that any stage makes.
      reports: what collective steps tell the manifest.
      asked: an `Asked` of each step that asks engines: the next one begins when it has ended.
    """

    recipe: Recipe
    job: Job
    pipeline: Any
    parts: dict[str, Any] = field(default_factory=dict)
    made: list[Any] = field(default_factory=list)
    reports: list[Any] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def add(self, stream: Stream) -> None:
        """Add a stream's stages; those that it reads are there already."""
        first, later = _stages(stream.steps)
        arrived = tuple(self._arrive(stream, name, first) for name in stream.inputs)
        now = arrived | f"{stream.name}: Union" >> Union()
        for number, (collective, steps) in enumerate(later, 1):
            label = f"{stream.name}: {collective.name}"
            decided = now | label >> _Decide(collective, self._context(stream, collective))
            now = decided | f"{label} stage" >> RunStage(_stage(self.job, stream, number, steps, collective, None))
            self.made.append(now)
        self.parts[stream.name] = now

    def _arrive(self, stream: Stream, name: str, steps: Sequence[Step]) -> Any:
        """Add the stage that reads a source, or takes over another stream's parts."""
        label = f"{stream.name}: {name}"
        if name in self.recipe.sources:
            blocks = [(block, None) for block in self.job.blocks[name]]
            stage = _stage(self.job, stream, 0, steps, None, self.recipe.sources[name])
            incoming = self.pipeline | f"{label} blocks" >> beam.Create(blocks) | f"{label} spread" >> beam.Reshuffle()
        elif steps or len(stream.inputs) > 1:
            stage = _stage(self.job, stream, 0, steps, None, None)
            # A stream without steps has the very parts of the stream it reads. In a union of the two, each must be
            # read under a name of its own: the signature holds the input's.
            stage = replace(stage, signature=digest(name, stage.signature))
            incoming = self.parts[name] | f"{label} parts" >> beam.Map(lambda part: (part, None))
        else:
            return self.parts[name]
        parts = incoming | f"{label} stage" >> RunStage(stage)
        self.made.append(parts)
        return parts

    def _context(self, stream: Stream, step: Step) -> Context:
        job, recipe = self.job, self.recipe
        splits = {tuple(dataset.split.values()) for dataset in recipe.datasets.values() if dataset.split}
        return Context(
            stream=stream.name,
            step=step.name,
            work=job.work,
            memory=job.memory,
            buckets=job.buckets,
            answer_files=job.answer_files,
            workers=job.workers,
            order={name: source.order for name, source in recipe.sources.items()},
            engines=dict(recipe.engines),
            reports=self.reports,
            asked=self.asked,
            plan=job.plan,
            run="" if job.finish else job.result.rpartition("/")[2],
            seed=recipe.seed,
            splits=tuple(sorted(splits)),
        )


def _stages(steps: Sequence[Step]) -> tuple[list[Step], list[tuple[Step, list[Step]]]]:
    """Cut steps at the collective ones: the per-batch steps before the first, then each one with those after it."""
    first: list[Step] = []
    later: list[tuple[Step, list[Step]]] = []
    for step in steps:
        if step.kind == "collective":
            later.append((step, []))
        else:
            (later[-1][1] if later else first).append(step)
    return first, later


def _stage(job: Job, stream: Stream, number: int, steps: Sequence[Step], after: Step | None, source: Any) -> Stage:
    carriers = tuple(CARRIERS[step.kind](step.step, step.name, stream.name) for step in steps)
    described = [(step.name, step.step) for step in ([after] if after else []) + list(steps)]
    read = (source.signature(), foreign_code(type(source.reader))) if source else ("",)
    signature = digest(*read, steps_signature(described))
    return Stage(job.work, stream.name, number, carriers, after.name if after else "", source, signature)


class _Decide(beam.PTransform):
    """Gives what a collective step adds to the graph a label of its own."""

    def __init__(self, step: Step, context: Context) -> None:
        super().__init__()
        self._step, self._context = step, context

    def expand(self, pcoll: Any) -> Any:
        with naming_third_parties(self._step.step):
            return self._step.step.decide(pcoll, self._context)
