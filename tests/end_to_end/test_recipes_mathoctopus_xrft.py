"""xRFT's selection, over twenty samples written for this test: two problems in two languages, five samples each."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from outputs import manifest, rejects, rows

from pipeline.cli import main

ROOT = Path(__file__).resolve().parents[2]
ASKED = {
    "en": "Ann has {n} boxes of 2 apples and buys 4 more apples. How many apples does she have now?",
    "de": "Ann hat {n} Kisten mit je 2 Äpfeln und kauft noch 4 Äpfel. Wie viele Äpfel hat sie jetzt?",
}
SOLVED = {
    "en": ("In the boxes there are {steps} apples, and then", "that makes", "so that she has"),
    "de": ("In den Kisten sind {steps} Äpfel, und dann", "das macht", "also hat sie"),
}


def samples() -> list[dict[str, object]]:
    """Return five samples of each question: two that differ in words alone, one that calculates otherwise, one that is
    wrong, and one without a calculation."""
    made: list[dict[str, object]] = []
    for n in (3, 5):
        right = 2 * n + 4
        first, then, other = f"{n}*2 = <<{n}*2={2 * n}>>{2 * n}", f"<<{2 * n}+4={right}>>", f"<<4+{2 * n}={right}>>"
        for lang in ASKED:
            start, makes, so = (part.format(steps=first) for part in SOLVED[lang])
            for sample in (
                f"{start} {makes} {then}{right}.\n#### {right}",
                f"{start} {so} {then}{right}.\n#### {right}",
                f"{start} {makes} {other}{right}.\n#### {right}.0",
                f"{start} {makes} {then}{right + 1}.\n#### {right + 1}",
                f"{start.replace('<<', '').replace('>>', ' ')} {makes} {right}.\n#### {right}",
            ):
                question, answer = ASKED[lang].format(n=n), f"<<{n}*2+4={right}>>\n#### {right}"
                made.append({"problem": n, "lang": lang, "question": question, "answer": answer, "sample": sample})
    return made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("xrft")
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in samples())
    (folder / "samples.jsonl").write_text(lines, "utf-8")
    words = ["--set", f"samples={folder / 'samples.jsonl'}", "--output", str(folder / "out")]
    assert main(["run", str(ROOT / "configs" / "mathoctopus_xrft.yaml"), *words]) == 0
    return folder / "out"


def test_right_samples_that_calculate_differently_stay(made: Path) -> None:
    kept = rows(made, "mathoctopus_xrft", "train")
    assert len(kept) == 8
    written = {str(each["sample"]): each for each in samples()}
    ways: dict[tuple[str, str], set[bool]] = {}
    for row in kept:
        sample = written[row["output"]]
        assert str(sample["question"]) in row["instruction"]
        name = {"en": "English", "de": "German"}[row["output_lang"]]
        assert f"Please answer in {name}." in row["instruction"]
        ways.setdefault((row["group"], row["output_lang"]), set()).add("<<4+" in row["output"])
    assert list(ways.values()) == [{True, False}] * 4, "of each question both ways"
    assert len({group for group, _ in ways}) == 2, "a problem is one group in both languages"


def test_the_others_are_told_of(made: Path) -> None:
    lost = Counter((row["step"], row["reason"]) for row in rejects(made))
    assert lost == {
        ("keep", "final_answer:other"): 4,
        ("distinct_equations", "same_equations"): 4,
        ("distinct_equations", "no_equations"): 4,
    }
    kept = {row["id"] for row in rows(made, "mathoctopus_xrft", "train")}
    assert {row["detail"] for row in rejects(made) if row["reason"] == "same_equations"} <= kept
    assert manifest(made)["datasets"]["mathoctopus_xrft"]["draws"]["selected"]["unused"] == 0


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
