"""Google Cloud Dataflow: what a run there needs beyond the graph, and what is told of its job.

Submitting, staging and polling are Beam's. Workers share nothing with the launcher but Cloud Storage.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions

from pipeline.errors import RunnerError
from pipeline.model import Recipe
from transforms.files import is_local

RUNNER = "DataflowRunner"

CONSOLE = "https://console.cloud.google.com/dataflow/jobs"


def store_errors() -> tuple[type[Exception], ...]:
    """Return what Google's libraries raise where a service refuses or can't be reached; nothing where they aren't."""
    try:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
    except ImportError:
        return ()
    return GoogleAPIError, GoogleAuthError


def only_made(options: PipelineOptions) -> bool:
    """Say whether the options ask for a graph alone: a dry run, or a template."""
    words = options.get_all_options()
    return bool(words.get("dry_run") or words.get("template_location"))


def check_places(options: PipelineOptions, recipe: Recipe, work: str, blocks: Mapping[str, Sequence[Any]]) -> None:
    """Raise RunnerError where a job on Dataflow would read or write what is on the launcher's machine alone.

    Files of sources may be local where workers start from an image of one's own: they may be in it.
    """
    words = options.get_all_options()
    if words.get("runner") != RUNNER:
        return
    problems = [
        f"the {what} folder {path} is on this machine, which workers don't reach: {remedy}"
        for what, path, remedy in (
            ("output", recipe.output, "--output gs://BUCKET/FOLDER"),
            ("work", work, "--work gs://BUCKET/FOLDER"),
            ("memory", recipe.memory, "`memory: gs://BUCKET/FOLDER` in the recipe"),
        )
        if is_local(path)
    ]
    if not words.get("sdk_container_image"):
        problems += [
            f"the source {name} reads {path}, which is on this machine alone: copy it to gs:// with the recipe, or name"
            " an image that holds it, --sdk_container_image=IMAGE"
            for name, path in _local_files(blocks)
        ]
    if problems:
        raise RunnerError("\n".join(problems))


def _local_files(blocks: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, str]]:
    """Yield the first local file of each source; paths of the Hub are no files."""
    for name, each in blocks.items():
        paths: Iterable[str] = (path for block in each for path in block.paths)
        if first := next((path for path in paths if is_local(path) and Path(path).is_absolute()), None):
            yield name, first


def described(result: Any, options: PipelineOptions, recipe: Recipe, work: str) -> str:
    """Return a line on what a dry run or a template came to; `result` is Beam's."""
    words = options.get_all_options()
    if words.get("dry_run"):
        proto = result.job.proto_pipeline
        return (
            f"dry run: the graph for Dataflow has {len(proto.components.transforms):,} steps and {proto.ByteSize():,} "
            "bytes; nothing was sent, and nothing was written"
        )
    return (
        f"the template {words['template_location']} was written, and nothing was run: a job that is started from it "
        f"reads the sources as they are now, works in {work}, and writes {recipe.output} itself"
    )


def submitted(result: Any, options: PipelineOptions) -> str:
    """Return a line on the job that was submitted; empty for other runners."""
    if options.get_all_options().get("runner") != RUNNER:
        return ""
    google = options.view_as(GoogleCloudOptions)
    job = result.job_id()
    return f"Dataflow job {job}: {CONSOLE}/{google.region}/{job}?project={google.project}"


def interrupted(result: Any, options: PipelineOptions, work: str) -> str:
    """Return what an interrupt leaves: the job goes on, and is stopped by its name."""
    google = options.view_as(GoogleCloudOptions)
    return (
        f"interrupted, but the Dataflow job goes on: `gcloud dataflow jobs cancel {result.job_id()} "
        f"--region={google.region} --project={google.project}` stops it. What it makes is kept in {work}; when it has "
        "ended, the same command writes the output"
    )


def cause(error: Exception) -> str | None:
    """Return what the service says of a job that didn't succeed; None for other errors."""
    from apache_beam.runners.dataflow.dataflow_runner import DataflowRuntimeException

    if not isinstance(error, DataflowRuntimeException):
        return None
    text = str(error).partition("Error:\n")[2]
    return text if text not in ("", "None") else f"the job ended in the state {error.result.state}, without a message"
