"""Beam's runners as `langloom` uses them: what each needs on this machine, and whether that is there."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from pipeline.errors import RunnerError
from transforms.suggestions import unknown

JAVA = 11
"""The oldest Java that Spark's and Flink's job servers run on."""

JARS = Path(".apache_beam") / "cache" / "jars"
"""Where Beam keeps the job servers that it downloaded, below the home folder."""

RUNNERS: Mapping[str, str] = {
    "FnApiRunner": "this machine, in this process or with worker processes; what runs without any option",
    "DirectRunner": "the same",
    "PortableRunner": "any job server, at the address that --job_endpoint gives",
    "SparkRunner": "Apache Spark 3, at --spark_master_url",
    "FlinkRunner": "Apache Flink, at --flink_master",
    "DataflowRunner": "Google Cloud Dataflow",
    "PrismRunner": "Beam's own runner in Go, which Beam downloads",
}
"""The runners that are known, and where each carries out a job."""

JOB_SERVERS = {"SparkRunner": ("spark", "runners-spark"), "FlinkRunner": ("flink", "runners-flink")}
"""For runners with a job server in Java: the beginning of their options, and part of the name of Beam's jar."""

PACKAGES = ("sdk_container_image", "worker_harness_container_image", "extra_packages", "requirements_file")
"""Options of Dataflow's that may bring langloom to workers, beside `setup_file`."""

ENVIRONMENTS = "LOOPBACK (workers are this process: for a cluster on this machine), PROCESS, EXTERNAL or DOCKER"


def check_runner(options: Mapping[str, Any]) -> None:
    """Raise RunnerError where the runner that the options name, or something it needs, isn't there."""
    name = str(options.get("runner") or "")
    if "." not in name and name not in RUNNERS:  # with dots, it is the class of a third party's runner
        raise RunnerError(unknown("runner", name, RUNNERS))
    for option in ("dry_run", "template_location"):
        if options.get(option) and name != "DataflowRunner" and "." not in name:
            raise RunnerError(f"--{option} is of DataflowRunner alone: {name} would run the job")
    if lacking := list(lacks(name, options)):
        raise RunnerError("\n".join(f"{name} needs {lack}" for lack in lacking))


def lacks(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a runner needs, with these options, and isn't there: `THING: REMEDY`, the line that installs the thing
    or the option that names it. Nothing outside this machine is asked."""
    if name == "DataflowRunner":
        yield from _dataflow(options)
    if name == "PrismRunner" and not options.get("prism_location") and shutil.which("prism") is None:
        yield "the program prism: name it by --prism_location, or use another runner"
    endpoint = options.get("job_endpoint")
    if name == "PortableRunner" and not endpoint:
        yield "the address of a job server: --job_endpoint=HOST:PORT"
    if name in JOB_SERVERS and not endpoint:
        yield from _job_server(name, options)
    if name in ("PortableRunner", *JOB_SERVERS):
        yield from _environment(options, name in JOB_SERVERS and _is_embedded(name, options))


def _dataflow(options: Mapping[str, Any]) -> Iterator[str]:
    if not _is_importable("google.cloud.storage"):
        yield 'Beam\'s parts for Google Cloud: pip install "langloom[gcp]"'
    if not options.get("project"):
        yield "a project: --project=PROJECT"
    if not options.get("region"):
        yield "a region: --region=REGION"
    if not str(options.get("temp_location") or "").startswith("gs://"):
        yield "a folder for what is staged: --temp_location=gs://BUCKET/FOLDER"
    setup = str(options.get("setup_file") or "")
    if not any(options.get(option) for option in (*PACKAGES, "setup_file")):
        yield "langloom on its workers: --sdk_container_image=IMAGE or --extra_package=FILE (docs/runners.md)"
    if setup and not _is_importable("build"):
        yield "the library build, which --setup_file uses: pip install build"
    if setup and Path(setup).parent == Path() and not setup.startswith("./"):
        yield f"a folder in --setup_file, which Beam changes to: --setup_file=./{setup}"


def _job_server(name: str, options: Mapping[str, Any]) -> Iterator[str]:
    prefix, artifact = JOB_SERVERS[name]
    if options.get(f"{prefix}_submit_uber_jar") is not True and java_version() < JAVA:
        yield f"Java {JAVA} or later: apt-get install openjdk-17-jre-headless"
    option = f"{prefix}_job_server_jar"
    made = f"`make {prefix}` makes one; "
    jar = options.get(option)
    if jar and not urlparse(jar).scheme and not Path(jar).is_file():
        yield f"the job server {jar}, which isn't there: {made}--{option} names its jar"
    if not jar and not cached_jars(artifact) and not (Path(f".{prefix}") / "job-server.jar").is_file():
        yield f"a job server: {made}--{option} names its jar"


def _is_importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


def cached_jars(artifact: str) -> list[Path]:
    """Return the job servers that Beam has downloaded before."""
    return sorted((Path.home() / JARS).glob(f"beam-{artifact}*.jar"))


def _is_embedded(name: str, options: Mapping[str, Any]) -> bool:
    """Say whether the job server itself does the work, so that workers are this process unless told otherwise."""
    master = options.get("spark_master_url") or "" if name == "SparkRunner" else options.get("flink_master") or "[auto]"
    return bool(re.match(r"^(local(\[.+\])?$|\[(local|auto|collection)\])", master))


def _environment(options: Mapping[str, Any], embedded: bool) -> Iterator[str]:
    kind = str(options.get("environment_type") or "").upper()
    if (kind == "DOCKER" or not (kind or embedded)) and shutil.which("docker") is None:
        said = "which --environment_type=DOCKER asks for" if kind else "the default without --environment_type"
        yield f"the program docker, {said}: give --environment_type: {ENVIRONMENTS}"
    if kind == "PROCESS" and "process_command" not in str(options.get("environment_options") or "") + str(
        options.get("environment_config") or ""
    ):
        yield "the command of a worker process: --environment_option=process_command=FILE"
    if kind == "EXTERNAL" and not options.get("environment_config"):
        yield "the address of a worker pool: --environment_config=HOST:PORT"


def java_version() -> int:
    """Return the major version of `java`, 0 where there is none."""
    program = shutil.which("java")
    if program is None:
        return 0
    try:
        said = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30).stderr  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found.group(1)) if found else 0
