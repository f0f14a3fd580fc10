import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_yaml import plain

from pipeline.errors import RecipeError
from pipeline.language import yaml12
from pipeline.language.yaml12 import Mapping, Scalar, parse, typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(word, word) for word in ("no", "yes", "on", "off", "y", "n", "No", "NO", "tRUE", "nULL")],
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, None) for word in ("", "~", "null", "Null", "NULL")],
        ("0", 0),
        ("-12", -12),
        ("+12", 12),
        ("010", 10),
        ("0o10", 8),
        ("0xfF", 255),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0b1", "0b1"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("-.inf", -math.inf),
        ("+.INF", math.inf),
        ("inf", "inf"),
        ("nan", "nan"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("=", "="),
        ("١٢", "١٢"),
    ],
)
def test_core_schema(text: str, value: Any) -> None:
    assert typed(text) == value and type(typed(text)) is type(value)
    assert typed(".nan") != typed(".nan")


def test_endless_number() -> None:
    with pytest.raises(ValueError, match="a number of 9000 digits is too long"):
        typed("9" * 9000)


def test_quotes_make_text_and_lines_are_kept() -> None:
    tree = parse("a: 'no'\nb:\n  - \"1\"\n  - true\nc: |\n  1\n", "x")
    assert plain(tree) == {"a": "no", "b": ["1", True], "c": "1\n"}
    assert isinstance(tree, Mapping)
    assert [(key.line, value.line) for key, value in tree.items] == [(1, 1), (2, 3), (5, 5)]


def test_keys_are_text() -> None:
    assert plain(parse("{1: a, no: b, true: c}", "x")) == {"1": "a", "no": "b", "true": "c"}


def test_aliases_repeat_a_value() -> None:
    assert plain(parse("a: &x [1, 2]\nb: *x\nc: {d: *x}", "x")) == {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}}


def test_variables_stand_in_flow_collections() -> None:
    assert plain(parse('{a: ${x}, b: [${y}, z${y}], c: "${x}"}', "x")) == {
        "a": "${x}",
        "b": ["${y}", "z${y}"],
        "c": "${x}",
    }


def test_span_is_where_the_scalar_stands() -> None:
    text = "é: ${x}\nkey: 'secret' # so\n"
    tree = parse(text, "x")
    assert isinstance(tree, Mapping)
    value = tree.items[1][1]
    assert isinstance(value, Scalar) and text[slice(*value.span)] == "'secret'"


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (laughs(9), f"at most {yaml12.MAX_NODES} values, aliases followed"),
        ("a: " + "[" * 500, f"at most {yaml12.MAX_DEPTH} levels deep"),
        ("a: " + "{b: " * 60 + "1" + "}" * 60, f"at most {yaml12.MAX_DEPTH} levels deep"),
        ("x" * (yaml12.MAX_CHARACTERS + 1), "at most 1048576 characters"),
        ("a: &x {b: *x}", "no finished anchor"),
        ("", "the recipe is empty"),
        ("# nothing\n", "the recipe is empty"),
    ],
    ids=["laughs", "deep list", "deep mapping", "long", "itself", "empty", "comment"],
)
def test_bounds(text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        parse(text, "x")


def test_depth_counts_through_aliases() -> None:
    nested = "\n".join(["a0: &a0 [1]", *(f"a{at}: &a{at} [*a{at - 1}]" for at in range(1, 60))])
    with pytest.raises(RecipeError, match="levels deep"):
        parse(nested, "x")


def test_syntax_errors_quote_no_text() -> None:
    with pytest.raises(RecipeError) as caught:
        parse("api_key: sk-secret: [\n", "x")
    assert "sk-secret" not in str(caught.value) and str(caught.value).startswith("x:1: not YAML")


@given(
    st.text(
        alphabet=st.sampled_from(list("ab:{}[]#&*!|>'\"%@`-? ,\n\t\\xUu0f~<=${}\x00\x85\u2028é\ud800")), max_size=60
    )
)
def test_any_text_gives_a_tree_or_a_recipe_error(text: str) -> None:
    try:
        plain(parse(text, "x"))
    except RecipeError as error:
        assert error.problems


@given(
    st.recursive(
        st.text(alphabet=st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
        max_leaves=12,
    )
)
def test_quoted_json_is_read_as_it_is(data: Any) -> None:
    import json

    assert plain(parse(json.dumps(data), "x")) == data


@pytest.mark.parametrize(
    "text", ['"\U000fff01\U000fff02"', r'"\U000FFF01\U000fff02"', r'"\udbbf\udf01\udbbf\udf02"', "\U000fff01\U000fff02"]
)
def test_characters_that_stand_for_variables_in_here_are_text(text: str) -> None:
    assert plain(parse(f"{text}\n", "x")) == "\U000fff01\U000fff02"
    assert plain(parse(f"[{text}, '${{a}}']\n", "x")) == ["\U000fff01\U000fff02", "${a}"]
