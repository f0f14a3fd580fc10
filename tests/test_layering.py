"""Who may know whom: `transforms` knows neither `sinks` nor `pipeline`, `sinks` doesn't know `pipeline`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = [path for package in ("pipeline", "transforms", "sinks") for path in sorted((ROOT / package).rglob("*.py"))]

FORBIDDEN = {
    "transforms": {"sinks", "pipeline", "pydantic", "ruamel", "yaml", "rich"},
    "sinks": {"pipeline", "pydantic", "ruamel", "yaml", "rich"},
    "pipeline": {"yaml"},
}
"""PyYAML is YAML 1.1, where `no` is false: nobody imports it."""

EXCEPTIONS = {"sinks/front_matter.py": {"ruamel"}}
"""The card's front matter is YAML that we write."""


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the top-level packages that a module imports, in functions too, and by a name in a string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield package if node.level else (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            names = [word.value for word in node.args if isinstance(word, ast.Constant)]
            yield from (name.partition(".")[0] for name in names if isinstance(name, str))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_knows_only_what_it_may(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    package = name.partition("/")[0]
    allowed = EXCEPTIONS.get(name, set())
    assert not FORBIDDEN[package].intersection(imported(path.read_text("utf-8"), package)) - allowed


def test_the_packages_hold_modules() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pipeline.run as r, os", {"pipeline", "os"}),
        ("def f():\n    from sinks.card import card", {"sinks"}),
        ("from . import x", {"here"}),
        ("import_module('pydantic.v1')", {"pydantic"}),
        ("__import__('yaml')", {"yaml"}),
        ("'import pipeline'", set()),
    ],
)
def test_imports_are_found(source: str, found: set[str]) -> None:
    assert set(imported(source, "here")) == found


def test_no_module_delays_annotations() -> None:
    # It silently disables Beam's type checks and its choice of coders.
    late = [path for path in FILES if "from __future__ import annotations" in path.read_text("utf-8")]
    assert not late
