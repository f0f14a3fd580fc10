"""The command's promises: exit statuses, messages, what it writes where, and what it leaves alone."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from killed_run import listing
from outputs import hashes, manifest, rejects, rows

from pipeline.cli import main
from pipeline.output import MARK
from tests.end_to_end.running import output_of, program

RECIPE = """\
name: small
vars: {total: 20}
sources:
  sums: {jsonl: "sums-*.jsonl", lang: en}
streams:
  all:
    from: sums
    steps:
      - keep: {length: {min_chars: 2}}
datasets:
  one:
    mix: {all: 1}
    total: ${total}
    write: {jsonl: alpaca}
output: out
"""

PROGRESS = re.compile(r"\d+ s: \d+ of 2 blocks ")
"""What a run says every ten seconds, where a machine is as slow as that."""


class Said(NamedTuple):
    status: int
    out: str
    err: str


def write_inputs(folder: Path) -> None:
    """Write the recipe and its sources."""
    (folder / "recipe.yaml").write_text(RECIPE)
    for file in (1, 2):
        lines = [
            json.dumps({"instruction": f"What is {file} + {at}?", "output": f"It is {file + at}"}) for at in range(15)
        ]
        (folder / f"sums-{file}.jsonl").write_text("\n".join(lines))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a recipe and its sources, which is the current one."""
    write_inputs(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of the recipe, for tests to copy."""
    folder = tmp_path_factory.mktemp("made")
    write_inputs(folder)
    output_of("run", "recipe.yaml", cwd=folder)
    return folder / "out"


@pytest.fixture
def complete(folder: Path, made: Path) -> Path:
    """The current folder, with a recipe, its sources and its output."""
    shutil.copytree(made, folder / "out")
    return folder


@pytest.fixture
def say(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs the command in this process."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        status = main(words)
        return Said(status, *capsys.readouterr())

    return run


def change(name: str, old: str, new: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return act


def unequal(german: str, english: str) -> Callable[[Path], None]:
    """Make line-aligned files the source."""

    def act(folder: Path) -> None:
        change("recipe.yaml", '{jsonl: "sums-*.jsonl", lang: en}', "{lines: [pairs.de, pairs.en], lang: [de, en]}")(
            folder
        )
        (folder / "pairs.de").write_text(german)
        (folder / "pairs.en").write_text(english)

    return act


def write(name: str, content: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)

    return act


@pytest.mark.parametrize(
    ("act", "words", "message"),
    [
        (change("recipe.yaml", "lang: en", "langs: en"), [], ["recipe.yaml:4", "'langs'", "lang"]),
        (change("recipe.yaml", "from: sums", "from: somes"), [], ["recipe.yaml:7", "'somes'", "sums"]),
        (change("recipe.yaml", "sums-*.jsonl", "gone.jsonl"), [], ["'sums'", "gone.jsonl"]),
        (change("recipe.yaml", "sums-*.jsonl", "gone-*.jsonl"), [], ["'sums'", "gone-*.jsonl"]),
        (change("recipe.yaml", "lang: en}", "lang: en, columns: {output: anser}}"), [], ["'anser'", "output"]),
        (change("recipe.yaml", "lang: en}", "lang: en, group_by: [topic]}"), [], ["group_by", "'topic'"]),
        (unequal("eins\nzwei\n", "one\ntwo\nthree"), [], ["'sums'", "pairs.de has 2 lines", "pairs.en has 3"]),
        (unequal("eins\nzwei\n", ""), [], ["'sums'", "pairs.de has 2 lines", "pairs.en has 0"]),
        (write("out/notes.txt", "mine"), [], ["out", "holds files", "manifest.json"]),
        (write("out", "mine"), [], ["out", "is a file"]),
        (write("recipe.yaml", ""), [], ["recipe.yaml", "empty"]),
        (write("unused.txt", ""), ["--set", "total"], ["--set", "NAME=VALUE", "'total'"]),
        (write("unused.txt", ""), ["--output", "gs://bucket/out"], ["gs://bucket/out", "apache-beam[gcp]"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value and value[0][:1] != "-" else "",
)
def test_what_is_wrong_is_said_in_one_line(
    act: Callable[[Path], None], words: list[str], message: list[str], folder: Path, say: Callable[..., Said]
) -> None:
    act(folder)
    before = listing(folder)
    said = say("run", "recipe.yaml", *words)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert all(part in said.err for part in message), said.err
    assert listing(folder) == before, "a run that was refused wrote something"


@pytest.mark.parametrize("name", ["sums-1.jsonl", "sums-*.jsonl"])
def test_an_empty_source_is_refused(name: str, folder: Path, say: Callable[..., Said]) -> None:
    change("recipe.yaml", "sums-*.jsonl", name)(folder)
    for path in folder.glob(name):
        path.write_text("")
    said = say("run", "recipe.yaml")
    assert said.status == 2
    assert "source 'sums'" in said.err
    assert "no rows" in said.err


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["run"],
        ["run", "recipe.yaml", "--limit", "0"],
        ["run", "recipe.yaml", "--limit", "many"],
        ["run", "recipe.yaml", "--forced"],
        ["check", "recipe.yaml", "--", "--runner=FnApiRunner"],
        ["show", "."],
        ["show", "nowhere"],
        ["steps", "langauge"],
        ["run", "nowhere.yaml"],
        ["check", "nowhere.yaml"],
    ],
    ids=" ".join,
)
def test_wrong_arguments(words: list[str], say: Callable[..., Said]) -> None:
    said = say(*words)
    assert (said.status, said.out) == (2, "")
    assert "error: " in said.err
    assert "Traceback" not in said.err


def test_a_name_that_is_almost_right(say: Callable[..., Said]) -> None:
    assert "language" in say("steps", "langauge").err


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


def test_a_run_that_fails_leaves_no_output(folder: Path, say: Callable[..., Said]) -> None:
    said = say("run", "recipe.yaml", "--set", "total=31")
    assert (said.status, said.out) == (1, "")
    assert "asked for 31 and has 30" in said.err
    assert "Traceback" not in said.err
    assert not list(folder.glob("out")) + list(folder.glob("out.new"))

    assert say("run", "recipe.yaml").status == 0
    assert manifest(folder / "out")["datasets"]["one"]["splits"]["train"]["rows"] == 20
    assert not list(folder.glob("out.*"))


def test_unfinished_work_is_used_unless_fresh_is_asked_for(folder: Path, say: Callable[..., Said]) -> None:
    words = ["run", "recipe.yaml", "--set", "total=31", "--work", "work"]
    say(*words)
    (folder / "work" / "notes.txt").write_text("mine")
    first = listing(folder / "work" / "parts")
    assert first
    say(*words)
    assert listing(folder / "work" / "parts") == first
    say(*words, "--fresh")
    again = listing(folder / "work" / "parts")
    assert again.keys() == first.keys()
    assert all(again[name] != stood for name, stood in first.items())
    assert say("run", "recipe.yaml", "--work", "work").status == 0
    assert [path.name for path in (folder / "work").iterdir()] == ["notes.txt"]


def test_an_output_that_is_there(complete: Path, say: Callable[..., Said]) -> None:
    before = listing(complete)

    same = say("run", "recipe.yaml")
    assert same.status == 0
    assert "holds this data set already" in same.err
    assert listing(complete) == before

    other = say("run", "recipe.yaml", "--set", "total=10")
    assert (other.status, other.out) == (2, "")
    assert "--force" in other.err
    assert other.err.count("\n") == 1
    assert listing(complete) == before

    assert say("run", "recipe.yaml", "--set", "total=10", "--force").status == 0
    assert len(rows(complete / "out", "one", "train")) == 10
    assert not list(complete.glob("out.*"))


def test_an_incomplete_output_is_replaced(complete: Path, say: Callable[..., Said]) -> None:
    change("out/manifest.json", '"complete": true', '"complete": false')(complete)
    assert say("run", "recipe.yaml", "--set", "total=10").status == 0
    assert manifest(complete / "out")["complete"]


@pytest.mark.parametrize("new", [False, True], ids=["the old one comes back", "the old one goes"])
def test_an_interrupted_swap_is_mended(new: bool, complete: Path, made: Path, say: Callable[..., Said]) -> None:
    before = hashes(complete / "out")
    (complete / "out" / MARK).touch()
    (complete / "out").rename(complete / "out.old")
    if new:
        shutil.copytree(made, complete / "out")
    said = say("run", "recipe.yaml")
    assert said.status == 0
    assert "already" in said.err
    assert hashes(complete / "out") == before
    assert not list(complete.glob("out.*"))


def test_a_copy_that_a_person_put_beside_the_output_is_left_alone(complete: Path, say: Callable[..., Said]) -> None:
    (complete / "out").rename(complete / "out.old")
    said = say("run", "recipe.yaml")
    assert said.status == 2
    assert "out.old" in said.err
    assert (complete / "out.old" / "manifest.json").is_file()


@pytest.mark.parametrize("name", ["out.old", "out.new"])
def test_a_folder_that_langloom_did_not_make_is_left_alone(name: str, folder: Path, say: Callable[..., Said]) -> None:
    write(f"{name}/notes.txt", "mine")(folder)
    first, second = say("run", "recipe.yaml"), say("run", "recipe.yaml", "--set", "total=10", "--force")
    assert (folder / name / "notes.txt").is_file()
    assert (first.status, second.status) == (2, 2)
    assert name in first.err


def test_limit_takes_the_first_rows_in_the_order_of_the_files_names(folder: Path, say: Callable[..., Said]) -> None:
    assert say("run", "recipe.yaml", "--limit", "17", "--set", "total=17").status == 0
    asked = sorted(row["instruction"] for row in rows(folder / "out", "one", "train"))
    assert asked == sorted([*(f"What is 1 + {at}?" for at in range(15)), "What is 2 + 0?", "What is 2 + 1?"])
    assert "|limit:17|" in manifest(folder / "out")["signature"]


def test_broken_rows_are_rejected_and_all_else_is_kept(folder: Path, say: Callable[..., Said]) -> None:
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


def test_check_reads_nothing(folder: Path, say: Callable[..., Said]) -> None:
    for path in folder.glob("sums-*"):
        path.unlink()
    said = say("check", "recipe.yaml")
    assert (said.status, said.err) == (0, "")
    assert "length" in said.out
    graph = say("check", "recipe.yaml", "--json")
    assert graph.status == 0
    assert json.loads(graph.out)["name"] == "small"
    assert [path.name for path in folder.iterdir()] == ["recipe.yaml"]


def test_show(complete: Path, say: Callable[..., Said]) -> None:
    said = say("show", "out", "--examples", "2")
    assert (said.status, said.err) == (0, "")
    assert said.out.count("What is") == 2
    assert "complete" in said.out
    found = json.loads(say("show", "out", "--json", "--examples", "4").out)
    assert found["examples"]["one"] == rows(complete / "out", "one", "train")[:4]
    assert found["signature"] == manifest(complete / "out")["signature"]


def test_steps(say: Callable[..., Said]) -> None:
    every = say("steps")
    assert (every.status, every.err) == (0, "")
    assert all(name in every.out for name in ("jsonl", "length_ratio", "deduplicate", "firefox", "qalign"))
    one = say("steps", "length_ratio")
    assert one.status == 0
    assert "max" in one.out
    assert {entry["name"] for entry in json.loads(say("steps", "--json").out)} >= {"jsonl", "language", "normalize"}


def test_version(say: Callable[..., Said]) -> None:
    assert say("--version").out.startswith("langloom 0.")
