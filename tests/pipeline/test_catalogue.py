import dataclasses
import json
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Literal

import pytest

import transforms
from pipeline import steps as module
from pipeline.engines import usable
from pipeline.steps import catalogue, entry, format_entries
from transforms import REGISTRY


@dataclass(frozen=True)
class Made:
    """Makes things.

    Attributes:
      name: of what.
    """

    name: str
    most: int | None = None
    kind: Literal["a", "b"] = "a"
    rest: dict[str, int] = field(default_factory=dict)


def test_everything_registered_is_there() -> None:
    found = {(each["kind"], each["name"]) for each in catalogue()}
    for kind in ("sources", "rules", "steps", "engines"):
        assert {name for of, name in found if of == kind.rstrip("s")} >= set(REGISTRY[kind])
    assert ("format", "qalign.question") in found


@pytest.mark.parametrize("command", ["run", "tm import", "tm export", "order export"])
def test_the_reference_has_commands_within_commands(command: str) -> None:
    reference = Path(__file__).parents[2] / "docs" / "reference.md"
    assert f"usage: langloom {command} [-h]" in reference.read_text(encoding="utf-8")


def test_every_entry_says_what_it_is() -> None:
    for each in catalogue():
        assert each["summary"], each["name"]
        assert each["documentation"].startswith(each["summary"])
    assert json.loads(json.dumps(catalogue())) == catalogue()


def test_what_cannot_be_used_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """One package that is broken, or lacks a library, leaves the others and langloom's own to be looked up."""
    declared = {
        kind: [EntryPoint("theirs", "json.tool:x.toml" if kind == "formats" else "json.tool:X", f"langloom.{kind}")]
        for kind in REGISTRY
    }
    monkeypatch.setattr(transforms, "entry_points", lambda *, group: declared[group.removeprefix("langloom.")])
    transforms.known.cache_clear()
    transforms.find.cache_clear()
    try:
        found = entry("theirs")
        listed = {each["name"] for each in catalogue()}
        engine = next(each for each in usable() if each["name"] == "theirs")
    finally:
        transforms.known.cache_clear()
        transforms.find.cache_clear()
    assert [each["kind"] for each in found] == ["source", "rule", "step", "engine", "sink", "format"]
    assert all("Can't be used: " in each["summary"] and "json.tool" in each["summary"] for each in found)
    assert {"length", "qalign.question"} <= listed
    assert not engine["usable"] and "json.tool" in engine["missing"][0]


def test_an_entry_told_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KINDS", ("rules",))
    monkeypatch.setattr(module, "known", lambda kind: {"made": "x"} if kind == "rules" else {})
    monkeypatch.setattr(module, "find", lambda kind, name: Made)
    assert format_entries(entry("made"), whole=True) == (
        "made (rule)\n\nMakes things.\n\nAttributes:\n  name: of what.\n\n"
        "  name: str\n  most: int | None = None\n  kind: Literal['a', 'b'] = 'a'\n  rest: dict[str, int] = {}\n"
    )


def test_the_list_has_a_line_for_each() -> None:
    lines = format_entries(catalogue(), whole=False).splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == ["sources", "rules of keep", "steps", "engines", "sinks of write", "formats"]
    assert len([line for line in lines if line.startswith("  ")]) == len(catalogue())


def test_a_name_that_several_kinds_share(monkeypatch: pytest.MonkeyPatch) -> None:
    assert entry("no_such_name") == []
    both = [each["kind"] for each in entry("length")]
    assert both == ["rule"]
    assert transforms.find("rules", "length").__name__ == "Length"


def test_parameters_are_those_of_the_recipe() -> None:
    (length,) = entry("length")
    fields = [each.name for each in dataclasses.fields(transforms.find("rules", "length"))]
    assert [each["name"] for each in length["parameters"]] == fields
