"""What is refused before anything is submitted, and a dry run."""

from pathlib import Path

import pytest

from tests.dataflow.submitting import ROOT, Cloud, at
from tests.dataflow.test_run_on_dataflow import write


@pytest.mark.parametrize(
    ("without", "further", "said"),
    [
        pytest.param("project", (), "needs a project: --project=PROJECT", id="project"),
        pytest.param("region", (), "needs a region: --region=REGION", id="region"),
        pytest.param("temp_location", (), "--temp_location=gs://BUCKET/FOLDER", id="temp_location"),
        pytest.param("temp_location", ("--temp_location=/tmp/x",), "--temp_location=gs://BUCKET/FOLDER", id="local"),
        pytest.param("extra_package", (), "needs langloom on its workers: --sdk_container_image=", id="package"),
        pytest.param("", ("--setup_file=pyproject.toml",), "--setup_file=./pyproject.toml", id="setup_file"),
    ],
)
def test_what_is_missing_is_status_2(
    without: str, further: tuple[str, ...], said: str, cloud: Cloud, tmp_path: Path
) -> None:
    words = [word for word in cloud.words() if not (without and word.startswith(f"--{without}="))]
    before = len(cloud.service.jobs)
    command = ("run", write(cloud, "wanting"), "--output", at("runs/wanting"), *words, *further)
    ran = cloud.run(*command, cwd=tmp_path)
    assert ran.returncode == 2, ran.stderr
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(cloud.service.jobs) == before


def test_folders_of_this_machine_are_status_2(cloud: Cloud, tmp_path: Path) -> None:
    ran = cloud.run("run", ROOT / "configs/quickstart.yaml", "--output", "out", *cloud.words(), cwd=tmp_path)
    assert ran.returncode == 2
    for said in (
        "the output folder out is on this machine, which workers don't reach: --output gs://BUCKET/FOLDER",
        "the work folder out.work",
        "the memory folder langloom-memory",
        f"the source questions reads {ROOT}/configs/sample/questions.jsonl, which is on this machine alone",
    ):
        assert said in ran.stderr


def test_a_dry_run_sends_nothing(cloud: Cloud, tmp_path: Path) -> None:
    recipe, before = write(cloud, "dry"), (len(cloud.service.jobs), cloud.storage.names(at("staging")))
    words = cloud.words("--dry_run=True")
    ran = cloud.run("run", recipe, "--output", at("runs/dry"), *words, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "dry run: the graph for Dataflow has " in ran.stderr
    assert "nothing was sent, and nothing was written" in ran.stderr
    assert ran.stdout == ""
    assert (len(cloud.service.jobs), cloud.storage.names(at("staging"))) == before
    assert not cloud.storage.names(at("runs/dry"))
