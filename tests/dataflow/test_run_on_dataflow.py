"""Whole runs on the stand-in for Dataflow: what was submitted is carried out by workers that have the package alone."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.dataflow.submitting import PROJECT, REGION, ROOT, Cloud, at
from tests.end_to_end.outputs import hashes, manifest
from tests.end_to_end.running import langloom, listening
from tests.pipeline.opened_graph import opened, parts_of

LIMIT = ("--limit", "12")
RECIPE = """
sources: {{tasks: {{jsonl: tasks.jsonl, lang: en, license: mit}}}}
{engines}
streams: {{all: {{from: tasks, steps: [{steps}]}}}}
datasets: {{all: {{mix: concatenate}}}}
"""
PLAIN = RECIPE.format(engines="", steps="{deduplicate: [output]}")


def write(cloud: Cloud, name: str, text: str = PLAIN, rows: int = 20) -> str:
    """Put a recipe and its source into the bucket, and return the recipe's path."""
    lines = (json.dumps({"instruction": f"Say {at}.", "output": f"It is {at % 15}."}) for at in range(rows))
    cloud.storage.write(at(name, "tasks.jsonl"), "\n".join(lines).encode())
    cloud.storage.write(at(name, "recipe.yaml"), text.encode())
    return at(name, "recipe.yaml")


def test_the_same_bytes_as_here(cloud: Cloud, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    assert langloom("run", ROOT / "configs/quickstart.yaml", "--output", here, *LIMIT, cwd=tmp_path).returncode == 0
    recipe = at("configs", "quickstart.yaml")
    ran = cloud.run("run", recipe, "--output", at("runs/quickstart"), *LIMIT, *cloud.words(), cwd=tmp_path)
    assert ran.returncode == 0, f"{ran.stderr}\n{cloud.service.job.log}"
    job = cloud.service.job
    assert job.described["currentState"] == "JOB_STATE_DONE"
    assert f"/{REGION}/{job.described['id']}?project={PROJECT}" in ran.stderr
    assert ": complete; name:quickstart" in ran.stdout
    cloud.download("runs/quickstart", there)
    assert hashes(there) == hashes(here)
    assert told(there) == told(here)
    assert not cloud.storage.names(at("runs/quickstart.work"))
    again = cloud.run("run", recipe, "--output", at("runs/quickstart"), *LIMIT, *cloud.words(), cwd=tmp_path)
    assert again.returncode == 0
    assert "holds this data set already" in again.stderr
    assert cloud.service.job is job, "nothing was submitted"


def test_a_job_of_a_template_writes_the_output_itself(cloud: Cloud, tmp_path: Path) -> None:
    recipe, output, template = write(cloud, "templated"), at("runs/templated"), at("templates/plain")
    before = len(cloud.service.jobs)
    words = cloud.words(f"--template_location={template}")
    made = cloud.run("run", recipe, "--output", output, *words, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert f"the template {template} was written, and nothing was run" in made.stderr
    assert made.stdout == ""
    assert not cloud.storage.names(output)
    assert len(cloud.service.jobs) == before
    cloud.service.launch(template, PROJECT, REGION, "from-template")
    wait_for(cloud, "JOB_STATE_DONE")
    assert langloom("run", local_copy(cloud, "templated", tmp_path), "--output", tmp_path / "here").returncode == 0
    cloud.download("runs/templated", tmp_path / "there")
    assert hashes(tmp_path / "there") == hashes(tmp_path / "here")
    assert told(tmp_path / "there") == told(tmp_path / "here")
    assert not cloud.storage.names(f"{output}.work")


def told(folder: Path) -> dict[str, Any]:
    """Return the manifest without the hash of the inputs, which a bucket tells by its own checksums."""
    made = manifest(folder)
    return {**made, "signature": re.sub(r"inputs:\w+", "", made["signature"])}


def wait_for(cloud: Cloud, state: str) -> None:
    deadline = time.monotonic() + 300
    while cloud.service.job.described["currentState"] == "JOB_STATE_RUNNING" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert cloud.service.job.described["currentState"] == state, cloud.service.job.log


def local_copy(cloud: Cloud, name: str, folder: Path) -> Path:
    return cloud.download(name, folder / name) / "recipe.yaml"


def test_what_fails_there_is_told_in_a_sentence(cloud: Cloud, tmp_path: Path) -> None:
    engine = '{openai: {model: m, base_url: "http://localhost:9/v1", api_key: "env:NO_SUCH_KEY"}}'
    text = RECIPE.format(engines=f"engines: {{paid: {engine}}}", steps="{translate: {to: [el], engine: paid}}")
    secret = "sk-Hq7wZ2nVc9XpLr4T"
    recipe, output = write(cloud, "failing", text, rows=2), at("runs/failing")
    env = {"NO_SUCH_KEY": secret}  # the launcher has it; workers don't
    ran = cloud.run("run", recipe, "--output", output, *cloud.words(), cwd=tmp_path, environ=env)
    assert ran.returncode == 1
    assert "error: the API key env:NO_SUCH_KEY isn't there" in ran.stderr
    assert f"What is done is kept in {output}.work: run the same command to go on" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not [name for name in cloud.storage.names(output) if not name.startswith(f"{output}.work/")]
    sent = opened(cloud.storage.read(cloud.service.job.options["pipelineUrl"]))
    assert not parts_of(secret, sent + json.dumps(cloud.service.job.submitted).encode())


def test_a_job_that_the_service_refuses_is_status_1(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud.service, "refuse", (403, "Current user cannot act as service account runner@test."))
    ran = cloud.run("run", write(cloud, "refused"), "--output", at("runs/refused"), *cloud.words(), cwd=tmp_path)
    assert ran.returncode == 1
    assert "cannot act as service account" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_interrupt_says_that_the_job_goes_on(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud.service, "hold", True)
    recipe, before = write(cloud, "interrupted"), len(cloud.service.jobs)
    command = cloud.command("run", recipe, "--output", at("runs/interrupted"), *cloud.words())
    with subprocess.Popen(
        command, cwd=tmp_path, env=cloud.environment(), stderr=subprocess.PIPE, text=True, preexec_fn=listening
    ) as run:
        assert run.stderr
        first = run.stderr.readline()
        assert "Dataflow job" in first
        run.send_signal(signal.SIGINT)
        said = run.stderr.read()
    assert run.returncode == 1
    assert len(cloud.service.jobs) == before + 1
    job = cloud.service.job.described
    assert "the Dataflow job goes on" in said
    assert f"`gcloud dataflow jobs cancel {job['id']} --region={REGION} --project={PROJECT}` stops it" in said
    assert "Traceback" not in said
    assert job["currentState"] == "JOB_STATE_RUNNING"


def test_a_job_that_somebody_cancels_is_status_1(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud.service, "hold", True)
    command = cloud.command("run", write(cloud, "stopped"), "--output", at("runs/stopped"), *cloud.words())
    with subprocess.Popen(command, cwd=tmp_path, env=cloud.environment(), stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr
        run.stderr.readline()
        cloud.service.cancel(cloud.service.job.described["id"])
        said = run.stderr.read()
    assert run.returncode == 1
    assert "error: the job ended in the state CANCELLED, without a message" in said
