"""Self-Translate-Train from published questions, by an endpoint with a neural engine behind it: lines are asked for
once, and what comes out is in both languages, and in the two crossed."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import manifest, rejects, rows, steps

from tests.end_to_end.running import output_of
from tests.fakes.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "configs" / "self_translate_train.yaml"
ROWS = 20
ENDPOINT = {"translate": "firefox"}


@pytest.fixture(scope="module")
def made(shared: Path, server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("self_translate_train") / "out"
    values = {"data": shared, "endpoint": server.url, "model": "trained", "language": "pt"}
    words = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    output_of("run", RECIPE, *words, "--limit", ROWS, "--output", folder, cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def published(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(next(file)) for _ in range(ROWS)]


def languages(made: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return how many rows there are by the languages of question and answer."""
    return Counter((row["input_lang"], row["output_lang"]) for row in made)


def test_originals_and_translations_are_mixed_whole(made: Path, published: list[dict[str, str]]) -> None:
    mixed = rows(made, "self_translate_train", "train")
    english = {(row["instruction"], row["output"]) for row in mixed if row["output_lang"] == "en"}
    assert english == {(row["question"], row["answer"]) for row in published}
    translated = steps(made, "translated")["keep"]["out"]
    assert languages(mixed) == {("en", "en"): ROWS, ("pt", "pt"): translated}
    assert translated >= 17
    turns = [row["output_lang"] for row in mixed]
    assert {"en", "pt"} == set(turns[: ROWS // 2]) == set(turns[-ROWS // 2 :]), "the two stand side by side"
    draws = manifest(made)["datasets"]["self_translate_train"]["draws"]
    assert {name: (one["drawn"], one["unused"]) for name, one in draws.items()} == {
        "original": (ROWS, 0),
        "translated": (translated, 0),
    }


def test_what_is_crossed_has_one_side_translated(made: Path) -> None:
    mixed = rows(made, "code_switched", "train")
    found = languages(mixed)
    assert found["en", "en"] == ROWS
    assert found["pt", "pt"] == steps(made, "translated")["keep"]["out"]
    assert found["pt", "en"] + found["en", "pt"] == steps(made, "crossed")["keep"]["out"]
    assert min(found["pt", "en"], found["en", "pt"]) >= 17
    assert len({row["id"] for row in mixed}) == len(mixed)
    english = {row["group"]: row for row in mixed if (row["input_lang"], row["output_lang"]) == ("en", "en")}
    for row in mixed:
        original = english[row["group"]]
        assert (row["instruction"] == original["instruction"]) == (row["input_lang"] == "en")
        assert (row["output"] == original["output"]) == (row["output_lang"] == "en")


def test_translations_are_the_models_own_and_keep_the_answer(made: Path) -> None:
    mixed = rows(made, "code_switched", "train")
    answers = {row["group"]: row["output"] for row in mixed if row["origin"] == "human"}
    translated = [row for row in mixed if "pt" in (row["input_lang"], row["output_lang"])]
    assert {row["origin"] for row in translated} == {"llm:self"}
    for row in translated:
        assert row["output"].splitlines()[-1] == answers[row["group"]].splitlines()[-1]
        assert row["output"].count("<<") == answers[row["group"]].count("<<")
        assert row["license"] == "mit"


def test_every_line_is_asked_once_and_every_example_is_accounted_for(made: Path, server: Endpoint) -> None:
    usage = manifest(made)["translation"]["self"]["pt"]
    stats, log = server.stats(), server.log()
    assert stats["requests"] == usage["requests"]
    assert stats["statuses"] == {"200": stats["requests"]}
    assert (stats["prompt_tokens"], stats["completion_tokens"]) == (usage["input_tokens"], usage["output_tokens"])
    assert usage["unique"] == usage["asked"] + usage["from_memory"]
    assert usage["asked"] >= ROWS
    assert not any(one["text"].startswith("####") or "<<" in one["text"] for one in log)
    for stream in ("translated", "questions", "answers", "crossed"):
        for step in steps(made, stream).values():
            assert step["in"] == step["out"] + sum(step["rejected"].values()), (stream, step["step"])
    assert all(row["reason"] for row in rejects(made))


def test_the_prompt_shows_how_and_a_line_is_all_that_is_translated(server: Endpoint, made: Path) -> None:
    for sent in server.log():
        assert sent["prompt"] > 150, "four examples are before the text"
        assert "\n" not in sent["text"]


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
