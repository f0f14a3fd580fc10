"""Question answering in two languages: rows of the published XQuAD, which is an evaluation set, for this test alone."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, splits

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
ITEMS = 40


def items(shared: Path, lang: str) -> list[dict]:
    """Return the first items as SQuAD has them on the Hub, a question a row."""
    data = json.loads(gzip.decompress((shared / "xquad" / f"xquad.{lang}.json.gz").read_bytes()))["data"]
    return [
        {"id": each["id"], "context": paragraph["context"], "question": each["question"],
         "answers": {"text": [answer["text"] for answer in each["answers"]]}}
        for article in data for paragraph in article["paragraphs"] for each in paragraph["qas"]
    ][:ITEMS]  # fmt: skip


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("question_answering")
    for lang in ("en", "zh"):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in items(shared, lang))
        (folder / f"qa.{lang}.jsonl").write_text(text, "utf-8")
    words = ["--set", f"data={folder}", "--set", "validation=0.2", "--output", folder / "out"]
    output_of("run", ROOT / "configs" / "question_answering.yaml", *words, cwd=ROOT)
    return folder / "out"


def test_each_language_is_asked_in_its_own_words(shared: Path, made: Path) -> None:
    expected = {
        (
            "Answer the final question with following context",
            f"Context: {row['context'].strip()}\nQuestion: {row['question'].strip()}\nAnswer: ",
            row["answers"]["text"][0].strip(),
        )
        for row in items(shared, "en")
    } | {
        (
            "请根据以下段落，回答问题",
            f"段落: {row['context'].strip()}\n问题: {row['question'].strip()}\n答案: ",
            row["answers"]["text"][0].strip(),
        )
        for row in items(shared, "zh")
    }
    found = [row for each in splits(made, "question_answering").values() for row in each]
    assert len(found) == 2 * ITEMS
    assert {(row["instruction"], row["input"], row["output"]) for row in found} == expected
    assert {(row["template"], row["output_lang"]) for row in found} == {
        ("x_llama_qa.en", "en"),
        ("x_llama_qa.zh", "zh"),
    }


def test_an_item_and_its_translation_fall_on_the_same_side(shared: Path, made: Path) -> None:
    sides = splits(made, "question_answering")
    groups = {name: [row["group"] for row in each] for name, each in sides.items()}
    assert not set(groups["train"]) & set(groups["validation"])
    assert len(groups["validation"]) >= 4
    for each in groups.values():
        assert all(each.count(group) == 2 for group in each)
    draws = manifest(made)["datasets"]["question_answering"]["draws"]
    assert draws["in_english"]["drawn"] == draws["in_the_language"]["drawn"] == len(groups["train"]) // 2


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
