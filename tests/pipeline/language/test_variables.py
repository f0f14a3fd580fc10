import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language.variables import MAX_LENGTH, VariableError, Variables, is_secret, used, whole

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True)
PLAIN = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="$"), max_size=12)


def test_settings_beat_vars_beat_the_environment() -> None:
    variables = Variables({"a": "set"}, {"a": "var", "b": "var"}, {"a": "env", "b": "env", "c": "env"})
    assert variables.substitute("${a} ${b} ${c}") == "set var env"


@given(st.lists(st.tuples(PLAIN, NAMES, PLAIN), max_size=5), st.dictionaries(NAMES, PLAIN, max_size=5))
def test_substitution_is_concatenation(pieces: list[tuple[str, str, str]], values: dict[str, str]) -> None:
    values |= {name: value for _, name, value in pieces if name not in values}
    text = "".join(f"{before}${{{name}}}" for before, name, _ in pieces)
    assert Variables({}, values).substitute(text) == "".join(before + values[name] for before, name, _ in pieces)


@given(st.text(alphabet="ab${}", max_size=20))
def test_escaped_text_stands_for_itself(text: str) -> None:
    # `$` before an escape would join it, so that texts such as `$${` are escaped from the left.
    if "$${" not in text:
        assert Variables().substitute(text.replace("${", "$${")) == text


@given(st.text(max_size=20))
def test_text_without_variables_is_left_alone(text: str) -> None:
    if "${" not in text:
        assert Variables().substitute(text) == text


@given(PLAIN)
def test_settings_and_environment_are_taken_as_they_are(value: str) -> None:
    written = "${other} $${ " + value
    assert Variables({"x": written}, {}, {}).substitute("<${x}>") == f"<{written}>"
    assert Variables({}, {}, {"x": written}).substitute("<${x}>") == f"<{written}>"


def test_vars_use_others() -> None:
    assert Variables({"z": "1"}, {"x": "${y}/x", "y": "${z}/y"}, {}).value("x") == "1/y/x"


@pytest.mark.parametrize(
    ("declared", "text", "message"),
    [
        ({"a": "${b}", "b": "${c}", "c": "${b}"}, "${a}", "'b' is defined by itself: b -> c -> b"),
        ({}, "${a}", "'a' is not set by --set, vars or the environment"),
        ({"length": "1"}, "${lenght}", "'lenght' is not set by .*; did you mean 'length'"),
        ({}, "${a b}", re.escape("'${a b}' is no variable")),
        ({}, "${}", re.escape("'${}' is no variable")),
        ({}, "x^${", re.escape("'${' is no variable")),
        ({f"v{at}": f"${{v{at + 1}}}" for at in range(60)}, "${v0}", "through more than 50 others"),
        ({"a": "x" * 1000}, "${a}" * 65, f"longer than {MAX_LENGTH} characters"),
    ],
)
def test_wrong(declared: dict[str, str], text: str, message: str) -> None:
    with pytest.raises(VariableError, match=message):
        Variables({}, declared, {}).substitute(text)


def test_empty_laughs_end_soon() -> None:
    declared = {f"v{at}": f"${{v{at + 1}}}" * 20 for at in range(40)} | {"v40": ""}
    assert Variables({}, declared, {}).value("v0") == ""


def test_secrets_are_masked_through_other_variables() -> None:
    variables = Variables({}, {"api_key": "sk-1", "header": "Bearer ${api_key}", "MyToken": "t"}, {"A_SECRET": "s"})
    assert variables.substitute("${header} ${MyToken} ${A_SECRET}", masked=True) == "Bearer *** *** ***"
    assert variables.substitute("${header} ${MyToken} ${A_SECRET}") == "Bearer sk-1 t s"
    assert "sk-1" not in repr(variables)


@pytest.mark.parametrize(
    ("text", "names", "alone"),
    [
        ("${a}", {"a"}, "a"),
        ("x${a}${b}", {"a", "b"}, ""),
        ("$${a}", set(), ""),
        ("$$${a}", set(), ""),
        ("${", set(), ""),
    ],
)
def test_used(text: str, names: set[str], alone: str) -> None:
    assert used(text) == names and whole(text) == alone


@pytest.mark.parametrize(
    ("name", "secret"), [("key", True), ("OPENAI_API_KEY", True), ("hfToken", True), ("tokens", False), ("lang", False)]
)
def test_is_secret(name: str, secret: bool) -> None:
    assert is_secret(name) is secret
