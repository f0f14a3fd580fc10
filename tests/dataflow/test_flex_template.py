"""The Flex Template: its entry as Google's launcher runs it, and its metadata."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runners.flex_template import ParameterError, command
from tests.dataflow.submitting import PROJECT, REGION, ROOT, Cloud, at
from tests.dataflow.test_run_on_dataflow import wait_for, write

TEMPLATE = ROOT / "docker" / "flex-template"
IMAGE = "europe-west4-docker.pkg.dev/langloom-test/images/langloom:1"


def test_parameters_become_the_words_of_a_command() -> None:
    words = ["--recipe=gs://b/r.yaml", "--output=gs://b/out", "--set=data=gs://b/d;target=pt", "--limit=5"]
    launcher = ["--force=true", "--fresh=false", "--runner=DataflowRunner", "--template_location=gs://b/job_object"]
    assert command([*words, *launcher]) == [
        *("run", "gs://b/r.yaml", "--output", "gs://b/out", "--set", "data=gs://b/d", "--set", "target=pt"),
        *("--limit", "5", "--force", "--", "--runner=DataflowRunner", "--template_location=gs://b/job_object"),
    ]
    assert command(["--recipe=r.yaml"]) == ["run", "r.yaml", "--", "--runner=DataflowRunner"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output=gs://b/out"], "'recipe' is missing"),
        (["--recipe=r.yaml", "--force=yes"], "'force' is true or false, not 'yes'"),
        (["recipe.yaml"], "expected --NAME=VALUE, got 'recipe.yaml'"),
    ],
)
def test_wrong_parameters_are_named(words: list[str], said: str) -> None:
    with pytest.raises(ParameterError, match=re.escape(said)):
        command(words)


def test_the_metadata_names_what_the_entry_takes() -> None:
    metadata = json.loads((TEMPLATE / "metadata.json").read_text())
    examples = {
        "recipe": "gs://b/configs/r.yaml",
        "output": "gs://b/out",
        "work": "gs://b/work",
        "set": "data=gs://b/d;target=pt",
        "limit": "5",
        "force": "true",
        "fresh": "false",
        "sdk_container_image": IMAGE,
        "sdk_location": "container",
    }
    parameters = {parameter["name"]: parameter for parameter in metadata["parameters"]}
    assert set(parameters) == set(examples)
    for name, example in examples.items():
        assert all(re.search(regex, example) for regex in parameters[name]["regexes"]), name
        assert not any(re.search(regex, "") for regex in parameters[name]["regexes"]), name
    assert {name for name in parameters if not parameters[name].get("isOptional")} == {
        "recipe",
        "output",
        "sdk_container_image",
    }
    spelt = " ".join(command([f"--{name}={value}" for name, value in examples.items()]))
    assert spelt.endswith(f"--force -- --runner=DataflowRunner --sdk_container_image={IMAGE} --sdk_location=container")


def test_the_entry_makes_a_job_that_writes_the_output(cloud: Cloud, tmp_path: Path) -> None:
    cloud.service.workers.images[IMAGE] = cloud.package
    recipe, output, template = (
        write(cloud, "flexible"),
        at("runs/flexible"),
        at("staging/template_launches/1/job_object"),
    )
    parameters = [f"--recipe={recipe}", f"--output={output}", "--limit=7", f"--sdk_container_image={IMAGE}"]
    own = [word for word in cloud.words(package=False) if word != "--"]
    words = [*parameters, "--sdk_location=container", *own, f"--template_location={template}", "--job_name=flexible"]
    entry = [sys.executable, str(TEMPLATE / "launch.py"), *words]
    ran = subprocess.run(entry, cwd=tmp_path, env=cloud.environment(), capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    cloud.service.launch(template, PROJECT, REGION, "flexible")
    wait_for(cloud, "JOB_STATE_DONE")
    manifest = json.loads(cloud.storage.read(f"{output}/manifest.json"))
    assert manifest["complete"]
    assert manifest["datasets"]["all"]["splits"]["train"]["rows"] == 7


def test_the_entry_says_what_is_wrong(cloud: Cloud, tmp_path: Path) -> None:
    entry = [sys.executable, str(TEMPLATE / "launch.py"), "--output=gs://b/out"]
    ran = subprocess.run(entry, cwd=tmp_path, env=cloud.environment(), capture_output=True, text=True, timeout=300)
    assert ran.returncode == 2
    assert "the parameter 'recipe' is missing" in ran.stderr
