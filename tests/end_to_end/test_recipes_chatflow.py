"""ChatFlow's run from pre-training to instructions: published English text and pairs, and 20 rows each of Chinese text
and of instructions written for this test."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datasets import load_dataset
from outputs import manifest, rows

from tests.end_to_end.running import langloom, output_of

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "configs" / "chatflow.yaml"
TOTAL = 1000
STREAMS = ("english_text", "to_english", "to_chinese", "chinese_text", "instructions")
WEIGHTS = [  # until, and the shares there, in the order of STREAMS
    (0.1, (0.6, 0.15, 0.15, 0.1, 0.0)),
    (0.5, (0.3, 0.1, 0.1, 0.4, 0.1)),
    (1.0, (0.05, 0.025, 0.025, 0.4, 0.5)),
]
THINGS = ["长江", "黄河", "竹子", "茶叶", "熊猫", "丝绸", "瓷器", "豆腐", "水稻", "荷花"]
TEXTS = [f"{thing}在中国{where}很常见。{n} {{input}}" for n, thing in enumerate(THINGS) for where in ("南方", "各地")]


def chinese_instructions() -> list[dict[str, str]]:
    asked = ("instruction", "input")
    return [
        {"instruction": "", "input": "", "output": f"{thing}很有名。", asked[n % 2]: f"介绍一下{thing}。"}
        for n, thing in enumerate(THINGS)
    ]


def english_instructions() -> list[dict[str, str]]:
    return [{"instruction": "Add the numbers.", "input": f"{n}, 4", "output": f"{n + 4}"} for n in range(10)]


@pytest.fixture(scope="module")
def settings(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("data")
    (folder / "chinese.txt").write_text("".join(f"{text}\n" for text in TEXTS), "utf-8")
    for lang, made in (("zh", chinese_instructions()), ("en", english_instructions())):
        written = [{name: value for name, value in row.items() if value} for row in made]  # as BELLE's rows in Linly
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in written)
        (folder / f"instructions.{lang}.jsonl").write_text(text, "utf-8")
    values = {
        "english": shared / "opennmt_en_de" / "src-train.txt.gz",
        "chinese": folder / "chinese.txt",
        "pairs_english": shared / "tatoeba" / "tatoeba.cmn-eng.eng",
        "pairs_chinese": shared / "tatoeba" / "tatoeba.cmn-eng.cmn",
        "instructions_english": folder / "instructions.en.jsonl",
        "instructions_chinese": folder / "instructions.zh.jsonl",
        "total": TOTAL,
        "shard_bytes": 10000,
    }
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def made(settings: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chatflow") / "out"
    output_of("run", RECIPE, *settings, "--set", "epochs=20", "--output", folder, cwd=ROOT)
    return folder


def stream_of(row: dict[str, Any]) -> str:
    """Return which stream a row is from, by what is in it."""
    if row["task"] == "text":
        return "chinese_text" if row["output_lang"] == "zh" else "english_text"
    if row["task"] == "translation":
        return "to_chinese" if row["output_lang"] == "zh" else "to_english"
    return "instructions"


def expected(position: int) -> list[float]:
    """Return how many rows of each stream the weights ask for in the first so many of the run."""
    sums, before = [0.0] * len(STREAMS), (0.0, WEIGHTS[0][1])
    for until, weights in WEIGHTS:
        start, old = before
        t = min(position / TOTAL, until)
        if t > start:
            part = (t - start) / (until - start)
            for at, (a, b) in enumerate(zip(old, weights, strict=True)):
                sums[at] += TOTAL * (t - start) * (a + (a + (b - a) * part)) / 2
        before = (until, weights)
    return sums


def test_shares_move_as_the_schedule_says(made: Path) -> None:
    found = [stream_of(row) for row in rows(made, "chatflow", "train")]
    assert len(found) == TOTAL
    counts = Counter(found)
    draws = manifest(made)["datasets"]["chatflow"]["draws"]
    for name, number in zip(STREAMS, expected(TOTAL), strict=True):
        assert counts[name] == draws[name]["drawn"]
        assert abs(counts[name] - number) < 1
    seen: Counter[str] = Counter()
    for position, name in enumerate(found, 1):
        seen[name] += 1
        for stream, number in zip(STREAMS, expected(position), strict=True):
            assert abs(seen[stream] - number) <= len(STREAMS) / 2 + 1, (position, stream)
    assert "instructions" not in found[: TOTAL // 10]
    assert Counter(found[-TOTAL // 10 :])["instructions"] >= 40


def test_rows_are_what_linlys_scripts_make(shared: Path, made: Path) -> None:
    mixed = rows(made, "chatflow", "train")
    sides = [(shared / "tatoeba" / f"tatoeba.cmn-eng.{lang}").read_text("utf-8").split("\n") for lang in ("cmn", "eng")]
    pairs = set(zip(*sides, strict=True))
    for row in mixed:
        assert row["template"].startswith("chatflow.")
        if row["task"] == "translation":
            assert row["input"].endswith("\n")
            assert row["output"].endswith("\n")
            both = (row["input"][:-1], row["output"][:-1])
            asked = "翻译成英文: \n" if row["output_lang"] == "en" else "翻译成中文: \n"
            assert row["instruction"] == asked
            assert (both if row["output_lang"] == "en" else both[::-1]) in pairs
        if row["task"] == "text":
            assert (row["instruction"], row["input"]) == ("", "")
    assert {row["output"] for row in mixed if stream_of(row) == "chinese_text"} == set(TEXTS)
    asked_and_answered = {tuple(row.values()) for row in chinese_instructions() + english_instructions()}
    texts = {(r["instruction"], r["input"], r["output"]) for r in mixed if r["task"] == "instruction"}
    assert texts == asked_and_answered


def test_the_two_directions_of_a_pair_are_one_group(made: Path) -> None:
    mixed = [row for row in rows(made, "chatflow", "train") if row["task"] == "translation"]
    english = {(row["input"] if row["output_lang"] == "zh" else row["output"]): row["group"] for row in mixed}
    for row in mixed:
        assert english[row["input"] if row["output_lang"] == "zh" else row["output"]] == row["group"]


def test_every_epoch_comes_before_the_next(made: Path) -> None:
    texts = [row["output"] for row in rows(made, "chatflow", "train") if stream_of(row) == "chinese_text"]
    for start in range(0, len(texts) - len(TEXTS), len(TEXTS)):
        assert set(texts[start : start + len(TEXTS)]) == set(TEXTS)


def test_a_trainer_that_streams_sees_what_was_planned(made: Path, settings: list[str]) -> None:
    planned = json.loads(output_of("plan", RECIPE, *settings, "--set", "epochs=20", "--json", cwd=ROOT))
    moments = planned["orders"]["chatflow"]
    assert list(planned["datasets"]["chatflow"]["draws"]) == list(STREAMS)
    files = manifest(made)["datasets"]["chatflow"]["splits"]["train"]["files"]
    assert sum(file["path"].endswith(".parquet") for file in files) > 5, "several shards, read one after the other"
    streamed: Iterator[dict[str, Any]] = load_dataset(str(made), "chatflow", split="train", streaming=True)
    found = [stream_of(row) for row in streamed]
    assert len(found) == TOTAL
    of_prefix = len(STREAMS) / 2 + 1
    edges = np.linspace(0, TOTAL, len(moments) + 1)
    for stream, shares in zip(STREAMS, zip(*moments, strict=True), strict=True):
        planned_then = np.interp(np.arange(1, TOTAL + 1), edges, np.cumsum([0, *shares]) * TOTAL / len(moments))
        drawn_then = np.cumsum([each == stream for each in found])
        # Between two of the plan's moments its weights are straight lines here: what that may be off is added.
        assert np.abs(drawn_then - planned_then).max() <= of_prefix + TOTAL / len(moments) / 8, stream
    bound = 2 * of_prefix  # what the two prefixes that a window lies between may be off
    windows = 8
    for window in range(windows):
        seen = Counter(found[window * TOTAL // windows : (window + 1) * TOTAL // windows])
        within = moments[window * len(moments) // windows : (window + 1) * len(moments) // windows]
        for stream, shares in zip(STREAMS, zip(*within, strict=True), strict=True):
            assert abs(seen[stream] - sum(shares) / len(within) * TOTAL / windows) <= bound, (window, stream)
    assert found == [stream_of(row) for row in rows(made, "chatflow", "train")]


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)


def test_too_little_data_is_told_with_numbers(settings: list[str], tmp_path: Path) -> None:
    ran = langloom("run", RECIPE, *settings, "--output", tmp_path / "out", cwd=ROOT)
    assert ran.returncode in (1, 2)
    assert "chinese_text" in ran.stderr
    assert "310" in ran.stderr
