"""QAlign's second stage and its baselines, over rows of the published shapes that were written for this test."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("Rephrased", "AnsAug", "FOBAR", "SV")
METAMATH = [
    {
        "query": f"Tom has {n // 2} pens and buys 3 more. How many pens does he have?",
        "response": f"Tom has {n // 2} + 3 = {n // 2 + 3} pens, told way {n % 2}.\n#### {n // 2 + 3}\n"
        f"The answer is: {n // 2 + 3}",
        "original_question": f"Tom has {n // 2} pens.",
        "type": f"GSM_{KINDS[n % 4]}",
    }
    for n in range(20)
]
QUESTIONS = {
    "en": "Ann has {n} apples. How many?",
    "sw": "Ann ana tufaha {n}. Ngapi?",
    "zh": "安有{n}个苹果。有多少个?",
    "bn": "অ্যানের {n}টি আপেল আছে। কয়টি?",
    "de": "Ann hat {n} Äpfel. Wie viele?",
    "es": "Ann tiene {n} manzanas. ¿Cuántas?",
    "fr": "Ann a {n} pommes. Combien ?",
    "ja": "アンはりんごを{n}個持っています。何個ですか?",
    "ru": "У Энн {n} яблок. Сколько?",
    "th": "แอนมีแอปเปิ้ล {n} ลูก มีกี่ลูก",
}
SPANISH = {
    "question": "Henry took 9 English tests. How many?",
    "answer": "Henry hizo nueve exámenes de inglés.\n#### 9",
}


def item(lang: str, n: int) -> dict[str, str]:
    return {"question": QUESTIONS[lang].format(n=n), "answer": f"{QUESTIONS[lang].format(n=n)}\n#### {n}"}


def both_sides(folder: Path, dataset: str) -> Counter[tuple[str, ...]]:
    made = rows(folder, dataset, "train")
    assert {(row["input"], row["template"]) for row in made} == {("", "qalign.response")}
    return Counter((row["input_lang"], row["output_lang"], row["instruction"], row["output"]) for row in made)


@pytest.fixture(scope="module")
def stage2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage2")
    (folder / "metamath.json").write_text(json.dumps(METAMATH), "utf-8")
    words = ["--set", f"metamath={folder / 'metamath.json'}", "--set", "group=original_question"]
    assert main(["run", str(ROOT / "configs" / "qalign_stage2.yaml"), *words, "--output", str(folder / "out")]) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def baselines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("baselines")
    for lang in QUESTIONS:
        items = [item(lang, n) for n in range(2)] + [SPANISH] * (lang == "en")
        path = folder / "gsm8kinstruct" / lang / "train.txt"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(each) + "\n" for each in items), "utf-8")  # ASCII, as published
    words = ["--set", f"data={folder}", "--output", str(folder / "out")]
    assert main(["run", str(ROOT / "configs" / "qalign_baselines.yaml"), *words]) == 0
    return folder / "out"


def test_stage_two_is_all_of_metamath_as_it_is(stage2: Path) -> None:
    expected = Counter(("en", "en", each["query"], each["response"]) for each in METAMATH)
    assert both_sides(stage2, "stage2") == expected
    assert len({row["group"] for row in rows(stage2, "stage2", "train")}) == 10, "by the original question"
    assert list(manifest(stage2)["datasets"]["stage2"]["splits"]) == ["train"]
    assert rejects(stage2) == []


def test_translate_training_is_all_ten_languages(baselines: Path) -> None:
    expected = Counter((lang, lang, *item(lang, n).values()) for lang in QUESTIONS for n in range(2))
    expected[("en", "en", *SPANISH.values())] += 1
    assert both_sides(baselines, "translate_training") == expected
    langs = [row["output_lang"] for row in rows(baselines, "translate_training", "train")]
    assert len(set(langs[:10])) > 4, "languages stand side by side"


def test_english_alone_is_published_or_clean(baselines: Path) -> None:
    expected = Counter(("en", "en", *item("en", n).values()) for n in range(2))
    assert both_sides(baselines, "english_only_clean") == expected
    expected[("en", "en", *SPANISH.values())] += 1
    assert both_sides(baselines, "english_only") == expected
    (lost,) = rejects(baselines)
    assert (lost["stream"], lost["reason"], lost["detail"][:10]) == ("clean_english", "language:other", "output: es")


def test_they_load_and_are_as_agreed(stage2: Path, baselines: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(stage2)
    check_recipe(baselines)
