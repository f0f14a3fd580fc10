"""Distilling step-by-step, over twenty items written for this test."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows, splits

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
ITEMS = [
    {
        "input": f"Ada has {n} pens and buys 3 more.\nHow many pens does she have?",
        "label": f"( {n} + 3 )",
        "rationale": f"Ada starts with {n} pens, and 3 are added." if n != 7 else " ",  # which couldn't be read
    }
    for n in range(20)
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distilling")
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ITEMS), "utf-8")
    words = ["--set", f"items={folder / 'items.jsonl'}", "--output", folder / "out"]
    output_of("run", ROOT / "configs" / "distilling.yaml", *words, cwd=ROOT)
    return folder / "out"


def test_every_item_is_two_tasks(made: Path) -> None:
    allowed = {("", f"predict: {item['input']}", item["label"]) for item in ITEMS}
    allowed |= {("", f"explain: {item['input']}", item["rationale"]) for item in ITEMS if item["rationale"] != " "}
    found = [row for each in splits(made, "distilling").values() for row in each]
    texts = {(row["instruction"], row["input"], row["output"]) for row in found}
    assert texts <= allowed
    assert len(texts) == len(found)
    unused = sum(draw["unused"] for draw in manifest(made)["datasets"]["distilling"]["draws"].values())
    assert len(found) + unused == 39
    assert unused <= 1
    assert {(row["task"], row["template"]) for row in found} == {
        ("instruction", "distilling.predict"),
        ("rationale", "distilling.explain"),
    }


def test_both_tasks_have_their_share_all_along(made: Path) -> None:
    tasks = [row["template"] for row in rows(made, "distilling", "train")]
    for end in range(2, len(tasks) + 1, 2):
        assert abs(Counter(tasks[:end])["distilling.predict"] - end / 2) <= 2
    assert abs(2 * tasks.count("distilling.predict") - len(tasks)) <= 1


def test_both_tasks_of_an_item_are_in_one_split(made: Path) -> None:
    groups = [{row["group"] for row in each} for each in splits(made, "distilling").values()]
    assert not set.intersection(*groups) or len(groups) == 1
    assert len(set.union(*groups)) == len(ITEMS)


def test_an_item_without_a_rationale_is_told_of(made: Path) -> None:
    (lost,) = rejects(made)
    assert (lost["stream"], lost["reason"], lost["detail"]) == ("explain", "no_text", "output")


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
