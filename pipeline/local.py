"""The local runner, and its worker processes."""

import logging
import sys
from typing import Any

from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

LOCAL = "FnApiRunner"


def local_runner(options: PipelineOptions) -> Any:
    """Return Beam's local runner, or the name of another that the options ask for.

    Its worker processes are started as this module: Beam's own way has each print some twenty lines on the terminal.
    """
    words = options.get_all_options()
    if words.get("runner") not in (LOCAL, "DirectRunner"):
        return words["runner"]
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode != "multi_processing":
        return FnApiRunner()
    direct.direct_running_mode = "in_memory"  # where workers run is said by the environment now
    return FnApiRunner(default_environment=SubprocessSDKEnvironment(f"{sys.executable} -m pipeline.local"))


if __name__ == "__main__":
    logging.basicConfig(handlers=[logging.NullHandler()])  # what workers log goes to the launcher alone
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)
