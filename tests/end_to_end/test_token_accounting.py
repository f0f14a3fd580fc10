"""Tokens through the command: shares by them, the rule, and what is told of languages. A tokenizer made in the test."""

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from outputs import hashes, manifest, rejects, rows

from pipeline.cli import main
from tests.fakes import tokenizer_files
from transforms.tokens.names import DEFAULT_TOKENIZER

SIZES = {"en": 120, "te": 60, "zz": 40}

RECIPE = """
name: tokens
seed: 5
sources:
  en: {jsonl: en.jsonl, lang: en, group_by: [system]}
  te: {jsonl: te.jsonl, lang: te, group_by: [system]}
  zz: {jsonl: zz.jsonl, lang: zz}
streams:
  s-en: {from: en, steps: [keep: {max_tokens: {limit: 60, tokenizer: "file:tokenizer.json"}}]}
  s-te: {from: te}
  s-zz: {from: zz}
datasets:
  mixed:
    mix: {s-en: 2, s-te: 1, s-zz: 1}
    unit: tokens
    tokenizer: file:tokenizer.json
    total: 2000
    split: {test: 0.1}
    vocabulary_sharing: {threshold: 0.5, scores: {zz: {bilingual: [10, 12], multilingual: [5, 5.5]}}}
  staged:
    order:
      total: 2000
      stages:
        - {until: 0.5, weights: {s-en: 1}}
        - {until: 1.0, weights: {s-te: 3, s-zz: 1}, ramp: linear}
    unit: tokens
    tokenizer: file:tokenizer.json
  whole:
    mix: {s-en: 1, s-zz: 3}
    unit: tokens
    exhausted: redistribute
    total: 1500
  examples: {mix: concatenate, streams: [s-en]}
output: out
"""

SMALL = RECIPE[: RECIPE.index("  staged:")] + "output: out\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    texts = {"en": ("the cat", "the cats"), "te": ("తెలుగు", "పిల్లి పిల్లి"), "zz": ("cat", "s" * 7)}
    for name, size in SIZES.items():
        one, other = texts[name]
        lines = [
            {"system": f"s{at}", "instruction": " ".join([one] * (1 + at % 7)), "output": " ".join([other] * (at % 3))}
            for at in range(size)
        ]
        if name == "en":
            lines[0]["output"] = "cat" * 90
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    tokenizer_files.save(tokenizer_files.sentencepiece_like(), tmp_path)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tokens_of(row: dict[str, Any], tokenizer: Any) -> int:
    said = [row["system"], row["instruction"], row["input"], row["output"]]
    return sum(len(tokenizer.encode(text, add_special_tokens=False).ids) for text in said)


def library(file: Path) -> Any:
    """Return the tokenizer as its own library reads it."""
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(file))
    made.no_truncation()
    made.no_padding()
    return made


def test_shares_of_tokens_are_met(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "recipe.yaml"]) == 0
    assert "tokens  shares and total count those of" in capsys.readouterr().out
    assert main(["plan", "recipe.yaml", "--json"]) == 0
    planned: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert main(["run", "recipe.yaml"]) == 0
    shown = capsys.readouterr().out
    made, tokenizer = manifest(folder / "out"), library(folder / "tokenizer.json")
    assert made["signature"] == planned["signature"]
    held = {
        name: [tokens_of({"input": "", **json.loads(line)}, tokenizer) for line in (folder / f"{name}.jsonl").open()]
        for name in SIZES
    }
    assert [(row["reason"], row["detail"]) for row in rejects(folder / "out")] == [
        ("max_tokens", f"{held['en'][0]} tokens")
    ]
    held["en"] = held["en"][1:]

    for name, shares in {
        "mixed": {"en": Fraction(1, 2), "te": Fraction(1, 4), "zz": Fraction(1, 4)},
        # half of it is English; then weights go from all English to 3/4 and 1/4: a mean of 1/2, 3/8 and 1/8
        "staged": {"en": Fraction(3, 4), "te": Fraction(3, 16), "zz": Fraction(1, 16)},
    }.items():
        dataset = made["datasets"][name]
        assert planned["datasets"][name]["draws"] == dataset["draws"]
        assert planned["datasets"][name]["tokens"] == dataset["tokens"]
        drawn = rows(folder / "out", name, "train")
        counted = Counter(row["source"] for row in drawn)
        for source, share in shares.items():
            draws = dataset["draws"][f"s-{source}"]
            assert draws["drawn"] == counted[source]
            mean = Fraction(draws["tokens_available"], draws["available"])
            assert abs(counted[source] * mean - 2000 * share) <= mean / 2  # within half an example
            assert abs(draws["tokens_drawn"] - counted[source] * mean) <= Fraction(1, 2)
        for split in dataset["splits"]:
            written = rows(folder / "out", name, split)
            assert dataset["splits"][split]["tokens"] == sum(tokens_of(row, tokenizer) for row in written)
    available = made["datasets"]["staged"]["draws"]
    assert {name: available[f"s-{name}"]["tokens_available"] for name in SIZES} == {
        name: sum(numbers) for name, numbers in held.items()
    }

    languages = made["datasets"]["mixed"]["tokens"]["languages"]
    assert languages["en"]["tokens"] == sum(held["en"])
    assert languages["te"]["byte_character_share"] > 0.6
    assert "over-tokenised" in languages["te"]["advice"]
    assert "quadrant" not in languages["te"]
    assert languages["zz"]["quadrant"] == "selfish"  # 0.5 is no more than the threshold
    both = range(1, SIZES["te"])
    told = {key: languages["te"][key] for key in ("parity", "renderings")}
    parity = sum(held["te"][at] for at in both) / sum(held["en"][at - 1] for at in both)
    assert told == {"parity": round(parity, 4), "renderings": len(both)}
    assert "parity" not in languages["zz"]

    whole = made["datasets"]["whole"]["tokens"]
    assert (whole["tokenizer"], whole["unit"], whole["content"]) == (DEFAULT_TOKENIZER, "tokens", DEFAULT_TOKENIZER)
    assert made["datasets"]["whole"]["draws"]["s-zz"]["unused"] == 0
    assert "tokens" not in made["datasets"]["examples"]
    card = (folder / "out" / "README.md").read_text("utf-8")
    assert "| `mixed`, `staged` | `file:tokenizer.json` | `te` |" not in card  # their scores differ
    assert "| `staged` | `file:tokenizer.json` | `te` |" in card
    assert "selfish, by the scores in the recipe" in card
    assert str(folder) not in card + json.dumps(made)
    assert "mixed in tokens of file:tokenizer.json" in shown


def test_another_tokenizer_of_the_same_name_makes_another_run_and_workers_make_none(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "recipe.yaml").write_text(SMALL)
    assert main(["run", "recipe.yaml"]) == 0
    first, bytes_ = manifest(folder / "out"), hashes(folder / "out")
    two = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]
    assert main(["run", "recipe.yaml", "--output", "again", *two]) == 0
    assert hashes(folder / "again") == bytes_
    assert manifest(folder / "again") == first
    tokenizer_files.save(tokenizer_files.byte_level([("c", "a"), ("ca", "t")]), folder)
    capsys.readouterr()
    assert main(["run", "recipe.yaml"]) == 2
    assert "holds another data set" in " ".join(capsys.readouterr().err.split())
    (folder / "tokenizer.json").unlink()
    assert main(["check", "recipe.yaml"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "recipe.yaml:9: streams.s-en.steps[0].keep.max_tokens: file:" in said
    assert "tokenizer.json can't be read: " in said
    (folder / "recipe.yaml").write_text(SMALL.replace('"file:tokenizer.json"', "tiktoken:o200k_base"))
    assert main(["check", "recipe.yaml"]) == 2
    assert "datasets.mixed.tokenizer: file:" in " ".join(capsys.readouterr().err.split())
