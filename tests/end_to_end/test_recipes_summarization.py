"""Cross-lingual summaries: 20 English texts written for this test, and their summaries, put into Portuguese."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, splits, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ["The baker", "The teacher", "My neighbour", "The farmer", "The doctor"]
PLACES = ["the market", "the old harbour", "the school", "the village"]
ITEMS = [
    {
        "document": f"{who} left the house before sunrise. The road to {where} was wet, and it took two hours. "
        f"At noon it began to rain again, so {who.lower()} stayed at {where} until the evening.",
        "summary": f"{who} spent a rainy day at {where}.",
    }
    for who in PEOPLE
    for where in PLACES
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("summarization")
    (folder / "summaries.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ITEMS), "utf-8")
    words = ["--set", f"data={folder}", "--set", "validation=0.2", "--output", folder / "out"]
    output_of("run", ROOT / "configs" / "summarization.yaml", *words, cwd=ROOT)
    return folder / "out"


def test_texts_stay_english_and_summaries_are_in_both_languages(made: Path) -> None:
    found = [row for each in splits(made, "summarization").values() for row in each]
    english = [(row["input"], row["output"]) for row in found if row["output_lang"] == "en"]
    assert sorted(english) == sorted((item["document"], item["summary"]) for item in ITEMS)
    summaries = {item["document"]: item["summary"] for item in ITEMS}
    translated = [row for row in found if row["output_lang"] == "pt"]
    assert len({row["input"] for row in translated}) == len(translated) >= 16
    for row in translated:
        assert row["instruction"] == "Summarize the following text in Portuguese."
        assert row["output"] != summaries[row["input"]]
        assert (row["input_lang"], row["origin"], row["template"]) == ("en", "mt:mt", "summarization.cross_lingual")
    assert {row["instruction"] for row in found if row["output_lang"] == "en"} == {"Summarize the following text."}
    assert len(translated) + len(rejects(made)) == len(ITEMS)
    assert steps(made, "cross_lingual")["translate"]["out"] == len(ITEMS)


def test_only_summaries_were_translated(made: Path) -> None:
    ((_, numbers),) = manifest(made)["translation"]["mt"].items()
    assert (numbers["unique"], numbers["failed"]) == (len({item["summary"] for item in ITEMS}), 0)


def test_the_summaries_of_a_text_fall_on_the_same_side(made: Path) -> None:
    sides = splits(made, "summarization")
    assert sides["validation"]
    assert not {row["input"] for row in sides["train"]} & {row["input"] for row in sides["validation"]}


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
