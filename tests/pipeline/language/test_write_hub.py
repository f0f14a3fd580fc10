"""`write: hub` in a recipe: what it takes, and that it changes nothing of what comes out."""

from pathlib import Path

import pytest

from pipeline.errors import RecipeError
from pipeline.model import Recipe
from pipeline.recipe import load
from pipeline.signature import signature
from sinks.hub.recipe import Hub

TEXT = """\
sources: {a: {jsonl: a.jsonl, lang: en, license: mit}}
streams: {s: {from: a}}
datasets:
  one: {mix: {s: 1}, write: ONE, split: {test: 0.1}}
  two: {mix: {s: 1}, write: TWO}
output: out
"""


def recipe(folder: Path, one: str, two: str, text: str = TEXT) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text.replace("ONE", one).replace("TWO", two))
    return load(str(path), {}, {})


def test_where_it_is_published(tmp_path: Path) -> None:
    assert recipe(tmp_path, "{jsonl: alpaca}", "{}").hub is None
    made = recipe(tmp_path, "{hub: me/demo}", "{parquet: {}, hub: {repo: me/demo}}")
    assert made.hub == Hub("me/demo")
    whole = "{hub: {repo: me/demo, public: true, revision: dev, tag: signature, with_rejects: true}}"
    assert recipe(tmp_path, whole, whole).hub == Hub("me/demo", True, "dev", "signature", True)
    assert not made.warnings


@pytest.mark.parametrize(
    ("one", "two", "message"),
    [
        (
            "{hub: me/demo}",
            "{}",
            "datasets.two.write: a repository holds the whole output: give every dataset the same",
        ),
        ("{}", "{hub: me/demo}", "datasets.one.write: a repository holds the whole output"),
        ("{hub: me/demo}", "{hub: me/other}", "datasets.two.write.hub: a repository holds the whole output"),
        ("{hub: demo}", "{hub: demo}", "datasets.one.write.hub: repo 'demo': expected OWNER/NAME"),
        ("{hub: {repo: a/b, tag: 'x y'}}", "{}", "datasets.one.write.hub: tag 'x y': expected letters"),
        ("{hub: {repo: a/b, token: x}}", "{}", "datasets.one.write.hub.token: unknown"),
        ("{hub: {public: true}}", "{}", "datasets.one.write.hub: "),
    ],
)
def test_what_it_does_not_take(tmp_path: Path, one: str, two: str, message: str) -> None:
    with pytest.raises(RecipeError) as error:
        recipe(tmp_path, one, two)
    assert message in str(error.value)


def test_an_output_elsewhere_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="only local folders are published; s3://bucket/out isn't on this machine"):
        recipe(tmp_path, "{hub: me/demo}", "{hub: me/demo}", TEXT.replace("output: out", "output: s3://bucket/out"))


def test_an_unknown_licence_is_warned_of_before_the_run(tmp_path: Path) -> None:
    made = recipe(tmp_path, "{hub: me/demo}", "{hub: me/demo}", TEXT.replace(", license: mit", ""))
    assert "sources.a: states no `license`" in made.warnings[0]
    columns = ", columns: {license: terms}"
    assert not recipe(tmp_path, "{hub: me/demo}", "{hub: me/demo}", TEXT.replace(", license: mit", columns)).warnings


@pytest.mark.parametrize(
    ("with_hub", "without"),
    [("{jsonl: alpaca, hub: me/demo}", "{jsonl: alpaca}"), ("{hub: me/demo}", "{hub: me/other}")],
)
def test_where_it_goes_is_no_part_of_the_signature(tmp_path: Path, with_hub: str, without: str) -> None:
    signed = [signature(recipe(tmp_path, write, write), {"a": []}, None) for write in (with_hub, without)]
    assert signed[0] == signed[1]
    plain = recipe(tmp_path, "{}", "{}", TEXT.replace(", write: ONE", "").replace(", write: TWO", ""))
    hub = recipe(tmp_path, "{hub: me/demo}", "{hub: me/demo}")
    assert signature(plain, {"a": []}, None) == signature(hub, {"a": []}, None)
