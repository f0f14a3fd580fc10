"""The local runner, and the worker processes that it starts."""

import logging
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.portability import python_urns
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, worker_handlers
from apache_beam.runners.worker.log_handler import LOGENTRY_TO_LOG_LEVEL_MAP
from apache_beam.transforms.environments import SubprocessSDKEnvironment
from google.protobuf import json_format, text_format

from pipeline.runners import fork_server

LOCAL = "FnApiRunner"

_close_called = worker_handlers.ControlConnection.close


def is_local_runner(options: PipelineOptions) -> bool:
    """Say whether the options ask for Beam's local runner, by either of its names."""
    return options.get_all_options().get("runner") in (LOCAL, "DirectRunner")


def local_runner(options: PipelineOptions) -> Any:
    """Return Beam's local runner, or the name of another that the options ask for."""
    if not is_local_runner(options):
        return options.get_all_options()["runner"]
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        # What this process would keep is in it already, and to weigh it Beam goes through all modules' variables.
        worker_handlers.STATE_CACHE_SIZE_MB = 0
        return FnApiRunner()
    worker_handlers.ControlConnection.close = _close
    worker_handlers.WorkerHandler.register_environment(python_urns.SUBPROCESS_SDK, bytes)(LocalWorker)
    worker_handlers.BasicLoggingService = WorkerLogs
    direct.direct_running_mode = "in_memory"  # where workers run is said by the environment now
    return FnApiRunner(default_environment=SubprocessSDKEnvironment("forked"))


class LocalWorker(worker_handlers.GrpcWorkerHandler):
    """A worker process, forked by the server in `fork_server.py`."""

    def __init__(self, _: bytes, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._waiting: threading.Thread | None = None

    def start_worker(self) -> None:
        """Start it with what Beam's workers find in their environment."""
        environment = {
            **os.environ,
            "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.control_api_service_descriptor()),
            "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.logging_api_service_descriptor()),
            "PIPELINE_OPTIONS": json_format.MessageToJson(self.provision_info.provision_info.pipeline_options),
            "WORKER_ID": self.worker_id,
        }
        worker = fork_server.server().start(environment)
        self._waiting = threading.Thread(target=fork_server.wait, args=[worker])
        self._waiting.start()

    def stop_worker(self) -> None:
        """Wait for its end, which Beam has asked it for, if it has begun."""
        if self._waiting:
            self._waiting.join()


class WorkerLogs(worker_handlers.BasicLoggingService):
    """Logs what workers log as they say it; Beam would show all that it knows of each entry, on several lines."""

    def Logging(self, lists: Iterable[Any], context: Any = None) -> Iterator[Any]:  # noqa: N802 - Beam's name
        """Take log entries in lists."""
        yield beam_fn_api_pb2.LogControl()
        for entry in (entry for each in lists for entry in each.log_entries):
            level = LOGENTRY_TO_LOG_LEVEL_MAP[entry.severity]
            logging.log(level, "%s", "\n".join(filter(None, (entry.message, entry.trace))))


def _close(connection: Any) -> None:
    """Close a connection to a worker, and have one that hasn't called yet leave when it does: Beam forgets it.

    A job that ends as its workers start, by Ctrl-C or an error, would wait for such a worker for ever.
    """
    servicer = worker_handlers.BeamFnControlServicer
    if connection._state == servicer.UNSTARTED_STATE:
        connection.push(servicer._DONE_MARKER)
    _close_called(connection)
