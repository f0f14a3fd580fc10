"""Beam's options for one run."""

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from itertools import pairwise
from typing import Any, TypeVar, cast

from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.errors import RunnerError
from pipeline.runners.local import LOCAL, is_local_runner
from transforms.suggestions import unknown

View = TypeVar("View", bound=PipelineOptions)

WORKER_BYTES = 4 << 20
"""So much of the inputs keeps a worker process busy for longer than it takes to give it work."""

TRANSLATING_BYTES = 16 << 10
"""The same where an engine in the worker translates them."""

CLUSTER_WORKERS = 32
"""A cluster, which we don't know the size of, is taken to have so many workers: with fewer, each has more parts."""

TAKEN_BACK = ("use_public_ips", "save_main_session")
"""Options that are on by default, and turned off by a flag `no_...`."""


class Options(PipelineOptions):
    """Beam's options, of which a view is made once.

    Beam asks for two views of them for each step that it adds to a graph, and parses the arguments anew for each: a
    quarter of a second in a small run. Views share what they hold, so that one is as good as another.
    """

    def view_as(self, cls: type[View]) -> View:
        """Return the view of this class."""
        views = self.__dict__.setdefault("_views", {})  # past `__setattr__`, which takes options only
        if cls not in views:
            views[cls] = super().view_as(cls)
        return cast(View, views[cls])

    def __getstate__(self) -> dict[str, Any]:
        """Return what goes along, without the views: Beam leaves things out of what the options hold."""
        return {name: value for name, value in super().__getstate__().items() if name != "_views"}


def useful_workers(size: int, translating: bool) -> int:
    """Return how many worker processes this machine has for inputs of this many bytes; with 1, it needs none."""
    return min(_cores(), 1 + size // (TRANSLATING_BYTES if translating else WORKER_BYTES))


def pipeline_options(runner: Mapping[str, Any], arguments: Sequence[str], workers: int = 1) -> PipelineOptions:
    """Return Beam's options: the recipe's `runner`, then what follows `--` on the command line, which wins.

    Without a runner, the local one is pinned: plain DirectRunner may choose another that it first downloads. It runs
    in this process, or with so many worker processes.
    """
    for before, word in pairwise(["=", *arguments]):
        if "=" in before and not word.startswith("-"):
            raise RunnerError(f"the runner's options: {word!r} is none; they begin with --")
    after = {word.partition("=")[0].removeprefix("--") for word in arguments}
    words = [word for name, value in runner.items() if name not in after for word in _words(name, value)]
    words.extend(arguments)
    given = {word.partition("=")[0] for word in words}
    if "--runner" not in given:
        words.append(f"--runner={LOCAL}")
        # Beam compares the types of all steps, which declare none.
        words.append("--no_pipeline_type_check")
        if workers > 1 and "--direct_running_mode" not in given:
            words.append("--direct_running_mode=multi_processing")
            if "--direct_num_workers" not in given:
                words.append(f"--direct_num_workers={workers}")
    return Options(words)


def _words(name: str, value: Any) -> Iterator[str]:
    """Yield an option of a recipe as Beam's command line has it: a flag that is true by its name alone.

    One that is false, or null, is left out, as Beam does it, but for those that have a flag of their own for it.
    """
    for each in value if isinstance(value, list) else [value]:
        if each is True:
            yield f"--{name}"
        elif each is False and name in TAKEN_BACK:
            yield f"--no_{name}"
        elif each is not False and each is not None:
            yield f"--{name}={each}"


def read_options(options: PipelineOptions, places: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the options say.

    RunnerError where Beam can't read one, or where the local runner is given one that isn't known, with where the
    recipe says it, if `places` has it. A job server may know others.
    """
    said = io.StringIO()
    try:
        with redirect_stderr(said):  # argparse prints some hundred lines of usage first
            found: dict[str, Any] = options.get_all_options()
    except SystemExit:
        raise RunnerError(f"the runner's options: {said.getvalue().rpartition('error: ')[2].strip()}") from None
    if is_local_runner(options):
        for name in options.get_all_options(retain_unknown_options=True):
            if name not in found:
                place = (places or {}).get(name)
                where = f"{place}: runner.{name}" if place else "the runner's options"
                raise RunnerError(f"{where}: {unknown('option', name, sorted(found))}")
    return found


def workers_of(options: PipelineOptions) -> int:
    """Return for how many workers to cut what is done in equal parts (by engines that run where it is done)."""
    if not is_local_runner(options):
        return CLUSTER_WORKERS
    return int(options.get_all_options().get("direct_num_workers") or 1)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
