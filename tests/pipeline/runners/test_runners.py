"""What runners need, and what is said where it isn't there."""

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.cli import main
from pipeline.engines import usable
from pipeline.errors import RunnerError
from pipeline.runners import needs as runners
from pipeline.runners.job_errors import is_explained, reason
from pipeline.runners.job_log import job_log
from pipeline.runners.needs import check_runner, java_version, lacks
from pipeline.runners.options import CLUSTER_WORKERS, workers_of
from transforms.read.files import SourceError
from transforms.tokens.names import TokenizerError
from transforms.translate.engines import EngineError
from transforms.translate.engines.firefox import Firefox
from transforms.write_errors import WriteError

JAR = "/nowhere/job-server.jar"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with nothing: no programs, no jars that Beam downloaded."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(folder: Path, name: str, script: str = "") -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"runner": "SprkRunner"}, "unknown runner 'SprkRunner'; did you mean 'SparkRunner'?"),
        ({"runner": "PortableRunner", "environment_type": "LOOPBACK"}, "--job_endpoint=HOST:PORT"),
        ({"runner": "PortableRunner", "job_endpoint": "a:1"}, "SDK|docker"),
        ({"runner": "PortableRunner", "job_endpoint": "a:1", "environment_type": "PROCESS"}, "process_command=FILE"),
        ({"runner": "PortableRunner", "job_endpoint": "a:1", "environment_type": "EXTERNAL"}, "environment_config"),
        ({"runner": "SparkRunner", "spark_job_server_jar": JAR}, "Java 11 or later: apt-get install"),
        ({"runner": "SparkRunner", "spark_job_server_jar": JAR}, f"the job server {JAR}, which isn't there"),
        ({"runner": "SparkRunner", "spark_master_url": "spark://a:1"}, "docker, the default without"),
        ({"runner": "SparkRunner"}, "`make spark` makes one"),
        ({"runner": "FlinkRunner", "flink_master": "[local]"}, "`make flink` makes one"),
    ],
)
def test_what_a_runner_lacks_is_named_with_its_remedy(options: dict[str, Any], said: str) -> None:
    with pytest.raises(RunnerError) as told:
        check_runner(options)
    assert any(one in str(told.value) for one in said.split("|"))


def test_dataflow_needs_beams_parts_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "_is_importable", lambda module: False)
    assert next(lacks("DataflowRunner", {})).endswith(': pip install "langloom[gcp]"')


CLOUD = {"project": "p", "region": "r", "temp_location": "gs://b/t", "sdk_container_image": "i"}


@pytest.mark.parametrize(
    ("options", "remedies"),
    [
        (CLOUD, []),
        ({**CLOUD, "sdk_container_image": None, "extra_packages": ["dist/langloom.tar.gz"]}, []),
        ({**CLOUD, "project": None}, ["--project=PROJECT"]),
        ({**CLOUD, "region": None}, ["--region=REGION"]),
        ({**CLOUD, "temp_location": "/tmp/t"}, ["--temp_location=gs://BUCKET/FOLDER"]),
        (
            {**CLOUD, "sdk_container_image": None},
            ["--sdk_container_image=IMAGE or --extra_package=FILE (docs/runners.md)"],
        ),
        ({**CLOUD, "setup_file": "pyproject.toml"}, ["--setup_file=./pyproject.toml"]),
        ({**CLOUD, "setup_file": "./pyproject.toml"}, []),
    ],
)
def test_what_a_job_on_dataflow_must_be_told(
    options: dict[str, Any], remedies: list[str], bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runners, "_is_importable", lambda module: True)
    assert [lack.partition(": ")[2] for lack in lacks("DataflowRunner", options)] == remedies


@pytest.mark.parametrize("option", [{"dry_run": True}, {"template_location": "gs://b/t"}])
def test_what_is_dataflows_alone_never_runs_elsewhere(option: dict[str, Any]) -> None:
    with pytest.raises(RunnerError, match="of DataflowRunner alone: FnApiRunner would run the job"):
        check_runner({"runner": "FnApiRunner", **option})


@pytest.mark.parametrize(
    "options",
    [
        {"runner": "FnApiRunner"},
        {"runner": "their.own.Runner"},
        {"runner": "PortableRunner", "job_endpoint": "a:1", "environment_type": "LOOPBACK"},
        {"runner": "SparkRunner", "job_endpoint": "a:1", "environment_type": "loopback"},
        {"runner": "FlinkRunner", "flink_job_server_jar": "https://example.com/server.jar"},
        {"runner": "SparkRunner", "spark_master_url": "local[2]"},
    ],
)
def test_a_runner_that_lacks_nothing_passes(options: dict[str, Any], bare: Path) -> None:
    program(bare, "java", "echo 'openjdk version \"17.0.15\" 2025-04-15' >&2")
    jars = bare / ".apache_beam" / "cache" / "jars"
    jars.mkdir(parents=True)
    (jars / "beam-runners-spark-3-job-server-2.77.0.jar").touch()
    check_runner(options)


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        (["--runner=FnApiRunner"], 1),
        (["--runner=DirectRunner", "--direct_running_mode=multi_processing", "--direct_num_workers=3"], 3),
        (["--runner=SparkRunner"], CLUSTER_WORKERS),
        (["--runner=DataflowRunner", "--direct_num_workers=3"], CLUSTER_WORKERS),
    ],
)
def test_engines_on_a_cluster_dont_wait_for_one_worker(words: list[str], workers: int) -> None:
    options = PipelineOptions(words)
    assert workers_of(options) == workers
    assert Firefox().groups(workers_of(options)) == workers


@pytest.mark.parametrize(
    ("said", "version"), [('openjdk version "17.0.15"', 17), ('java version "1.8.0_392"', 8), ("nonsense", 0)]
)
def test_the_version_of_java(said: str, version: int, bare: Path) -> None:
    assert java_version() == 0
    program(bare, "java", f"echo '{said}' >&2")
    assert java_version() == version


def test_a_missing_part_is_status_2(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "rows.jsonl").write_text('{"instruction": "a", "output": "b"}\n')
    (bare / "recipe.yaml").write_text(
        "sources: {rows: {jsonl: rows.jsonl, lang: en}}\nstreams: {all: {from: rows}}\n"
        "datasets: {all: {mix: concatenate}}\noutput: out\n"
        f"runner: {{runner: SparkRunner, spark_job_server_jar: {JAR}, environment_type: LOOPBACK}}\n"
    )
    assert main(["run", "recipe.yaml"]) == 2
    said = capsys.readouterr().err
    assert f"the job server {JAR}, which isn't there" in said
    assert "Traceback" not in said
    assert main(["run", "recipe.yaml", "--", "--runner=FnApiRunner"]) == 0  # what follows -- wins


def test_engines_says_what_can_be_used_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["engines", "--json"]) == 0
    found = {(entry["kind"], entry["name"]): entry for entry in json.loads(capsys.readouterr().out)}
    assert found["runner", "FnApiRunner"]["usable"]
    assert found["engine", "openai"]["usable"]
    spark, firefox = found["runner", "SparkRunner"], found["engine", "firefox"]
    assert not spark["usable"]
    assert any("Java 11" in lack for lack in spark["missing"])
    assert not firefox["usable"]
    assert firefox["missing"] == ['the engine firefox needs the library fxtranslate: pip install "langloom[firefox]"']
    assert main(["engines"]) == 0
    assert 'pip install "langloom[firefox]"' in capsys.readouterr().out


def test_every_engine_that_is_registered_is_told() -> None:
    from transforms import known

    assert [entry["name"] for entry in usable() if entry["kind"] == "engine"] == list(known("engines"))


def test_what_a_job_logs_and_prints_goes_to_its_log(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with job_log(str(bare / "work")) as path:
        assert not path.exists()
        logging.getLogger("apache_beam").error("it broke")
        sys.stderr.write("Traceback (most recent call last):\n")
    assert capsys.readouterr().err == ""
    assert path == bare / "work" / "job.log"
    assert "ERROR apache_beam: it broke" in path.read_text()
    assert "Traceback" in path.read_text()
    sys.stderr.write("here again\n")
    assert capsys.readouterr().err == "here again\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ValueError: no such thing [while running 'Run']", "ValueError: no such thing"),
        (
            "Pipeline job-1 failed in state FAILED: java.lang.IllegalArgumentException: bad master\n\tat a.B(C.java:1)",
            "IllegalArgumentException: bad master",
        ),
        (
            "Pipeline j failed in state FAILED: java.lang.RuntimeException: Error received from SDK harness for "
            "instruction 2: Traceback (most recent call last):\n  File 'x', line 1\n    f()\n"
            "Traceback (most recent call last):\n  File 'y', line 2\nEngineError: no key here [while running 'Ask']\n"
            "\n\tat org.apache.beam.B(C.java:1)\n\t... 3 more",
            "no key here",
        ),
        (
            "Pipeline job-1 failed in state FAILED: unknown error",
            "the job failed, and its cluster gave no reason: the log of its driver has it",
        ),
        ("pipeline.x.Broken: pieces", "Broken: pieces"),
        ("train.jsonl.gz: broken gzip data", "train.jsonl.gz: broken gzip data"),
        ("", "RuntimeError"),
    ],
)
def test_the_cause_is_told_in_a_sentence(text: str, told: str) -> None:
    assert reason(RuntimeError(text)) == told


@pytest.mark.parametrize("kind", [EngineError, SourceError, TokenizerError, WriteError])
def test_what_a_worker_says_to_people_is_told_without_its_class_and_not_logged(kind: type[Exception]) -> None:
    said = "".join(traceback.format_exception(kind("no key here")))
    assert is_explained(said)
    assert reason(RuntimeError(said)) == "no key here"
