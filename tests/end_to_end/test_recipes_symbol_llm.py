"""Symbol-LLM's two stages: 20 symbolic rows written for this test, and Self-Instruct's published seed tasks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rows, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
SQL = "Translate the question into SQL over the table shop(name, price)."
LOGIC = "Translate the sentence into first-order logic."
SYMBOLS = [
    *((SQL, f"What costs more than {n}?", f"SELECT name FROM shop WHERE price > {n}") for n in range(10)),
    *(
        (LOGIC, f"Every {a} is a {b}.", f"∀x ({a.title()}(x) → {b.title()}(x))")
        for a in ("cat", "dog")
        for b in "vwxyz"
    ),
]


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("symbol_llm")
    named = [dict(zip(("instruction", "input", "output"), row, strict=True)) for row in [*SYMBOLS, SYMBOLS[0]]]
    (folder / "symbolic.jsonl").write_text("".join(json.dumps(row) + "\n" for row in named), "utf-8")
    words = ["--set", f"data={shared}", "--set", f"symbolic={folder / 'symbolic.jsonl'}", "--set", "general_share=4"]
    output_of("run", ROOT / "configs" / "symbol_llm.yaml", *words, "--output", folder / "out", cwd=ROOT)
    return folder / "out"


def test_injection_is_symbolic_alone(made: Path) -> None:
    injected = rows(made, "injection", "train")
    assert sorted((row["instruction"], row["input"], row["output"]) for row in injected) == sorted(SYMBOLS)
    assert {row["task"] for row in injected} == {"symbolic"}
    assert steps(made, "symbols")["deduplicate"]["rejected"] == {"duplicate": 1}


def test_infusion_mixes_both_in_the_given_shares(shared: Path, made: Path) -> None:
    infused = rows(made, "infusion", "train")
    seeds = [json.loads(line) for line in (shared / "self_instruct" / "seed_tasks.jsonl").open(encoding="utf-8")]
    general = {(row["instruction"], row["instances"][0]["input"], row["instances"][0]["output"]) for row in seeds}
    assert len(seeds) == 175
    found = [(row["instruction"], row["input"], row["output"]) for row in infused]
    assert set(found[:5]) & set(SYMBOLS), "from the beginning"
    assert sum(row in SYMBOLS for row in found) == 20
    assert sum(row in general for row in found) == 82, "the most of which 20 are a fifth, rounded"
    assert len(set(found)) == len(found) == 102
    draws = manifest(made)["datasets"]["infusion"]["draws"]
    assert (draws["symbols"]["unused"], draws["instructions"]["unused"]) == (0, 93)


def test_the_trainer_has_the_same_three_fields_for_all(made: Path) -> None:
    for name in ("injection", "infusion"):
        (file,) = (made / "data" / name).glob("*.jsonl")
        lines = [json.loads(line) for line in file.open(encoding="utf-8")]
        kept = [{key: row[key] for key in ("instruction", "input", "output")} for row in rows(made, name, "train")]
        assert lines == kept


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
