import dataclasses
import inspect
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

import transforms
from transforms import REGISTRY, RegistrationError, find, known
from transforms.collective import Collective
from transforms.formats.template_file import load
from transforms.steps import Expander, Rewriter, Rule

CLASSES = [(kind, name) for kind in ("sources", "rules", "steps", "engines", "sinks") for name in REGISTRY[kind]]

OURS_ALONE = [("sinks", "parquet"), ("sinks", "hub")]
"""What `write` also takes, and is no form of shards beside Parquet."""


@pytest.mark.parametrize(("kind", "name"), CLASSES)
def test_a_registered_name_is_a_documented_frozen_dataclass(kind: str, name: str) -> None:
    made = find(kind, name)
    assert dataclasses.is_dataclass(made)
    assert made.__dataclass_params__.frozen
    assert "__doc__" in vars(made)
    text = inspect.cleandoc(made.__doc__)
    assert not text.startswith(f"{made.__name__}("), "the docstring is the one that dataclasses make"
    first, _, rest = text.partition("\n")
    assert first.endswith("."), "the first line is a sentence of its own"
    assert rest == "" or rest.startswith("\n")
    assert len(first) <= 120


@pytest.mark.parametrize(("kind", "name"), CLASSES)
def test_every_parameter_is_documented(kind: str, name: str) -> None:
    made = find(kind, name)
    text = inspect.cleandoc(made.__doc__ or "")
    for field in dataclasses.fields(made):
        if field.init:
            assert field.name in text, f"{field.name} is not in the documentation"


@pytest.mark.parametrize(("kind", "name"), [entry for entry in CLASSES if entry not in OURS_ALONE])
def test_others_may_do_as_ours_do(kind: str, name: str, third_party: list[EntryPoint]) -> None:
    """Whoever writes a class as langloom's own are written can register it."""
    third_party.append(EntryPoint("theirs", REGISTRY[kind][name], f"langloom.{kind}"))
    assert find(kind, "theirs") is find(kind, name)


def test_rules_and_steps_are_what_carriers_take() -> None:
    for name in REGISTRY["rules"]:
        assert issubclass(find("rules", name), Rule), name
    for name in REGISTRY["steps"]:
        kinds = [kind for kind in (Rewriter, Expander, Collective) if issubclass(find("steps", name), kind)]
        assert len(kinds) == 1, name


@pytest.mark.parametrize("file", REGISTRY["formats"])
def test_every_format_file_holds_templates(file: str) -> None:
    templates = load(known("formats")[file])
    assert templates
    assert all(template.about and template.source for template in templates.values())


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    """Entry points that other packages declare."""
    declared: list[EntryPoint] = []

    def entry_points(*, group: str) -> list[Any]:
        return [entry for entry in declared if entry.group == group]

    monkeypatch.setattr(transforms, "entry_points", entry_points)
    known.cache_clear()
    find.cache_clear()
    yield declared
    known.cache_clear()
    find.cache_clear()


def test_others_add_names(third_party: list[EntryPoint]) -> None:
    third_party.append(EntryPoint("longer", "transforms.rules.length:Length", "langloom.rules"))
    third_party.append(EntryPoint("other", "json:loads", "langloom.steps"))
    assert find("rules", "longer") is find("rules", "length")
    assert "other" not in known("rules")
    assert "longer" not in known("steps")


@pytest.mark.parametrize("kind", REGISTRY)
def test_no_name_of_ours_can_be_taken_over(kind: str, third_party: list[EntryPoint]) -> None:
    third_party.extend(EntryPoint(name, "json:loads", f"langloom.{kind}") for name in REGISTRY[kind])
    assert known(kind) == REGISTRY[kind]


def test_of_two_packages_that_claim_a_name_the_choice_is_settled(third_party: list[EntryPoint]) -> None:
    one, two = (EntryPoint("new", f"json:{name}", "langloom.rules") for name in ("dumps", "loads"))
    third_party.extend([two, one])
    first = known("rules")["new"]
    known.cache_clear()
    third_party.reverse()
    assert known("rules")["new"] == first


@dataclasses.dataclass(frozen=True)
class Idle:
    """Does nothing."""


@dataclasses.dataclass(frozen=True)
class Untyped:
    """Has a parameter of a type that isn't there."""

    most: "NoSuchType" = 0  # type: ignore[name-defined]  # noqa: F821


@dataclasses.dataclass(frozen=True)
class Ended:
    """Writes files whose names end as the recipe says."""

    ending: str

    def writer(self, file: Any, keys: Any) -> None: ...


def test_what_a_class_must_have_may_be_a_parameter(third_party: list[EntryPoint]) -> None:
    third_party.append(EntryPoint("theirs", f"{__name__}:Ended", "langloom.sinks"))
    assert find("sinks", "theirs") is Ended


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (
            "rules",
            f"{__name__}:Untyped",
            "has a field whose type can't be told: NameError: name 'NoSuchType' is not defined",
        ),
        ("rules", "no_such_module:Rule", "can't be imported: ModuleNotFoundError: No module named 'no_such_module'"),
        ("rules", "json:Rule", "can't be imported: AttributeError: module 'json' has no attribute 'Rule'"),
        ("steps", "json:loads", "is no dataclass, whose fields would be its parameters"),
        ("rules", f"{__name__}:Idle", "lacks judge"),
        ("steps", f"{__name__}:Idle", "lacks decide or expand or rewrite or unfolded"),
        ("sources", f"{__name__}:Idle", "lacks blocks, count, lang, named, own_columns, parameters, read"),
        ("engines", f"{__name__}:Idle", "lacks check, deterministic, groups, kind, placeholders, signature_of, unit"),
        ("sinks", f"{__name__}:Idle", "lacks ending, writer"),
    ],
)
def test_what_others_register_and_cant_be_used(
    kind: str, value: str, message: str, third_party: list[EntryPoint]
) -> None:
    third_party.append(EntryPoint("theirs", value, f"langloom.{kind}"))
    with pytest.raises(RegistrationError) as caught:
        find(kind, "theirs")
    assert str(caught.value) == f"the {kind[:-1]} 'theirs', which another package registers as {value}, {message}"


def test_a_name_that_is_not_registered() -> None:
    with pytest.raises(KeyError):
        find("rules", "no_such_rule")
