"""`langloom run`, from a recipe to an output folder, and `langloom plan`, what that would come to."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from posixpath import expanduser
from tempfile import TemporaryDirectory
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from rich.console import Console

from pipeline.errors import RunError, RunnerError
from pipeline.job import run_job
from pipeline.language.tokenizers import with_pinned
from pipeline.model import Recipe
from pipeline.output.finish import Finish, FinishThere
from pipeline.output.folder import check_free, check_no_file, mend
from pipeline.output.manifest import manifest
from pipeline.output.remarks import remarks
from pipeline.output.result import impossible
from pipeline.output.work_folder import alone, check_apart, claim, clear, is_claimed, kept
from pipeline.recipe import load
from pipeline.runners import dataflow
from pipeline.runners.needs import check_runner
from pipeline.runners.options import pipeline_options, read_options
from pipeline.signature import signature
from pipeline.status import DEFERRED, DONE
from transforms import known
from transforms.files import is_local
from transforms.translate.engines import Batched, Remote
from transforms.write_errors import WriteError


@dataclass(frozen=True)
class RunOptions:
    """The arguments of `langloom run`; `beam` is what follows `--`."""

    recipe: str
    output: str | None = None
    work: str | None = None
    settings: Mapping[str, str] | None = None
    limit: int | None = None
    force: bool = False
    fresh: bool = False
    beam: Sequence[str] = ()


def run(options: RunOptions, console: Console) -> tuple[int, str]:
    """Run a recipe and return the exit status and the output folder, empty where only a graph was asked for.

    Raises RecipeError, SourceError and OutputError where the recipe, a source or the output folder is wrong (status 2),
    and RunError where the run itself fails (status 1). Where the recipe writes to the Hub, the complete output is
    published at last: OutputError (status 2) and HubError (status 1) leave it where it is.
    """
    recipe, chosen = _begun(options, console)
    work = _work_folder(options, recipe)
    blocks = find_blocks(recipe, options.limit, console)
    signed = signature(recipe, blocks, options.limit)
    dataflow.check_places(chosen, recipe, work, blocks)
    finish = Finish(recipe, signed, work, _sources(recipe, blocks))
    if dataflow.only_made(chosen):
        check_free(recipe.output, signed, options.force)
        there = FinishThere(finish.without_secrets(), options.force)
        run_job(recipe, blocks, work, options.beam, console, finish=there)
        return DONE, ""
    made = _make_output(finish, blocks, options, console)
    if made is None:
        console.print(f"{recipe.output} holds this data set already, complete ({signed}){_renewal(recipe)}")
    else:
        for remark in remarks(made):
            console.print(f"warning: {remark}")
        if made["deferred"]:
            console.print(f"{made['deferred']} examples are left for later: run the same command to go on")
    for remark in finish.fold():  # also after a run that was killed before it did
        console.print(f"warning: {remark}")
    if made and not made["complete"]:
        return DEFERRED, recipe.output
    _publish(recipe, options.limit, console)
    return DONE, recipe.output


def _work_folder(options: RunOptions, recipe: Recipe) -> str:
    """Return the work folder; OutputError where it, or the memory, can't be made, or isn't apart from the output."""
    work = f"{recipe.output}.work"
    if options.work:
        work = expanduser(options.work)
        check_apart(recipe.output, work)
    folders = {"the work folder": work} | ({"the memory": recipe.memory} if recipe.engines else {})
    for name, folder in folders.items():
        if is_local(folder):
            check_no_file(f"{name} {folder}", Path(folder))
    return work


def _make_output(
    finish: Finish, blocks: Mapping[str, Sequence[Any]], options: RunOptions, console: Console
) -> dict[str, Any] | None:
    """Run the job, write the output folder, and return its manifest; None where it is there already, complete."""
    output = finish.recipe.output
    with alone(finish.work, output):
        if is_local(output):
            mend(output)
        if check_free(output, finish.signature, options.force):
            claim(finish.work, options.fresh, bool(options.work))
            return _run_to_end(finish, blocks, options.beam, console)
        if is_claimed(finish.work):  # a run that was killed after the swap left it
            clear(finish.work)
    return None


def _renewal(recipe: Recipe) -> str:
    """Return how a complete data set is made again: what the memory holds may have changed, and isn't signed."""
    return "; --force makes it again, with what the translation memory holds now" if recipe.engines else ""


def _begun(options: RunOptions, console: Console) -> tuple[Recipe, PipelineOptions]:
    """Return the recipe, having told its warnings, and Beam's options, having checked the runner.

    From here on, files are read with the credentials that the options name.
    """
    recipe = with_pinned(load(options.recipe, options.settings, os.environ, options.output or ""))
    for warning in recipe.warnings:
        console.print(f"warning: {warning}")
    chosen = pipeline_options(recipe.runner, options.beam)
    check_runner(read_options(chosen, {name: f"{recipe.path}:{line}" for name, line in recipe.runner_lines.items()}))
    FileSystems.set_options(chosen)
    return recipe, chosen


def _publish(recipe: Recipe, limit: int | None, console: Console) -> None:
    """Publish the output where the recipe says so; errors are those of `pipeline.publish.publish`.

    What came of a part of the sources (--limit) is a trial, and stays here.
    """
    if not (hub := recipe.hub):
        return
    if limit is not None:
        console.print(f"{hub.repo}: not published, since --limit left examples out", soft_wrap=True)
        return
    from pipeline.publish import publish, show_published  # huggingface_hub takes a while to import
    from sinks.hub.errors import HubError

    try:
        show_published(publish(recipe.output, hub, console), console)
    except HubError as error:
        said = f"{error}\n{recipe.output} is complete: run the same command to publish it"
    else:
        return
    raise HubError(said)


def _run_to_end(
    finish: Finish, blocks: Mapping[str, Sequence[Any]], arguments: Sequence[str], console: Console
) -> dict[str, Any]:
    """Run the job, write the output folder, and return its manifest."""
    result = run_job(finish.recipe, blocks, finish.work, arguments, console)
    made = finish.made(result)
    try:
        finish.write(made, result)
    except WriteError as error:
        raise RunError(f"{error}{kept(finish.work)}") from error
    return made


def plan(options: RunOptions, console: Console) -> dict[str, Any]:
    """Return what running a recipe would come to, as a manifest without shards; errors as for `run`.

    A dataset that can't be drawn is no error here: `impossible` says why, by name, and the others are as they would be.
    `orders` has for each dataset its streams' weights at equal steps of its run, and `used` for each of its streams
    which of `system` and `history` its examples use.
    Sources are read, filtered and counted; engines aren't asked and nothing is left behind. What is forecast of
    translation is in `transforms/translate/planning.py`; rules on translations aren't judged.
    """
    recipe, chosen = _begun(options, console)
    if dataflow.only_made(chosen):
        raise RunnerError("a plan is no job: leave out --dry_run and --template_location")
    blocks = find_blocks(recipe, options.limit, console)
    with TemporaryDirectory(prefix="langloom-plan-") as work:
        result = run_job(recipe, blocks, work, options.beam, console, plan=True)
    made = manifest(recipe, signature(recipe, blocks, options.limit), result, {}, _sources(recipe, blocks))
    budgets = {
        f"{stream.name}/{step.name}": dataclasses.asdict(step.step.budget)
        for stream in recipe.needed_streams()
        for step in stream.steps
        if getattr(step.step, "budget", None)
    }
    draws = {each["dataset"]: each for each in result["draws"]}
    streams = {name: recipe.datasets[name].streams for name in made["datasets"]}
    return {
        **made,
        "budgets": budgets,
        "unpriced": _unpriced(recipe, made["translation"]),
        "impossible": impossible(result),
        "orders": {name: draws[name]["weights"] for name in streams},
        "used": {name: dict(zip(streams[name], draws[name]["used"], strict=True)) for name in streams},
    }


def _unpriced(recipe: Recipe, translation: Mapping[str, Any]) -> list[str]:
    """Return the engines that would be asked over a network, and have no price."""
    asked = [name for name, languages in translation.items() if any(each["asked"] for each in languages.values())]
    engines = {name: recipe.engines.get(name) for name in asked}
    return [name for name, one in engines.items() if isinstance(one, Remote | Batched) and one.price is None]


def find_blocks(recipe: Recipe, limit: int | None, console: Console) -> dict[str, Any]:
    """Return the blocks of each source that is read, having looked into each and told what is doubtful there."""
    blocks = {}
    for name in dict.fromkeys(recipe.read_sources()):
        for doubt in recipe.sources[name].probe():
            console.print(f"warning: {doubt}")
        blocks[name] = recipe.sources[name].blocks(limit)
    return blocks


def _sources(recipe: Recipe, blocks: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    sources = {}
    for name, each in blocks.items():
        source = recipe.sources[name]
        files = sorted({path.rpartition("/")[2] for block in each for path in block.paths})
        kind = next(key for key in recipe.resolved["sources"][name] if key in known("sources"))
        license_ = source.constants.get("license", source.license)
        sources[name] = {"kind": kind, "license": license_, "files": files}
        if column := source.columns.get("license"):
            sources[name]["license_column"] = column
    return sources
