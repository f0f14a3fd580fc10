"""Stand-ins for Dataflow and Cloud Storage, and langloom's package, for all tests here: `make test-dataflow`."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dataflow.submitting import ROOT, Cloud
from tests.fakes.dataflow import Dataflow
from tests.fakes.storage import Storage

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("gcp_storage_emulator") is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs Google's libraries and an emulator: make test-dataflow"))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """langloom as a source distribution, built from a copy of the files that make it."""
    source = tmp_path_factory.mktemp("source")
    files = ["pyproject.toml", "README.md", "LICENSE", "pipeline", "transforms", "sinks"]
    subprocess.run(["cp", "--recursive", *files, str(source)], cwd=ROOT, check=True)
    build = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(source / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    (made,) = (source / "dist").glob("langloom-*.tar.gz")
    return made


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[Cloud]:
    """Both stand-ins; the bucket holds configs/."""
    with Storage() as storage, Dataflow(storage, tmp_path_factory.mktemp("dataflow")) as service:
        made = Cloud(storage, service, package)
        made.upload(ROOT / "configs", "configs")
        yield made
