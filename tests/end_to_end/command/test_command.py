"""The command's other promises: what it says and where, which rows it takes, what `check`, `show` and `steps` tell."""

import json
import re
from pathlib import Path

from outputs import hashes, manifest, rejects, rows
from small_sums import Say, change

from tests.end_to_end.running import program

PROGRESS = re.compile(r"\d+ s: \d+ of 2 blocks ")
"""What a run says every ten seconds, where a machine is as slow as that."""


def test_a_process_of_its_own(folder: Path) -> None:
    """Results go to stdout, everything else to stderr; the output is complete, and nothing else is left."""
    there = {path.name for path in folder.iterdir()}
    change("recipe.yaml", "mix: {all: 1}", "mix: {all: 1}\n    split: {validation: 0.0000001}")(folder)
    ran = program("run", "recipe.yaml", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert "what became of every example" in ran.stdout
    assert "complete" in ran.stdout
    told = [line for line in ran.stderr.splitlines() if not PROGRESS.match(line)]
    assert told == ["warning: one: the split validation got no rows and isn't written"]
    assert {path.name for path in folder.iterdir()} == there | {"out"}
    assert sorted(hashes(folder / "out")) == [
        "data/one/train-00000-of-00001.jsonl",
        "data/one/train-00000-of-00001.parquet",
    ]
    assert manifest(folder / "out")["datasets"]["one"]["splits"]["validation"] == {
        **manifest(folder / "out")["datasets"]["one"]["splits"]["validation"],
        "rows": 0,
        "files": [],
    }

    wrong = program("run", "recipe.yaml", "--limit", "5", cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("error: ")
    assert wrong.stderr.count("\n") == 1


def test_limit_takes_the_first_rows_in_the_order_of_the_files_names(folder: Path, say: Say) -> None:
    assert say("run", "recipe.yaml", "--limit", "17", "--set", "total=17").status == 0
    asked = sorted(row["instruction"] for row in rows(folder / "out", "one", "train"))
    assert asked == sorted([*(f"What is 1 + {at}?" for at in range(15)), "What is 2 + 0?", "What is 2 + 1?"])
    assert "|limit:17|" in manifest(folder / "out")["signature"]


def test_the_card_tells_how_it_was_made_and_of_what(folder: Path, say: Say) -> None:
    change("recipe.yaml", "lang: en}", "lang: en, constants: {license: mit}}")(folder)
    assert say("run", "recipe.yaml", "--limit", "17", "--set", "total=9").status == 0
    card = (folder / "out" / "README.md").read_text()
    assert "\nlangloom run recipe.yaml --limit 17 --set total=...\n" in card
    assert "| `sums` | jsonl | mit | 9 |" in card


def test_broken_rows_are_rejected_and_all_else_is_kept(folder: Path, say: Say) -> None:
    with (folder / "sums-1.jsonl").open("ab") as file:
        file.write(
            b'\n{"instruction": "cut\n\xff\n{"instruction": 7, "output": "seven"}\n{"instruction": "", "output": "x"}'
        )
    said = say("run", "recipe.yaml", "--set", "total=30")
    assert said.status == 0, said.err
    found = rejects(folder / "out")
    assert len(found) == manifest(folder / "out")["rejects"]["rows"] >= 3
    broken = {row["reason"]: row["detail"] for row in found if row["step"] == "read"}
    assert broken.keys() >= {"malformed", "encoding"}
    assert "sums-1.jsonl:16" in broken["malformed"]
    assert "sums-1.jsonl:17" in broken["encoding"]
    assert {row["reason"] for row in found if row["step"] == "keep"} == {"length:short"}
    for step in manifest(folder / "out")["streams"]["all"]["steps"]:
        assert step["in"] == step["out"] + sum(step["rejected"].values())


def test_rows_that_json_lines_have_no_place_for_are_told(folder: Path, say: Say) -> None:
    change("recipe.yaml", "lang: en}", "lang: en, constants: {system: Sum.}}")(folder)
    change("recipe.yaml", "jsonl: alpaca", "jsonl: prompt_completion")(folder)
    said = say("run", "recipe.yaml")
    assert said.status == 0
    told = "20 of 20 rows have no place in the JSON lines (no_place 20), of which no file is written"
    assert f"warning: one: train: {told}; the Parquet shards have them\n" in said.err
    train = manifest(folder / "out")["datasets"]["one"]["splits"]["train"]
    assert (train["rows"], train["unexpressed"]) == (20, {"no_place": 20})
    written = [f"data/one/{path.name}" for path in (folder / "out" / "data" / "one").iterdir()]
    assert [file["path"] for file in train["files"]] == written == ["data/one/train-00000-of-00001.parquet"]


def test_check_reads_nothing(folder: Path, say: Say) -> None:
    for path in folder.glob("sums-*"):
        path.unlink()
    said = say("check", "recipe.yaml")
    assert (said.status, said.err) == (0, "")
    assert "length" in said.out
    graph = say("check", "recipe.yaml", "--json")
    assert graph.status == 0
    assert json.loads(graph.out)["name"] == "small"
    assert [path.name for path in folder.iterdir()] == ["recipe.yaml"]


def test_show(complete: Path, say: Say) -> None:
    said = say("show", "out", "--examples", "2")
    assert (said.status, said.err) == (0, "")
    assert said.out.count("What is") == 2
    assert "complete" in said.out
    found = json.loads(say("show", "out", "--json", "--examples", "4").out)
    written = rows(complete / "out", "one", "train")
    assert len(found["examples"]["one"]) == 4
    assert all(rendering in written for item in found["examples"]["one"] for rendering in item)
    assert found["signature"] == manifest(complete / "out")["signature"]


def test_steps(say: Say) -> None:
    every = say("steps")
    assert (every.status, every.err) == (0, "")
    assert all(name in every.out for name in ("jsonl", "length_ratio", "deduplicate", "firefox", "qalign"))
    one = say("steps", "length_ratio")
    assert one.status == 0
    assert "max" in one.out
    assert {entry["name"] for entry in json.loads(say("steps", "--json").out)} >= {"jsonl", "language", "normalize"}


def test_the_rules_are_what_keep_has(say: Say) -> None:
    listed = say("steps", "keep").out
    assert listed.startswith("rules of keep\n")
    assert f"{listed}\n" in say("steps").out


def test_version(say: Say) -> None:
    assert say("--version").out.startswith("langloom 0.")
