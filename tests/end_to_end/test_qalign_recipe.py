"""QAlign's training sets from the published data: every row is what the paper's code makes of it."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from outputs import manifest, rejects, rows, splits

from tests.end_to_end.running import output_of

RECIPE = Path(__file__).parents[2] / "configs" / "qalign.yaml"
LANGUAGES = {"de": "German", "es": "Spanish", "zh": "Chinese"}
PAIRS = 22_295


@pytest.fixture(scope="module")
def qalign(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qalign") / "out"
    output_of("run", RECIPE, "--set", f"data={shared}", "--output", folder)
    return folder


def published(shared: Path, lang: str) -> list[tuple[str, str]]:
    """Return the published pairs (question in the language, English question), read byte by byte."""
    folder = shared / "gsm8kinstruct_question" / f"{lang}-en"
    sides = [gzip.decompress((folder / f"train.{side}.gz").read_bytes()).decode().split("\n") for side in (lang, "en")]
    assert sides[0].pop() == sides[1].pop() == ""
    return list(zip(*sides, strict=True))


def gsm8k(shared: Path) -> list[dict[str, str]]:
    lines = gzip.decompress((shared / "gsm8k" / "train.jsonl.gz").read_bytes()).decode().split("\n")
    return [json.loads(line) for line in lines if line]


def both(folder: Path, dataset: str) -> list[dict[str, Any]]:
    return [row for each in splits(folder, dataset).values() for row in each]


def test_stage_one_is_the_published_pairs_to_the_letter(shared: Path, qalign: Path) -> None:
    expected = Counter(
        (lang, f"Translate the following sentences from {name} to English. {question}", "", english)
        for lang, name in LANGUAGES.items()
        for question, english in published(shared, lang)
    )
    found = both(qalign, "stage1")
    texts = Counter((row["input_lang"], row["instruction"], row["input"], row["output"]) for row in found)
    assert texts == expected
    assert len(found) == PAIRS
    assert any("  " in row["output"] for row in found), "double spaces are part of the published text"
    assert {row["output_lang"] for row in found} == {"en"}
    assert {(row["template"], row["system"], row["task"]) for row in found} == {("qalign.question", "", "question")}
    assert len({row["id"] for row in found}) == PAIRS


def test_renderings_of_a_question_stay_together(qalign: Path) -> None:
    where = defaultdict(set)
    groups = defaultdict(set)
    for split, found in splits(qalign, "stage1").items():
        for row in found:
            where[row["group"]].add(split)
            groups[" ".join(row["output"].split()).casefold()].add(row["group"])
    assert {len(names) for names in where.values()} == {1}
    assert {len(names) for names in groups.values()} == {1}
    languages = defaultdict(set)
    for row in both(qalign, "stage1"):
        languages[row["group"]].add(row["input_lang"])
    assert sum(len(each) == 3 for each in languages.values()) > 7000
    validation = len(rows(qalign, "stage1", "validation"))
    assert 0.007 * PAIRS < validation < 0.013 * PAIRS


def test_stage_two_is_gsm8k(shared: Path, qalign: Path) -> None:
    found = both(qalign, "stage2")
    assert Counter((row["instruction"], row["input"], row["output"]) for row in found) == Counter(
        (item["question"], "", item["answer"]) for item in gsm8k(shared)
    )
    assert {(row["input_lang"], row["template"]) for row in found} == {("en", "qalign.response")}


def test_clean_pairs_are_pairs_less_the_rejects(qalign: Path) -> None:
    kept = Counter(row["id"] for row in both(qalign, "stage1_clean"))
    rejected = Counter(row["id"] for row in rejects(qalign))
    assert kept.keys().isdisjoint(rejected)
    assert kept + rejected == Counter(row["id"] for row in both(qalign, "stage1"))
    assert 150 < len(rejected) < 1000
    assert {row["stream"] for row in rejects(qalign)} == {"clean_questions"}


def test_clean_pairs_have_no_defect_that_was_found(shared: Path, qalign: Path) -> None:
    with (shared / "gsm8kinstruct_question" / "KNOWN_BAD.tsv").open(encoding="utf-8") as file:
        found = [line.split("\t")[:3] for line in file][1:]
    kept = {(row["input_lang"], row["instruction"].partition(". ")[2]) for row in both(qalign, "stage1_clean")}
    pairs = {lang: published(shared, lang) for lang in LANGUAGES}
    left = {
        (lang, int(line))
        for lang, line, defect in found
        if lang in LANGUAGES and defect != "latin_majority"  # mostly translations that are full of names
        if (lang, pairs[lang][int(line) - 1][0]) in kept
    }
    assert left == {("de", 2597)}, "what the recipe says of it"


def test_every_example_is_accounted_for(qalign: Path) -> None:
    made = manifest(qalign)
    entered = {"questions": PAIRS, "clean_questions": PAIRS, "answers": 7473}
    rejected: Counter[tuple[str, str, str]] = Counter()
    left = {}
    for stream, described in made["streams"].items():
        number = entered[stream]
        for step in described["steps"]:
            assert step["in"] == number
            number = step["out"]
            assert step["in"] == number + sum(step["rejected"].values())
            rejected.update({(stream, step["step"], reason): n for reason, n in step["rejected"].items()})
        left[stream] = number
    assert rejected == Counter((row["stream"], row["step"], row["reason"]) for row in rejects(qalign))
    assert made["rejects"]["rows"] == rejected.total()
    for name, stream in (("stage1", "questions"), ("stage1_clean", "clean_questions"), ("stage2", "answers")):
        dataset = made["datasets"][name]
        draws = dataset["draws"][stream]
        assert draws["unused"] == 0
        assert draws["available"] == draws["drawn"] == dataset["splits"]["train"]["rows"]
        assert sum(split["rows"] for split in dataset["splits"].values()) == left[stream]


def test_json_lines_hold_what_parquet_holds(qalign: Path) -> None:
    files = sorted(qalign.glob("data/*/*.parquet"))
    assert len(files) == 6
    for file in files:
        columns = pq.read_table(file, columns=["instruction", "input", "output"]).to_pylist()
        lines = file.with_suffix(".jsonl").read_text(encoding="utf-8").split("\n")
        assert lines.pop() == ""
        assert [json.loads(line) for line in lines] == columns


def test_it_loads_and_is_as_agreed(qalign: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(qalign)
