"""`langloom plan`: what it foresees is what a run does, and it does nothing itself."""

import gzip
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.end_to_end.running import langloom, output_of
from tests.fakes.endpoint import Endpoint

ENDPOINT = {"translate": "firefox", "tokens": "o200k"}

RECIPE = """
name: planned
seed: 3
sources:
  tasks: {{jsonl: tasks.jsonl, lang: en}}
engines:
  model: {{openai: {{model: mock, base_url: "{url}", price: {{input: 0.25, output: 2.0}}}}}}
  replay: {{memory: {{of: model}}}}
streams:
  english: {{from: tasks, steps: [keep: {{length: {{min_chars: 12}}}}]}}
  portuguese:
    from: english
    steps:
      - translate: {{to: [pt], engine: {engine}, fields: [instruction, output]}}
      - keep: {{language: {{min_score: 0.5, fields: [output]}}}}
datasets:
  mixed:
    order:
      stages:
        - {{until: 0.5, weights: {{english: 1}}}}
        - {{until: 1.0, weights: {{english: 0.5, portuguese: 0.5}}}}
    exhausted: stop
output: out
"""


@pytest.fixture
def recipe(tmp_path: Path, shared: Path, endpoint: Endpoint) -> Path:
    file = shared / "gpteacher" / "roleplay-simple-deduped-roleplay-instruct.json.gz"
    rows = json.loads(gzip.decompress(file.read_bytes()))[:40]
    lines = [{"instruction": row["instruction"], "output": row["response"]} for row in rows]
    lines.append({"instruction": "No.", "output": "No."})
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "recipe.yaml").write_text(RECIPE.format(url=endpoint.url, engine="model"))
    (tmp_path / "replay.yaml").write_text(RECIPE.format(url=endpoint.url, engine="replay"))
    return tmp_path


def planned(folder: Path, *words: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(output_of("plan", "recipe.yaml", "--json", *words, cwd=folder))
    return made


def test_the_forecast_is_within_a_tenth_of_what_it_costs(recipe: Path, endpoint: Endpoint) -> None:
    before = planned(recipe)
    assert endpoint.stats()["requests"] == 0
    assert sorted(path.name for path in recipe.iterdir()) == ["recipe.yaml", "replay.yaml", "tasks.jsonl"]
    output_of("run", "recipe.yaml", cwd=recipe)
    after = json.loads((recipe / "out" / "manifest.json").read_text())
    foreseen, spent = before["translation"]["model"]["pt"], after["translation"]["model"]["pt"]
    for name in ("segments", "unique", "asked"):
        assert foreseen[name] == spent[name]
    for name in ("input_tokens", "output_tokens", "usd"):
        assert foreseen[name] == pytest.approx(spent[name], rel=0.1)
    assert before["signature"] == after["signature"]
    again = planned(recipe)["translation"]["model"]["pt"]
    assert (again["from_memory"], again["asked"]) == (spent["asked"] - spent["failed"], spent["failed"])


def test_the_funnel_the_datasets_and_the_mixture(recipe: Path) -> None:
    made = planned(recipe)
    assert made["streams"]["english"]["steps"][1]["rejected"] == {"length:short": 1}
    assert [step["step"] for step in made["streams"]["portuguese"]["steps"]] == ["translate"]
    draws = made["datasets"]["mixed"]["draws"]
    assert draws["english"]["drawn"] == 40
    assert made["datasets"]["mixed"]["splits"]["train"]["rows"] == 40 + draws["portuguese"]["drawn"]
    assert made["orders"]["mixed"][0] == [1.0, 0.0]
    assert made["orders"]["mixed"][-1] == [0.5, 0.5]


def test_it_is_drawn_for_people(recipe: Path) -> None:
    shown = output_of("plan", "recipe.yaml", "--limit", "10", cwd=recipe)
    assert "what would become of every example" in shown
    assert "Rules on translations are not forecast" in shown
    assert "has no price" not in shown
    bars = [line for line in shown.splitlines() if "\u2588" in line and "%" in line]
    assert len(bars) == 24
    assert bars[0].split()[1] == "\u2588" * 60
    assert bars[-1].split()[1] == "\u2588" * 30 + "\u2592" * 30


def test_a_mixture_that_stays_the_same_is_one_bar(recipe: Path) -> None:
    text = (recipe / "recipe.yaml").read_text()
    before, after = text.split("    order:\n")
    (recipe / "recipe.yaml").write_text(
        before + "    mix: {english: 1, portuguese: 1}\n    exhausted: " + after.split("exhausted: ")[1]
    )
    shown = output_of("plan", "recipe.yaml", "--limit", "10", cwd=recipe)
    bars = [line.split() for line in shown.splitlines() if "\u2588" * 9 in line]
    assert bars == [["all", "\u2588" * 30 + "\u2592" * 30]]


def test_an_engine_without_a_price_is_told(recipe: Path) -> None:
    """The sum of US dollars would look as if it were all."""
    text = (recipe / "recipe.yaml").read_text()
    (recipe / "recipe.yaml").write_text(text.replace(", price: {input: 0.25, output: 2.0}", ""))
    shown = output_of("plan", "recipe.yaml", "--limit", "3", cwd=recipe)
    assert "model has no price" in shown


def test_it_is_drawn_as_a_picture_that_is_safe_xml(recipe: Path) -> None:
    shown = output_of("plan", "recipe.yaml", "--limit", "10", "--svg", "plan.svg", cwd=recipe)
    assert "what would become of every example" in shown
    drawn = ElementTree.parse(recipe / "plan.svg").getroot()
    areas = drawn.findall(".//{*}polygon")
    assert [area.findtext("{*}title") for area in areas] == ["english", "portuguese"]


def test_a_picture_that_can_not_be_written_loses_no_plan(recipe: Path) -> None:
    ran = langloom("plan", "recipe.yaml", "--limit", "10", "--svg", "nowhere/plan.svg", cwd=recipe)
    assert (ran.returncode, ran.stderr.splitlines()[-1]) == (
        1,
        "error: nowhere/plan.svg can't be written: No such file or directory",
    )
    assert "what would become of every example" in ran.stdout


def test_an_impossible_demand_is_an_error_with_the_numbers(recipe: Path) -> None:
    text = (recipe / "recipe.yaml").read_text()
    (recipe / "recipe.yaml").write_text(text.replace("order:\n", "order:\n      total: 500\n").replace("stop", "error"))
    ran = langloom("plan", "recipe.yaml", cwd=recipe)
    assert ran.returncode == 1
    assert "english" in ran.stderr
    assert "40" in ran.stderr
    assert "Traceback" not in ran.stderr


TWICE = """
name: twice
sources: {{tasks: {{jsonl: tasks.jsonl, lang: en}}}}
engines: {{model: {{openai: {{model: mock, base_url: "{url}", price: {{input: 1, output: 1}}}}}}}}
streams:
  questions: {{from: tasks, steps: [translate: {{to: [pt], engine: model, fields: [instruction]}}]}}
  whole: {{from: tasks, steps: [translate: {{to: [pt], engine: model}}]}}
datasets: {{d: {{mix: concatenate}}}}
output: out
"""


def test_what_two_steps_want_is_asked_once_also_where_it_fails(recipe: Path, endpoint: Endpoint) -> None:
    (recipe / "recipe.yaml").write_text(TWICE.format(url=endpoint.url))
    rows = [{"instruction": f"Tell me about the {word}", "output": word} for word in ("garden", "river", "market")]
    (recipe / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = planned(recipe)["translation"]["model"]["pt"]
    assert (before["unique"], before["asked"], before["from_memory"]) == (9, 6, 3)
    endpoint.configure(faults={"echo": 1.0})
    output_of("run", "recipe.yaml", cwd=recipe)
    after = json.loads((recipe / "out" / "manifest.json").read_text())
    asked = [one["text"] for one in endpoint.log() if one["text"].startswith("Tell")]
    assert len(asked) == 3 * 3  # each is tried three times, by the first step alone
    assert [step["rejected"] for name in ("questions", "whole") for step in after["streams"][name]["steps"][1:]] == [
        {"echo": 3},
        {"echo": 3},
    ]


def test_the_engine_memory_makes_the_same_without_asking(recipe: Path, endpoint: Endpoint) -> None:
    output_of("run", "recipe.yaml", cwd=recipe)
    first = json.loads((recipe / "out" / "manifest.json").read_text())
    endpoint.reset()
    output_of("run", "replay.yaml", "--output", "replayed", cwd=recipe)
    second = json.loads((recipe / "replayed" / "manifest.json").read_text())
    assert endpoint.stats()["requests"] == 0

    def sums(made: dict[str, Any]) -> list[str]:
        return [file["sha256"] for file in made["datasets"]["mixed"]["splits"]["train"]["files"]]

    assert sums(first) == sums(second)
    assert first["datasets"] == second["datasets"]


def test_the_engine_memory_fails_what_it_lacks(recipe: Path, endpoint: Endpoint) -> None:
    made = langloom("run", "replay.yaml", "--limit", "5", "--output", "nothing", cwd=recipe)
    assert made.returncode == 0
    steps = json.loads((recipe / "nothing" / "manifest.json").read_text())["streams"]["portuguese"]["steps"]
    assert steps[0]["rejected"] == {"not_in_memory": 5}
    assert endpoint.stats()["requests"] == 0


def test_the_engine_memory_names_an_engine_that_translates(recipe: Path) -> None:
    text = (recipe / "replay.yaml").read_text()
    (recipe / "replay.yaml").write_text(text.replace("of: model", "of: modle"))
    ran = langloom("check", "replay.yaml", cwd=recipe)
    assert ran.returncode == 2
    assert "of is 'modle': it must be an engine that translates; there are model" in ran.stderr
