"""The package that travels to workers: all code and data of langloom's, and the names of the extras that it lacks."""

import tarfile
from pathlib import Path

from tests.dataflow.submitting import ROOT

PACKAGES = ("pipeline", "transforms", "sinks")


def test_it_holds_every_file_of_the_packages(package: Path) -> None:
    wanted = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with tarfile.open(package) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
        information = archive.extractfile(f"{package.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert information
        told = information.read().decode()
    assert {path for path in wanted if path.endswith((".toml", ".json", ".tsv"))}, "templates and tables are data"
    assert wanted <= held, sorted(wanted - held)
    for extra in ("firefox", "ctranslate2", "gcp", "tokenizers"):
        assert f"Provides-Extra: {extra}\n" in told
