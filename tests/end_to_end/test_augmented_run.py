"""A run that augments: nothing is lost, nothing leaks, and how rows are cut makes no difference."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from outputs import hashes, manifest, rejects, splits, steps

from pipeline.cli import main
from transforms import example
from transforms.read import block

RECIPE = """
name: augmented
seed: 3
sources:
  pairs: {jsonl: pairs-*.jsonl, lang: [en, de], task: translation, license: mit, group_by: [input]}
  more: {jsonl: more.jsonl, lang: [en, de], task: translation, license: cc0-1.0, group_by: [input]}
streams:
  clean: {from: [pairs, more]}
  noisy:
    from: clean
    steps:
      - augment:
          merge: {probability: 0.3, max_examples: 3, joint: " / "}
          title_case: 0.1
          upper_case: 0.1
          typos: {probability: 0.3, missing_char: 1}
          tags: {probability: 0.5, glossary: {de: terms.tsv}, template: "<{src}|{trg}>"}
          prefix: {probability: 0.2, template: "[{trg}] "}
      - keep: {length: {fields: [input], min_chars: 3}}
datasets:
  both: {mix: concatenate, streams: [clean, noisy], split: {validation: 0.3}, write: {parquet: {rows_per_shard: 100}}}
  plain: {mix: {noisy: 1}, split: {test: 0.1, validation: 0.1}}
output: out
"""
NUMBERS = 240


def write_sources(folder: Path, turn: int = 0) -> None:
    pairs = [{"input": f"Line {at} is a contract.", "output": f"Zeile {at} ist Vertrag."} for at in range(NUMBERS)]
    pairs += pairs[:20]
    random.Random(turn).shuffle(pairs)
    for name, some in {"pairs-0": pairs[:100], "pairs-1": pairs[100:200], "more": pairs[200:]}.items():
        lines = [json.dumps(pair) + "\n" for pair in some]
        (folder / f"{name}.jsonl").write_text("".join(lines))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_sources(tmp_path)
    (tmp_path / "terms.tsv").write_text("contract\tVertrag\n")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def numbers(row: dict[str, Any]) -> set[str]:
    """Return the lines that an example's answer holds."""
    return {word for word in row["output"].split() if word.isdecimal()}


def test_an_augmented_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["run", "recipe.yaml"]) == 0
    assert not Path("out.work").exists()
    counted = steps(Path("out"), "noisy")
    gone = [row for row in rejects(Path("out")) if row["reason"] == "merged"]
    assert counted["merge"]["in"] == NUMBERS + 20 == counted["merge"]["out"] + len(gone)
    assert counted["merge"]["rejected"] == {"merged": len(gone)}
    assert counted["augment"]["in"] == counted["augment"]["out"] == counted["merge"]["out"]
    draws = manifest(Path("out"))["datasets"]["both"]["draws"]
    assert sum(draw["unused"] for draw in draws.values()) == 0
    found = splits(Path("out"), "both")
    whole = [row for rows in found.values() for row in rows]
    merged = [row for row in whole if "merged" in json.loads(row["meta"])]
    assert len(merged) > 20
    texts = {row["id"]: (row["input"], row["output"]) for row in whole}
    assert all(texts[row["id"]] == (row["input"], row["output"]) for row in whole), "one id, two texts"
    ids = [row["id"] for rows in splits(Path("out"), "plain").values() for row in rows]
    assert len(set(ids)) == len(ids) == counted["augment"]["out"]
    for dataset in ("both", "plain"):
        sides = [set().union(*map(numbers, rows)) for rows in splits(Path("out"), dataset).values()]
        assert sum(map(len, sides)) == len(set().union(*sides)), "a line is on two sides of a split"
    kept = set().union(*map(numbers, (row for row in whole if row not in merged)))
    assert kept | set().union(*map(numbers, merged)) == {str(at) for at in range(NUMBERS)}
    for row in merged:
        assert row["output"].count(" / ") == len(json.loads(row["meta"])["merged"]) - 1
        assert row["license"] == ("mit" if row["source"] == "pairs" else "cc0-1.0")
    prompts = " ".join(row["input"] for row in whole)
    for sign in ("<contract|Vertrag>", "[Zeile ", " A CONTRACT.", " Is A Contract."):
        assert sign in prompts

    monkeypatch.setattr(example, "MAX_ROWS", 7)
    monkeypatch.setattr(block, "BLOCK_BYTES", 1500)
    assert main(["run", "recipe.yaml", "--output", "cut"]) == 0
    assert hashes(folder / "cut") == hashes(folder / "out")
    words = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    assert main(["run", "recipe.yaml", "--output", "two", *words]) == 0
    assert hashes(folder / "two") == hashes(folder / "out")


def test_what_is_planned_and_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "recipe.yaml", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["streams"]["noisy"]["steps"]
    assert [(step["step"], step["kind"]) for step in found] == [
        ("merge", "collective"),
        ("augment", "rewrite"),
        ("keep", "keep"),
    ]
    assert found[0]["parameters"] == {"probability": 0.3, "max_examples": 3, "joint": " / "}
    assert list(found[1]["parameters"]) == ["title_case", "upper_case", "typos", "tags", "prefix"]
    assert main(["plan", "recipe.yaml"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("upper_case: 0.1", "uper_case: 0.1", ":15: streams.noisy.steps[0].augment.uper_case: unknown key 'uper_case'"),
        ("upper_case: 0.1", "upper_case: 3", "upper_case is 3.0: a probability is from 0 to 1"),
        ("missing_char", "mising_char", "did you mean 'missing_char'?"),
        ("max_examples: 3", "max_examples: 1", "min_examples 2, max_examples 1: min_examples is 2 or more"),
        ("terms.tsv", "none.tsv", "none.tsv can't be read: No such file"),
    ],
)
def test_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str) -> None:
    (folder / "recipe.yaml").write_text(RECIPE.replace(old, new, 1))
    assert main(["check", "recipe.yaml"]) == 2
    assert message in capsys.readouterr().err
