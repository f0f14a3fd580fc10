"""Translate-train with a neural engine, over published questions."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, splits, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
ROWS = 20


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translate_train") / "out"
    words = ["--set", f"data={shared}", "--set", "validation=0.2", "--limit", ROWS, "--output", folder]
    output_of("run", ROOT / "configs" / "translate_train.yaml", *words, cwd=ROOT)
    return folder


def test_originals_are_published_and_translations_beside_them(shared: Path, made: Path) -> None:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        published = [json.loads(next(file)) for _ in range(ROWS)]
    both = [row for each in splits(made, "translate_train_all").values() for row in each]
    english = {row["group"]: row for row in both if row["output_lang"] == "en"}
    assert {(row["instruction"], row["input"], row["output"]) for row in english.values()} == {
        (item["question"], "", item["answer"]) for item in published
    }
    translated = steps(made, "translated")["format"]["out"]
    assert Counter((row["input_lang"], row["output_lang"]) for row in both) == {
        ("en", "en"): ROWS,
        ("pt", "pt"): translated,
    }
    assert translated >= 14
    assert translated + len(rejects(made)) == ROWS
    for row in both:
        original = english[row["group"]]
        assert row["output"].splitlines()[-1] == original["output"].splitlines()[-1]
        assert row["output"].count("<<") == original["output"].count("<<")
        assert (row["instruction"] == original["instruction"]) == (row["output_lang"] == "en")


def test_translations_alone_are_the_same_translations(made: Path) -> None:
    alone = [row for each in splits(made, "translate_train").values() for row in each]
    both = [row for each in splits(made, "translate_train_all").values() for row in each]
    assert {row["id"]: row for row in alone} == {row["id"]: row for row in both if row["output_lang"] == "pt"}
    assert {row["origin"] for row in alone} == {"mt:mt"}
    draws = manifest(made)["datasets"]["translate_train"]["draws"]["translated"]
    assert (draws["drawn"], draws["unused"]) == (draws["available"], 0)


def test_a_question_and_its_translation_are_in_one_split(made: Path) -> None:
    where: dict[str, set[str]] = {}
    for split, found in splits(made, "translate_train_all").items():
        for row in found:
            where.setdefault(row["group"], set()).add(split)
    assert {len(names) for names in where.values()} == {1}
    assert len(where) == ROWS


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
