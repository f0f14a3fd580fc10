"""Running the job of a recipe: Beam's graph is made, carried out and waited for, and a failure told in a sentence."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from grpc import FutureTimeoutError
from rich.console import Console

from pipeline.build import Job, build
from pipeline.errors import RunError, RunnerError
from pipeline.interrupts import RECEIVED, Interrupted
from pipeline.model import Recipe
from pipeline.output.finish import FinishThere
from pipeline.output.result import read_result
from pipeline.output.work_folder import kept, result_file
from pipeline.progress import Progress
from pipeline.runners import dataflow
from pipeline.runners.job_errors import is_explained, reason
from pipeline.runners.job_log import job_log
from pipeline.runners.local import is_local_runner, local_runner
from pipeline.runners.lost_worker import WorkerWatch
from pipeline.runners.options import pipeline_options, useful_workers, workers_of
from transforms.files import is_local
from transforms.translate.answers import MOST_FILES
from transforms.translate.engines import Local

INPUTS_PER_BUCKET = 64 << 20
"""Bytes of the inputs whose keys, some tens of bytes a row, meet in one bucket, in memory."""

INPUTS_PER_FILE = 16 << 20
"""Bytes of the inputs whose answers, or rejects, make one file, for which they are in memory."""

MOST_BUCKETS, MOST_BUCKETS_HERE = 4096, 128
"""Of more inputs, buckets are larger instead. Every part sends keys to each, and the local runner keeps a kilobyte of
what is sent until the job ends.
"""

MOST_REJECT_FILES = 512
"""So are files of rejects. How many there are depends on no runner."""


def run_job(
    recipe: Recipe,
    blocks: Mapping[str, Sequence[Any]],
    work: str,
    arguments: Sequence[str],
    console: Console,
    plan: bool = False,
    finish: FinishThere | None = None,
) -> dict[str, Any]:
    """Run the job and return what it says of itself; with `finish`, only make its graph, and return nothing."""
    size = sum(block.size for each in blocks.values() for block in each)
    translating = not plan and any(isinstance(one, Local) and one.groups(2) > 1 for one in recipe.engines.values())
    options = pipeline_options(recipe.runner, arguments, useful_workers(size, translating))
    most = MOST_BUCKETS_HERE if is_local_runner(options) else MOST_BUCKETS
    job = Job(
        work=work,
        memory=recipe.memory,
        result=result_file(work),
        blocks=blocks,
        buckets=min(most, max(4, size // INPUTS_PER_BUCKET)),
        answer_files=min(MOST_FILES, max(1, size // INPUTS_PER_FILE)),
        reject_files=min(MOST_REJECT_FILES, max(1, size // INPUTS_PER_FILE)),
        workers=workers_of(options),
        plan=plan,
        finish=finish,
    )
    with ExitStack() as stack:
        pipeline = _pipeline(options)
        stack.callback(rmtree, pipeline.local_tempdir, ignore_errors=True)  # Beam leaves it where a graph can't be made
        build(recipe, job, pipeline)
        watch = stack.enter_context(WorkerWatch(lambda: "" if plan else kept(work)))
        log = _job_log(options, work, watch, stack)
        try:
            with Progress(work, sum(len(blocks[name]) for name in recipe.read_sources()), console):
                running = pipeline.run()
                if finish:
                    console.print(dataflow.described(running, options, recipe, work))
                    return {}
                _wait(running, options, work, console)
        except Exception as error:
            if RECEIVED.is_set():  # a bundle in this process had it: Beam makes a RuntimeError of what ends one
                raise KeyboardInterrupt from error
            where = f"\nThe job's log is in {log}" if log and log.is_file() else ""
            raise RunError(f"{watch.lost or _cause(error, options)}{where}{'' if plan else kept(work)}") from error
    return read_result(job.result, plan)


def _wait(running: Any, options: PipelineOptions, work: str, console: Console) -> None:
    """Wait for a job; of one that goes on without this process, say where it is, and what an interrupt leaves."""
    where = dataflow.submitted(running, options)
    try:
        if where:
            console.print(where)
        running.wait_until_finish()
    except KeyboardInterrupt:
        if where:
            raise Interrupted(dataflow.interrupted(running, options, work)) from None
        raise


def _pipeline(options: PipelineOptions) -> Any:
    """Return an empty pipeline; RunnerError where an option that the runner needs isn't there."""
    try:
        return beam.Pipeline(local_runner(options), options=options)
    except ValueError as error:
        raise RunnerError(f"the runner's options: {error}") from error


def _job_log(options: PipelineOptions, work: str, watch: WorkerWatch, stack: ExitStack) -> Path | None:
    """Send what a cluster logs to a file, whose path is returned.

    Of a local run's log, show only what the run's own message doesn't tell.
    """
    logging.getLogger().setLevel(logging.ERROR)
    if is_local_runner(options):
        for handler in logging.getLogger().handlers:
            handler.addFilter(_is_news)
            handler.addFilter(watch.is_news)
            stack.callback(handler.removeFilter, watch.is_news)
        return None
    if is_local(work):
        return stack.enter_context(job_log(work))
    folder = mkdtemp(prefix="langloom-")
    stack.callback(_remove_if_empty, folder)
    return stack.enter_context(job_log(folder))


def _remove_if_empty(folder: str) -> None:
    with suppress(OSError):
        Path(folder).rmdir()


def _cause(error: Exception, options: PipelineOptions) -> str:
    """Return in a sentence why a job failed."""
    if isinstance(error, FutureTimeoutError):
        address = options.get_all_options().get("job_endpoint") or "the address that it should have"
        return f"no job server answers at {address}"
    return reason(dataflow.cause(error) or error)


def _is_news(record: logging.LogRecord) -> bool:
    """Say whether a log record tells anything new: errors that are meant for people are in the run's own message."""
    told = record.getMessage()
    if record.exc_info and record.exc_info[0]:
        told += "".join(traceback.format_exception(*record.exc_info))
    return not is_explained(told)
