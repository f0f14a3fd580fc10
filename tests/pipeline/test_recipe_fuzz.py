"""Whatever is done to a recipe, it is read or refused with messages: no traceback, no secret, no waiting."""

import json
from pathlib import Path
from typing import Any

import pytest
from bad_recipe import GOOD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_yaml import plain

from pipeline.check import as_json, describe
from pipeline.errors import RecipeError
from pipeline.language.document import read
from pipeline.language.yaml12 import parse
from pipeline.recipe import load

SECRET = "sk-hidden-2718281828"
RECIPE = GOOD.replace("size: 3", f"size: 3, langs: [pt, '${{lang}}x'], my_key: {SECRET}")
RECIPE = RECIPE.replace("model: gpt", "model: 'gpt ${my_key}'").replace("to: [pt]", "to: ${langs}")

ODD: list[Any] = [
    *(None, True, 0, -1, 3, 10**30, 0.5, float("nan"), float("inf"), "", "x", "no", "../x", "${my_key}", "${none}"),
    *("$${", "\x00", "\ud800", "a" * 5000, [], [1], ["x", "x"], [[]], {}, {"x": 1}, {"es": 1}, {"": ""}, [{}], [None]),
    *({"jsonl": "x"}, {"keep": {"length": 3}}, "concatenate", {"until": 1, "weights": {"es": 1}}, "\U0001f600"),
    *("${langs}", "x${langs}", ["${langs}"]),
    *({"temperature": 2}, {"temperature": 1, "floor": 0.1}, {"unimax": 3}, {"allocate": "x"}, {"allocate": {}}),
]


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) in the data."""
    inner = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    return [(data, key) for key, _ in inner] + [place for _, value in inner for place in places(value)]


def mutate(data: Any, draw: Any) -> None:
    container, key = draw(st.sampled_from(places(data) or [({"x": 1}, "x")]))
    what = draw(st.sampled_from(["delete", "retype", "rename", "swap", "wrap", "add"]))
    if what == "delete":
        del container[key]
    elif what == "retype":
        container[key] = json.loads(json.dumps(draw(st.sampled_from(ODD))))
    elif what == "rename" and isinstance(container, dict):
        container[draw(st.sampled_from(["", "x", key + "s", key[1:], "es", "pairs", "one", "${my_key}"]))] = (
            container.pop(key)
        )
    elif what == "wrap":
        container[key] = draw(st.sampled_from([[container[key]], {"x": container[key]}]))
    elif what == "add" and isinstance(container, dict):
        container[draw(st.sampled_from(["x", "api_key", "mix", "order", "steps", "jsonl"]))] = container[key]
    else:
        other, place = draw(st.sampled_from(places(data)))
        container[key] = json.loads(json.dumps(other[place]))


def names_secret(text: str) -> bool:
    """Tell whether the text still says that the secret is one."""
    try:
        return bool(plain(parse(text, "x"))["vars"]["my_key"] == SECRET)
    except (RecipeError, KeyError, TypeError):
        return False


def read_or_refuse(text: str, folder: Path) -> bool:
    """Return whether the recipe could be read; fail where a refusal isn't one that people can act on."""
    file = folder / "recipe.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        recipe = load(str(file), {}, {"HOME": "/home/me"})
    except RecipeError as error:
        assert error.problems and not (SECRET in str(error) and names_secret(text))
        for problem in error.problems:
            assert problem.message and len(str(problem)) < 2000
        return False
    shown = describe(recipe) + json.dumps(as_json(recipe)) + recipe.text + str(recipe.warnings)
    assert not (SECRET in shown and names_secret(text))
    return True


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.usefixtures("parts")
@QUIET
@given(st.data())
def test_changed_data(folder: Path, data: Any) -> None:
    recipe = plain(parse(RECIPE, "x"))
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(recipe, data.draw)
    read_or_refuse(json.dumps(recipe), folder)


@pytest.mark.usefixtures("parts")
@QUIET
@given(st.data())
def test_changed_text(folder: Path, data: Any) -> None:
    text = RECIPE
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        piece = data.draw(
            st.sampled_from([*":{}[]#&*!|>'\"%@`-?,$~", "\n", "  ", "\t", "&a ", "*a", "no", "é", "<<: ", "---\n"])
        )
        text = text[:start] + piece + text[end:]
    read_or_refuse(text, folder)


@pytest.mark.usefixtures("parts")
def test_unchanged(folder: Path) -> None:
    assert read_or_refuse(RECIPE, folder)
    assert read_or_refuse(json.dumps(plain(parse(RECIPE, "x"))), folder)


@QUIET
@given(st.lists(st.none() | st.booleans() | st.integers() | st.text(max_size=6).filter(lambda text: "$" not in text)))
def test_a_list_variable_is_the_list_written_out(folder: Path, values: list[Any]) -> None:
    file = folder / "lists.yaml"
    found = []
    for data in ({"vars": {"x": values}, "seed": "${x}"}, {"vars": {"x": []}, "seed": values}):
        file.write_text(json.dumps(data), "utf-8")
        found.append(read(str(file), {}, {}).data["seed"])
    file.write_text(json.dumps({"vars": {"x": []}, "seed": "${x}"}), "utf-8")
    found.append(read(str(file), {"x": json.dumps(values)}, {}).data["seed"])
    assert found == [values] * 3
