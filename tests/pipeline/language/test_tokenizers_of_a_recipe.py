"""Tokenizers of the Hub: asked for their commit before a run, by a Hub that is faked here."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest

from pipeline.errors import RecipeError
from pipeline.language.tokenizers import with_pinned
from pipeline.recipe import load
from tests.fakes import tokenizer_files
from transforms.tokens import loading

COMMIT = "0123456789abcdef0123456789abcdef01234567"

RECIPE = """
sources:
  a: {jsonl: a.jsonl, lang: en}
streams:
  s: {from: a, steps: [keep: {max_tokens: {limit: 9, tokenizer: "hub:owner/name@v1"}}]}
datasets:
  d: {mix: {s: 1}, unit: tokens, tokenizer: "hub:owner/name"}
output: out
"""


class Hub:
    """Knows one repository."""

    def model_info(self, repo: str, revision: str | None) -> Any:
        assert repo == "owner/name"
        if revision not in (None, "v1"):
            raise OSError(f"no revision {revision}")
        return SimpleNamespace(sha=COMMIT)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path / "recipe.yaml"


def test_a_run_pins_the_commit(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "HfApi", None)  # which loading a recipe doesn't ask
    loaded = load(str(recipe), {}, {})
    assert loaded.datasets["d"].tokenizer == "hub:owner/name"
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    pinned = with_pinned(loaded)
    named = f"hub:owner/name@{COMMIT}"
    assert pinned.datasets["d"].tokenizer == named
    assert pinned.streams["s"].steps[0].step["max_tokens"].tokenizer == named
    assert pinned.streams["s"].steps[0].step["max_tokens"].content() == named
    assert with_pinned(pinned) == pinned


def test_the_file_of_that_commit_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer_files.save(tokenizer_files.sentencepiece_like(), tmp_path)

    def download(repo: str, name: str, revision: str) -> str:
        assert (repo, name, revision) == ("owner/name", "tokenizer.json", COMMIT)
        return str(tmp_path / name)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert loading.load(f"hub:owner/name@{COMMIT}").lengths(["the cats"]).tolist() == [3]


def test_what_the_hub_does_not_know_is_a_mistake_in_the_recipe(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    recipe.write_text(RECIPE.replace("@v1", "@v2"))
    with pytest.raises(RecipeError, match=r"recipe\.yaml: hub:owner/name@v2 can't be found: no revision v2"):
        with_pinned(load(str(recipe), {}, {}))
