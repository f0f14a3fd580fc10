"""SLAM's one stage: questions and solutions put into English, from published word problems."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
ROWS = 15
ASKED = "Translate the following sentences from Portuguese to English. "


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slam") / "out"
    words = ["--set", f"data={shared}", "--limit", ROWS, "--output", folder]
    output_of("run", ROOT / "configs" / "slam.yaml", *words, cwd=ROOT)
    return folder


def test_questions_and_solutions_go_back_into_english(shared: Path, made: Path) -> None:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        published = [json.loads(next(file)) for _ in range(ROWS)]
    mixed = rows(made, "slam", "train")
    english = {
        "question": {item["question"] for item in published},
        "translation": {item["answer"] for item in published},
    }
    for row in mixed:
        assert row["instruction"].startswith(ASKED)
        assert row["instruction"] != ASKED + row["output"]
        assert row["output"] in english[row["task"]]
        assert (row["input"], row["input_lang"], row["output_lang"]) == ("", "pt", "en")
    tasks = Counter(row["task"] for row in mixed)
    assert tasks == {
        "question": steps(made, "questions")["format"]["out"],
        "translation": steps(made, "answers")["format"]["out"],
    }
    assert min(tasks.values()) >= 10
    assert len({row["group"] for row in mixed}) <= ROWS


def test_every_pair_is_accounted_for(made: Path) -> None:
    kept = steps(made, "translated")["keep"]
    assert kept["out"] + len(rejects(made)) == ROWS
    draws = manifest(made)["datasets"]["slam"]["draws"]
    assert {name: (draw["drawn"], draw["unused"]) for name, draw in draws.items()} == {
        "questions": (kept["out"], 0),
        "answers": (kept["out"], 0),
    }


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
