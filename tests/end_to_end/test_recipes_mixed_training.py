"""Mixed training: every batch holds English word problems and a few of other languages, written for this test."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rows

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
SHOTS = {
    "de": "Anna hat {} Äpfel und kauft {}. Wie viele hat sie?",
    "es": "Ana tiene {} manzanas y compra {}. ¿Cuántas tiene?",
    "sw": "Ana ana matofaa {} na ananunua {}. Ana mangapi?",
    "zh": "安娜有{}个苹果，又买了{}个。她有几个？",
}
BATCH, ENGLISH, FEW, BATCHES = 16, 14, 2, 25


def few_shots() -> list[dict[str, str]]:
    return [
        {"question": text.format(n, n + 2), "answer": f"{n} + {n + 2} = {2 * n + 2}\n#### {2 * n + 2}", "lang": lang}
        for lang, text in SHOTS.items()
        for n in range(5)
    ]


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixed_training")
    (folder / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in few_shots()), "utf-8")
    values = {
        "source": shared / "gsm8k" / "train.jsonl.gz",
        "target": folder / "few.jsonl",
        "from_source": ENGLISH,
        "from_target": FEW,
        "total": BATCH * BATCHES,
        "epochs": 3,
    }
    settings = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    recipe = ROOT / "configs" / "mixed_training.yaml"
    output_of("run", recipe, *settings, "--limit", 400, "--output", folder / "out", cwd=ROOT)
    return folder / "out"


def test_every_batch_holds_so_many_of_both(made: Path) -> None:
    languages = [row["input_lang"] for row in rows(made, "mixed_training", "train")]
    assert len(languages) == BATCH * BATCHES
    for start in range(0, len(languages), BATCH):
        batch = Counter("en" if lang == "en" else "other" for lang in languages[start : start + BATCH])
        assert batch == {"en": ENGLISH, "other": FEW}


def test_the_few_come_in_epochs_and_english_once(shared: Path, made: Path) -> None:
    mixed = rows(made, "mixed_training", "train")
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        published = {(row["question"], row["answer"]) for row in (json.loads(next(file)) for _ in range(400))}
    english = [(row["instruction"], row["output"]) for row in mixed if row["input_lang"] == "en"]
    assert len(set(english)) == len(english) == ENGLISH * BATCHES
    assert set(english) <= published
    target = [(row["instruction"], row["output"], row["output_lang"]) for row in mixed if row["input_lang"] != "en"]
    shots = {tuple(row.values()) for row in few_shots()}
    assert set(target[:20]) == set(target[20:40]) == shots
    assert target[:20] != target[20:40]
    draws = manifest(made)["datasets"]["mixed_training"]["draws"]
    assert draws["source"] == {"available": 400, "drawn": 350, "epochs": 0.875, "unused": 50}
    assert draws["target"] == {"available": 20, "drawn": 50, "epochs": 2.5, "unused": 0}


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
