"""Carries out one job of the stand-in for Dataflow: runs in the environment of the job's workers, not in the tests'.

The pipeline is the one that was staged, as it was staged, except that its workers are processes of this environment
instead of containers.
"""

import json
import sys
from pathlib import Path


def main(job: str) -> None:
    from apache_beam.io.filesystems import FileSystems
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.portability.api import beam_provision_api_pb2, beam_runner_api_pb2
    from apache_beam.runners.job.utils import dict_to_struct
    from apache_beam.runners.portability.fn_api_runner import fn_runner
    from apache_beam.transforms.environments import SubprocessSDKEnvironment

    submitted = json.loads(Path(job).read_text())
    given = submitted["environment"]["sdkPipelineOptions"]["options"]
    options = PipelineOptions.from_dictionary({"temp_location": given["temp_location"], "project": given["project"]})
    FileSystems.set_options(options)
    with FileSystems.open(given["pipelineUrl"]) as file:
        pipeline = beam_runner_api_pb2.Pipeline.FromString(file.read())
    command = f"exec {sys.executable} -m apache_beam.runners.worker.sdk_worker_main"
    process = SubprocessSDKEnvironment(command).to_runner_api(None)
    for environment in pipeline.components.environments.values():
        environment.urn, environment.payload = process.urn, process.payload
        del environment.dependencies[:]  # the service installed them
    # Python writes a Struct's numbers as 0.0, which a worker doesn't take for a whole number; all are defaults.
    theirs = {name: value for name, value in given.items() if not isinstance(value, float)}
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=dict_to_struct(theirs))
    runner = fn_runner.FnApiRunner(provision_info=fn_runner.ExtendedProvisionInfo(provision))
    runner._num_workers = 2  # which it takes from options only where it builds the graph itself
    runner.run_via_runner_api(pipeline, options).wait_until_finish()


if __name__ == "__main__":
    main(sys.argv[1])
