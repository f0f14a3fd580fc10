"""Whenever an interrupt comes once a job was submitted to Dataflow, the message says that the job goes on."""

import io

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from rich.console import Console

from pipeline.interrupts import Interrupted
from pipeline.job import _wait as wait

OPTIONS = ["--runner=DataflowRunner", "--project=some-project", "--region=europe-west4"]


class Submitted:
    """A job that the launcher is interrupted in waiting for."""

    def job_id(self) -> str:
        return "job-1"

    def wait_until_finish(self) -> None:
        raise KeyboardInterrupt


class Interrupting(io.StringIO):
    """A terminal whose person presses Ctrl-C as soon as something is on it."""

    def flush(self) -> None:
        if self.getvalue():
            raise KeyboardInterrupt


@pytest.mark.parametrize("terminal", [io.StringIO, Interrupting], ids=["waiting", "while the job is told"])
def test_the_job_goes_on(terminal: type[io.StringIO]) -> None:
    shown = terminal()
    with pytest.raises(KeyboardInterrupt) as raised:  # by its base: any other would end the tests
        wait(Submitted(), PipelineOptions(OPTIONS), "gs://bucket/out.work", Console(file=shown, width=200))
    assert isinstance(raised.value, Interrupted)
    assert "the Dataflow job goes on: `gcloud dataflow jobs cancel job-1 --region" in str(raised.value)
    assert "Dataflow job job-1: https://" in shown.getvalue()
