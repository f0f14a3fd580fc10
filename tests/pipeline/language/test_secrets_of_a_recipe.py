"""Secrets work, and are shown nowhere."""

import json

import pytest
from small_recipe import SMALL, Load, changed

from pipeline.check import as_json, describe
from pipeline.errors import RecipeError

pytestmark = pytest.mark.usefixtures("parts")


SECRET = "sk-very-secret-31415"


@pytest.mark.parametrize(
    "broken",
    [
        "base_url: '${api_key}'",
        "base_url: 'https://x?k=${api_key}', concurrency: '${api_key}'",
        "api_key: ${api_key}",
        "extra: '${header}'",
        "'${api_key}': 3",
        "price: {input: '${header}', output: 1}",
        "extra: {${api_key}: [1}",
        "extra: {a: *${api_key}}",
        "concurrency: ${api_key}${api_key}${api_key}${api_key}",
    ],
)
@pytest.mark.parametrize("place", ["vars", "set", "env"])
def test_no_message_shows_a_secret(loaded: Load, broken: str, place: str) -> None:
    declared = f"api_key: {SECRET}, " if place == "vars" else ""
    text = (
        f"vars: {{{declared}header: 'Bearer ${{api_key}}'}}\nengines:\n  e: {{openai: {{model: m, {broken}}}}}\n"
        + SMALL
    )
    given = (
        {"settings": {"api_key": SECRET}}
        if place == "set"
        else {"environ": {"api_key": SECRET}}
        if place == "env"
        else {}
    )
    with pytest.raises(RecipeError) as caught:
        loaded(text, **given)
    assert SECRET not in str(caught.value) and SECRET[:12] not in str(caught.value)
    assert SECRET not in repr(caught.value.problems)


def test_a_secret_is_no_name(loaded: Load) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded(f"vars: {{key: {SECRET}}}\n" + changed("  s: {from: a}", "  ${key}: {from: a}"))
    assert str(caught.value) == "recipe.yaml:6: streams.${key}: a secret can't be part of a name: names are shown"


def test_secrets_work_but_are_not_shown(loaded: Load) -> None:
    text = f"vars: {{api_key: {SECRET}, my_token: ab}}\nengines:\n"
    text += (
        "  e: {openai: {model: m, base_url: 'https://x?k=${api_key}', api_key: 'env:KEY', extra: {token: tok-123}}}\n"
    )
    recipe = loaded(text + SMALL + "runner: {sas_token: tok-456, more_token: [tok-789]}\n")
    assert recipe.engines["e"].base_url == f"https://x?k={SECRET}"
    assert recipe.runner == {"sas_token": "tok-456", "more_token": ["tok-789"]}
    shown = (
        recipe.text
        + json.dumps(recipe.resolved)
        + describe(recipe)
        + json.dumps(as_json(recipe))
        + str(recipe.warnings)
    )
    for secret in (SECRET, "tok-123", "tok-456", "tok-789", "my_token: ab"):
        assert secret not in shown
    assert 'vars: {api_key: "***", my_token: "***"}' in recipe.text
    assert recipe.resolved["engines"]["e"]["openai"]["base_url"] == "https://x?k=***"
    assert recipe.resolved["engines"]["e"]["openai"]["api_key"] == "env:KEY"
