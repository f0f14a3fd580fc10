"""Data for multilingual process reward models: published solutions as steps, with labels made for this test."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import rejects, rows, steps

from pipeline.cli import main
from tests.fakes.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[2]
ROWS = 20
ENDPOINT = {"translate": "firefox"}


def items(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        published = [json.loads(next(file)) for _ in range(ROWS)]
    made = []
    for number, each in enumerate(published):
        lines = each["answer"].split("\n")
        labels = ["+" if at < number % 5 or number % 3 else "-" for at in range(len(lines))]
        made.append({"question": each["question"], "steps": each["answer"], "labels": "\n".join(labels)})
    return made


@pytest.fixture(scope="module")
def made(shared: Path, server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prm")
    text = "".join(json.dumps(each) + "\n" for each in items(shared))
    (folder / "items.jsonl").write_text(text, "utf-8")
    values = {"items": folder / "items.jsonl", "endpoint": server.url, "languages": "[pt]"}
    words = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    recipe = ROOT / "configs" / "multilingual_prm.yaml"
    assert main(["run", str(recipe), *words, "--output", str(folder / "out")]) == 0
    return folder / "out"


def by_language(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows(folder, "multilingual_prm", "train"):
        found.setdefault(row["input_lang"], {})[row["group"]] = row
    return found


def test_english_items_stay_as_they_are(shared: Path, made: Path) -> None:
    english = Counter((r["instruction"], r["input"], r["output"]) for r in by_language(made)["en"].values())
    assert english == Counter(tuple(each.values()) for each in items(shared))


def test_each_step_keeps_its_label(made: Path) -> None:
    found = by_language(made)
    assert found.keys() == {"en", "pt"}
    assert len(found["pt"]) == steps(made, "translated")["keep"]["out"] >= 13
    for group, row in found["pt"].items():
        english = found["en"][group]
        assert row["output"] == english["output"]
        assert row["output_lang"] == "zxx"
        assert row["instruction"] != english["instruction"]
        lines, originals = row["input"].split("\n"), english["input"].split("\n")
        assert len(lines) == len(row["output"].split("\n")) == len(originals)
        for line, original in zip(lines, originals, strict=True):
            marks = [[part.partition(">>")[0] for part in text.split("<<")[1:]] for text in (line, original)]
            assert marks[0] == marks[1], "the same step, by what it calculates"
    assert len(found["pt"]) + len(rejects(made)) == ROWS


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
