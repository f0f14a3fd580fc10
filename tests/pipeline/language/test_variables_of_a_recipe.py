"""What variables, settings and lists make of a recipe."""

import fake_parts
import pytest
from small_recipe import SMALL, Load, changed

from pipeline.errors import RecipeError

pytestmark = pytest.mark.usefixtures("parts")


def test_variables_are_typed_where_they_stand_alone(loaded: Load) -> None:
    text = changed(
        "s: {from: a}", 's: {from: ${src}, steps: [keep: {length: ${n}}, format: "${n}", format: x${n}$${n}]}'
    )
    recipe = loaded("vars: {src: a, n: 3}\n" + text, settings={"n": "5"})
    steps = [step.step for step in recipe.streams["s"].steps]
    assert steps[0] == {"length": fake_parts.Length(5)}
    assert [step.template for step in steps[1:]] == ["5", "x5${n}"]
    assert recipe.resolved["vars"] == {"src": "a", "n": "5"}


LISTS = """
vars: {langs: [de, "${third}"], third: sw, numbers: [1, "2", no]}
sources: {a: {jsonl: x, lang: en}}
engines: {e: {openai: {model: m}}}
streams: {s: {from: a, steps: [translate: {to: ${langs}, engine: e}]}}
datasets: {d: {mix: {s: 1}}}
output: o
"""


@pytest.mark.parametrize(
    ("settings", "to"),
    [
        ({}, ("de", "sw")),
        ({"third": "th"}, ("de", "th")),
        ({"langs": "[pt]"}, ("pt",)),
        ({"langs": "- pt\n- no"}, ("pt", "no")),
        ({"langs": "[${third}, '${third}a']"}, ("sw", "swa")),
    ],
)
def test_a_list_is_a_whole_value(loaded: Load, settings: dict[str, str], to: tuple[str, ...]) -> None:
    recipe = loaded(LISTS, settings=settings)
    assert recipe.streams["s"].steps[0].step.to == to
    assert recipe.resolved["vars"] == {
        "langs": list(to),
        "third": settings.get("third", "sw"),
        "numbers": [1, "2", "no"],
    }


@pytest.mark.parametrize("written", ["pt", "pt, de", "[pt", "{pt: de}", "", "[[pt]]"])
def test_a_list_is_set_as_one(loaded: Load, written: str) -> None:
    with pytest.raises(RecipeError, match=r"--set langs: 'langs' is a list of texts: write 'langs=\[one, other\]'"):
        loaded(LISTS, settings={"langs": written})


def test_lists_do_not_make_a_recipe_grow_without_bounds(loaded: Load) -> None:
    uses = ", ".join(["${many}"] * 4000)
    text = f"vars: {{many: [{', '.join(['a'] * 4000)}]}}\nsources: {{a: {{jsonl: [{uses}]}}}}\noutput: o\n"
    with pytest.raises(RecipeError, match="variables make the recipe longer than 4194304 characters"):
        loaded(text)


def test_names_may_hold_variables(loaded: Load) -> None:
    text = changed("s: {from: a}", "${lang}_s: {from: a}")
    assert list(loaded(text, settings={"lang": "no"}).streams) == ["no_s", "t"]
    with pytest.raises(RecipeError, match="the key 't' is given twice, once variables are put in"):
        loaded(changed("s: {from: a}", "${x}: {from: a}"), settings={"x": "t"})


def test_unused_settings_are_wrong(loaded: Load) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded("vars: {length: 3}\n" + SMALL, settings={"lenght": "3"})
    assert str(caught.value) == (
        "recipe.yaml: --set lenght: unknown variable 'lenght'; did you mean 'length'? (known: length)"
    )


def test_a_setting_spares_what_it_replaces(loaded: Load) -> None:
    assert loaded('vars: {x: "${UNSET}"}\n' + SMALL, settings={"x": "1"}).resolved["vars"] == {"x": "1"}
