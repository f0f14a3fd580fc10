"""MathOctopus from published questions: by an endpoint with a neural engine behind it, and by translations of the
questions that are published, which nobody is asked for."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import manifest, rejects, rows, steps

from tests.end_to_end.running import output_of
from tests.fakes.endpoint import Endpoint

ROOT = Path(__file__).resolve().parents[2]
ROWS = 15
ENDPOINT = {"translate": "firefox"}
NAMES = {"en": "English", "pt": "Portuguese", "de": "German"}
PROMPT = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request in "
    "{lang}. Please answer in {lang}.\n\n### Instruction:\n{query}\n\n### Response:"
)
LINES = {  # of the solutions to GSM8K's first two problems, translated for this test
    "Natalia sold 48/2 = <<48/2=24>>24 clips in May.": "Natalia verkaufte im Mai 48/2 = <<48/2=24>>24 Klammern.",
    "Natalia sold 48+24 = <<48+24=72>>72 clips altogether in April and May.": (
        "Natalia verkaufte im April und im Mai zusammen 48+24 = <<48+24=72>>72 Klammern."
    ),
    "Weng earns 12/60 = $<<12/60=0.2>>0.2 per minute.": "Weng verdient 12/60 = $<<12/60=0.2>>0.2 pro Minute.",
    "Working 50 minutes, she earned 0.2 x 50 = $<<0.2*50=10>>10.": (
        "In 50 Minuten Arbeit verdiente sie 0.2 x 50 = $<<0.2*50=10>>10."
    ),
}


@pytest.fixture(scope="module")
def folder(shared: Path, server: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both datasets, one after the other, over one memory."""
    made = tmp_path_factory.mktemp("mathoctopus")
    values = {"data": shared, "endpoint": server.url, "model": "translator", "languages": "[pt]"}
    words = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    for kind in ("parallel", "cross"):
        recipe = ROOT / "configs" / f"mathoctopus_{kind}.yaml"
        output_of("run", recipe, *words, "--limit", ROWS, "--output", made / kind, cwd=ROOT)
    return made


@pytest.fixture(scope="module")
def published(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(next(file)) for _ in range(ROWS)]


def mixed(folder: Path, kind: str) -> list[dict[str, Any]]:
    return rows(folder / kind, f"mathoctopus_{kind}", "train")


def prompt(lang: str, query: str) -> str:
    return PROMPT.replace("{lang}", NAMES[lang]).replace("{query}", query)


def question(row: dict[str, Any]) -> str:
    """Return the question that stands in a row's prompt."""
    return row["instruction"].partition("### Instruction:\n")[2].removesuffix("\n\n### Response:")


@pytest.mark.parametrize("kind", ["parallel", "cross"])
def test_english_is_published_word_for_word(kind: str, folder: Path, published: list[dict[str, str]]) -> None:
    english = {(r["instruction"], r["input"], r["output"]) for r in mixed(folder, kind) if r["output_lang"] == "en"}
    assert english == {(prompt("en", item["question"]), "", item["answer"]) for item in published}


@pytest.mark.parametrize("kind", ["parallel", "cross"])
def test_lines_are_the_published_ones(kind: str, folder: Path) -> None:
    (file,) = (folder / kind / "data" / f"mathoctopus_{kind}").glob("*.jsonl")
    lines = [list(json.loads(line).items()) for line in file.open(encoding="utf-8")]
    assert lines == [[("prompt", row["instruction"]), ("chosen", row["output"])] for row in mixed(folder, kind)]


def test_parallel_has_both_sides_in_the_language(folder: Path) -> None:
    made = mixed(folder, "parallel")
    found = Counter((row["input_lang"], row["output_lang"]) for row in made)
    assert found == {("en", "en"): ROWS, ("pt", "pt"): steps(folder / "parallel", "parallel")["format"]["out"]}
    assert found["pt", "pt"] >= 10
    english = {row["group"]: question(row) for row in made if row["output_lang"] == "en"}
    for row in made:
        assert row["instruction"] == prompt(row["output_lang"], question(row))
        assert (question(row) == english[row["group"]]) == (row["output_lang"] == "en")


def test_cross_asks_in_english_for_an_answer_in_the_language(folder: Path, published: list[dict[str, str]]) -> None:
    made = mixed(folder, "cross")
    found = Counter((row["input_lang"], row["output_lang"]) for row in made)
    assert found == {("en", "en"): ROWS, ("en", "pt"): steps(folder / "cross", "cross")["format"]["out"]}
    assert found["en", "pt"] >= 10
    for row in made:
        assert row["instruction"] == prompt(row["output_lang"], question(row))
    assert {question(row) for row in made} == {item["question"] for item in published}


@pytest.mark.parametrize("kind", ["parallel", "cross"])
def test_formulas_and_answers_are_kept(kind: str, folder: Path) -> None:
    made = mixed(folder, kind)
    english = {row["group"]: row["output"] for row in made if row["output_lang"] == "en"}
    for row in made:
        original = english[row["group"]]
        assert row["output"].splitlines()[-1] == original.splitlines()[-1]
        assert [part.partition(">>")[0] for part in row["output"].split("<<")[1:]] == [
            part.partition(">>")[0] for part in original.split("<<")[1:]
        ]


def test_what_parallel_asked_for_cross_remembers(folder: Path) -> None:
    (first,) = manifest(folder / "parallel")["translation"]["translator"].values()
    (then,) = manifest(folder / "cross")["translation"]["translator"].values()
    assert first["asked"] > ROWS
    assert (then["asked"], then["from_memory"]) == (0, then["unique"])


@pytest.mark.parametrize("kind", ["parallel", "cross"])
def test_every_example_is_accounted_for(kind: str, folder: Path) -> None:
    lost = sum(sum(step["rejected"].values()) for step in steps(folder / kind, kind).values())
    assert lost == len(rejects(folder / kind))
    assert len(mixed(folder, kind)) == 2 * ROWS - lost


@pytest.mark.parametrize("kind", ["parallel", "cross"])
def test_it_loads_and_is_as_agreed(kind: str, folder: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(folder / kind)


def test_published_questions_come_from_the_memory(
    shared: Path, tmp_path: Path, published: list[dict[str, str]]
) -> None:
    for lang, lines in (("en", LINES.keys()), ("de", LINES.values())):
        (tmp_path / f"solutions.{lang}").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    pairs = shared / "gsm8kinstruct_question" / "de-en"
    solutions_too = [tmp_path / "solutions.en", tmp_path / "solutions.de"]
    for files in ([pairs / "train.en.gz", pairs / "train.de.gz"], solutions_too):
        output_of("tm", "import", tmp_path / "langloom-memory", *files, "--lang", "en", "de")
    words = ["--set", f"data={shared}", "--set", "languages=[de]", "--set", "endpoint=http://localhost:9/v1"]
    recipe = ROOT / "configs" / "mathoctopus_parallel.yaml"
    output_of("run", recipe, *words, "--limit", 2, "--output", tmp_path / "out", cwd=ROOT)
    used = manifest(tmp_path / "out")["translation"]
    assert used.keys() == {"human"}
    assert (used["human"]["de"]["asked"], used["human"]["de"]["from_memory"]) == (0, 6)
    made = rows(tmp_path / "out", "mathoctopus_parallel", "train")
    german = {question(row): row["output"].splitlines() for row in made if row["output_lang"] == "de"}
    with gzip.open(pairs / "train.de.gz", "rt", encoding="utf-8", newline="\n") as file:
        asked = [next(file).removesuffix("\n") for _ in range(2)]
    solutions = [[LINES.get(line, line) for line in item["answer"].splitlines()] for item in published[:2]]
    assert german == dict(zip(asked, solutions, strict=True))
