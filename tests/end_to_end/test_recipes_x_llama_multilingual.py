"""x-LLaMA in all its languages, over twenty rows of each in the published layout; the budget is divided here too."""

import csv
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from outputs import manifest, rows

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ar", "el", "hi", "tr", "vi", "zh")
ROWS = {"zh": 9}  # and 20 of the others
BUDGET, FLOOR = 60, 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m_llama")
    (folder / "alpaca").mkdir()
    for lang in ("en", *LANGUAGES):
        items = [{"instruction": f"Count ({lang}).", "input": f"{n}", "output": f"{n + 1} {lang}"} for n in range(20)]
        (folder / "alpaca" / f"alpaca_{lang}.json").write_text(json.dumps(items), "utf-8")
    for lang in LANGUAGES:
        pairs = folder / "translation" / "ncwm" / f"en-{lang}"
        pairs.mkdir(parents=True)
        for side in ("en", lang):
            lines = [f" Sentence {n} of {lang}, in {side}. \n" for n in range(ROWS.get(lang, 20))]
            (pairs / f"train.{side}").write_text("".join(lines), "utf-8")
    values = {"data": folder, "budget": BUDGET, "floor": FLOOR}
    words = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    recipe = ROOT / "configs" / "x_llama_multilingual.yaml"
    assert main(["run", str(recipe), *words, "--output", str(folder / "out")]) == 0
    return folder / "out"


def divided_by_hand() -> dict[str, int]:
    """Give one pair after the other to the language whose expected score it raises most."""
    points: dict[str, list[tuple[float, float]]] = {}
    with (ROOT / "configs" / "sample" / "scaling_points.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            points.setdefault(row["language"], []).append((float(row["pairs"]), float(row["score"])))
    laws = {}
    for lang in LANGUAGES:
        x, y = np.array(points[lang]).T
        slope, constant = np.polyfit(np.log(x), np.log(100 - y), 1)
        laws[lang] = lambda n, slope=slope, constant=constant: 100 - np.exp(constant) * n**slope
    pairs = dict.fromkeys(LANGUAGES, FLOOR)
    while sum(pairs.values()) < BUDGET:
        open_ = [lang for lang in LANGUAGES if pairs[lang] < ROWS.get(lang, 20)]
        best = max(open_, key=lambda lang: laws[lang](pairs[lang] + 1) - laws[lang](pairs[lang]))
        pairs[best] += 1
    return pairs


def test_the_budget_goes_where_it_helps_most(made: Path) -> None:
    dataset = manifest(made)["datasets"]["translation"]
    drawn = {name.removeprefix("translation_"): each["drawn"] for name, each in dataset["draws"].items()}
    told = dataset["allocation"]
    assert drawn == {lang: each["pairs"] for lang, each in told["languages"].items()}
    assert sum(drawn.values()) == BUDGET
    assert told["kkt_residual"] < 1e-9
    for lang, pairs in divided_by_hand().items():
        assert abs(drawn[lang] - pairs) <= 1, lang
    assert max(drawn.values()) - min(drawn.values()) >= 3, "languages differ, or nothing is tested"
    assert drawn == Counter(row["output_lang"] for row in rows(made, "translation", "train"))


def test_translation_tasks_have_the_new_language_on_the_target_side(made: Path) -> None:
    for row in rows(made, "translation", "train"):
        assert (row["input_lang"], row["template"].partition("/")[0]) == ("en", "x_llama.translation")
        assert row["input"].endswith("in en.")
        assert row["output"].endswith(f"in {row['output_lang']}.")


def test_all_together_is_the_three_ingredients_whole(made: Path) -> None:
    tasks = Counter((row["task"], row["output_lang"]) for row in rows(made, "m_llama", "train"))
    expected = {("instruction", lang): 20 for lang in ("en", *LANGUAGES)}
    expected |= {("translation", lang): ROWS.get(lang, 20) for lang in LANGUAGES}
    assert tasks == expected
    instructions = Counter(row["output_lang"] for row in rows(made, "instructions", "train"))
    assert instructions == dict.fromkeys(("en", *LANGUAGES), 20)


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
