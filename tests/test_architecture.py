"""What the pages for developers name is there: files move, and pages about them don't by themselves."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipeline", "transforms", "sinks", "tests", "configs", "docs", "benchmarks")
FILES = [path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*")]
NAMED = re.compile(r"`([\w./]+(?:\.py|\.html|\.toml|\.yaml|/))`")


def named(page: str) -> set[str]:
    """Return the files, and the folders (with a stroke at their end), that a page has in backticks."""
    return set(NAMED.findall((ROOT / page).read_text("utf-8")))


def is_there(name: str) -> bool:
    if name.endswith("/"):
        return any(f"/{path}/".endswith(f"/{name}") for path in (*PACKAGES, *FILES) if (ROOT / path).is_dir())
    return any(f"/{path}".endswith(f"/{name}") for path in FILES)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_what_is_named_is_there(page: str) -> None:
    assert len(named(page)) > 10
    assert {name for name in named(page) if not is_there(name)} <= {"pyproject.toml"}


@pytest.mark.parametrize(
    ("name", "there"),
    [("pipeline/build.py", True), ("build.py", True), ("uild.py", False), ("order/", True), ("orders/", False)],
)
def test_what_isnt_there_is_found(name: str, there: bool) -> None:
    assert is_there(name) == there
