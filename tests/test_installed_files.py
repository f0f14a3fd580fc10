"""What is installed is all that the code reads: templates, tables and prompts too."""

import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.built_package import PACKAGES, ROOT, build


def contents(package: Path) -> set[str]:
    if package.suffix == ".whl":
        return set(zipfile.ZipFile(package).namelist())
    with tarfile.open(package) as opened:
        return {name.partition("/")[2] for name in opened.getnames()}


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_every_file_of_the_packages_is_installed(kind: str, tmp_path: Path) -> None:
    tree = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert any(name.endswith("prompts.toml") for name in tree)
    assert tree - contents(build(kind, tmp_path)) == set()
