"""The local runner, and the worker processes that it starts."""

import shlex
import sys
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, worker_handlers
from apache_beam.transforms.environments import SubprocessSDKEnvironment

LOCAL = "FnApiRunner"

_close_called = worker_handlers.ControlConnection.close


def is_local_runner(options: PipelineOptions) -> bool:
    """Say whether the options ask for Beam's local runner, by either of its names."""
    return options.get_all_options().get("runner") in (LOCAL, "DirectRunner")


def local_runner(options: PipelineOptions) -> Any:
    """Return Beam's local runner, or the name of another that the options ask for.

    Its worker processes are `pipeline/runners/worker.py`: Beam's own print some twenty lines each on the terminal.
    """
    if not is_local_runner(options):
        return options.get_all_options()["runner"]
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        # What this process would keep is in it already, and to weigh it Beam goes through all modules' variables.
        worker_handlers.STATE_CACHE_SIZE_MB = 0
        return FnApiRunner()
    worker_handlers.ControlConnection.close = _close
    direct.direct_running_mode = "in_memory"  # where workers run is said by the environment now
    # Beam gives this to a shell, which `exec` replaces: it would take a Ctrl-C for itself.
    command = f"exec {shlex.quote(sys.executable)} -m pipeline.runners.worker"
    return FnApiRunner(default_environment=SubprocessSDKEnvironment(command))


def _close(connection: Any) -> None:
    """Close a connection to a worker, and have one that hasn't called yet leave when it does: Beam forgets it.

    A job that ends as its workers start, by Ctrl-C or an error, would wait for such a worker for ever.
    """
    servicer = worker_handlers.BeamFnControlServicer
    if connection._state == servicer.UNSTARTED_STATE:
        connection.push(servicer._DONE_MARKER)
    _close_called(connection)
