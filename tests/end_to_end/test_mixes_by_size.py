"""Mixes by the sizes of streams, through the command: what is planned, what is drawn, and what is refused."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from outputs import manifest, rows
from rich.console import Console

from pipeline.cli import main
from pipeline.plan import show_plan

SIZES = {"big": 900, "middle": 100, "small": 25, "zero": 2}

RECIPE = """
name: mixtures
seed: 5
sources:
  big: {jsonl: big.jsonl, lang: en}
  middle: {jsonl: middle.jsonl, lang: en}
  small: {jsonl: small.jsonl, lang: en}
  zero: {jsonl: zero.jsonl, lang: en}
streams:
  s-big: {from: big}
  s-middle: {from: middle}
  s-small: {from: small}
  s-zero: {from: zero, steps: [keep: {length: {min_chars: 1000}}]}    # rejects them all
datasets:
  heat: {mix: {temperature: 2}, total: 182, repeat: {max_epochs: 2}}
  equal: {mix: {temperature: .inf}, total: 60, write: {parquet: {rows_per_shard: 7}}}
  even:
    mix: {temperature: 1, floor: 0.2, cap: {rest: 0.3}, languages: {rest: [s-middle, s-small]}}
    streams: [s-big, s-middle, s-small]
    total: 100
  most: {mix: {unimax: 2}, total: 400}
  best: {mix: {allocate: {points: points.csv, languages: {de: [s-big], fr: [s-middle]}}}, total: 300}
output: out
"""

POINTS = """\
language,pairs,score
de,100,20
de,1000,52
de,10000,71.2
fr,100,20
fr,1000,52
fr,10000,71.2
s-small,10,10
s-small,20,10
s-small,40,10
s-zero,1,1
s-zero,2,2
s-zero,3,3
"""
"""German and French lack 80, 48 and 28.8: the same curve; the scores of the small one don't rise."""

EXPECTED = {
    "heat": {"s-big": 121, "s-middle": 41, "s-small": 20},
    "equal": {"s-big": 20, "s-middle": 20, "s-small": 20},
    "even": {"s-big": 80, "s-middle": 16, "s-small": 4},
    "most": {"s-big": 175, "s-middle": 175, "s-small": 50},
    "best": {"s-big": 200, "s-middle": 100},
}
"""By hand: square roots are 30, 10 and 5; the rest's 0.12 is raised to its floor; German takes what French lacks."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, size in SIZES.items():
        lines = [{"instruction": f"Task {at} of {name}", "output": f"{name}"} for at in range(size)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "points.csv").write_text(POINTS)
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_is_planned_is_what_is_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "recipe.yaml", "--json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["datasets"]["equal"]["mix"] == {"temperature": "inf"}  # for which JSON has no number
    assert main(["plan", "recipe.yaml", "--json", "--svg", "plan.svg"]) == 0
    planned: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert main(["run", "recipe.yaml"]) == 0
    made = manifest(folder / "out")
    assert made["signature"] == planned["signature"]
    assert planned["orders"]["heat"] == [pytest.approx([30 / 45, 10 / 45, 5 / 45, 0])] * 48
    for name, expected in EXPECTED.items():
        draws = made["datasets"][name]["draws"]
        assert {stream: each["drawn"] for stream, each in draws.items() if each["drawn"]} == expected
        assert planned["datasets"][name]["draws"] == draws
        drawn = [row["output"] for row in rows(folder / "out", name, "train")]
        assert Counter(f"s-{source}" for source in drawn) == expected
        total = sum(expected.values())
        for moment in planned["orders"][name]:
            assert moment == pytest.approx([expected.get(stream, 0) / total for stream in draws], abs=1 / total)
        for end in range(0, total, 10):  # in every prefix, within half the number of streams and one
            begun = Counter(f"s-{source}" for source in drawn[:end])
            assert all(
                abs(begun[each] - end * number / total) <= len(draws) / 2 + 1 for each, number in expected.items()
            )
    _the_allocation_is_told(planned, made, (folder / "plan.svg").read_text("utf-8"))


def _the_allocation_is_told(planned: dict[str, Any], made: dict[str, Any], picture: str) -> None:
    allocation = made["datasets"]["best"]["allocation"]
    assert planned["datasets"]["best"]["allocation"] == allocation
    assert [name for name, each in made["datasets"].items() if "allocation" in each] == ["best"]
    assert {name: each["pairs"] for name, each in allocation["languages"].items()} == {
        "de": 200,
        "fr": 100,
        "s-small": 0,
    }
    assert allocation["kkt_residual"] == 0
    german = allocation["languages"]["de"]
    assert german["points"] == [[100, 20], [1000, 52], [10000, 71.2]]
    assert german["fit_error"] == pytest.approx(0, abs=1e-3)
    assert german["score"] == pytest.approx(100 - 80 * 2 ** -german["exponent"], abs=0.01)
    shown = StringIO()
    show_plan(planned, Console(file=shown, width=160))
    lines = [line.strip() for line in shown.getvalue().splitlines()]
    assert "best: 300 pairs allocated by fitted scaling laws" in lines
    (row,) = [line.split() for line in lines if line.split()[:2] == ["de", "3"]]
    assert row[-4:] == ["0", "900", "200", f"{german['score']:.2f}"]
    assert any("KKT residual 0" in line for line in lines)
    assert "The fit and the exact division are ours" in " ".join(lines)
    headings = [text.text for text in ElementTree.fromstring(picture).iterfind(".//{*}text[@font-size='15']")]
    assert headings == [*EXPECTED, "best: scores expected of 300 pairs"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "unimax: 2}, total: 400",
            "unimax: 1}, total: 2000",
            "dataset most: too few examples for total 2000: s-big is asked",
        ),
        (
            "floor: 0.2, cap: {rest: 0.3}",
            "floor: 0.6",
            "dataset even: the floors of its languages sum to 1.2, more than",
        ),
        (
            "fr: [s-middle]}",
            "fr: [s-middle]}, floor: {fr: 101}",
            "dataset best: fr has 100 pairs to draw, and its floor",
        ),
        (
            "fr: [s-middle]}",
            "fr: [s-middle]}, floor: {de: 301}",
            "dataset best: the floors of its languages sum to 301 pairs",
        ),
    ],
)
def test_what_can_not_be_is_told_by_plan(
    folder: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    assert old in RECIPE
    (folder / "recipe.yaml").write_text(RECIPE.replace(old, new))
    assert main(["plan", "recipe.yaml"]) == 1
    assert message in " ".join(capsys.readouterr().err.split())
