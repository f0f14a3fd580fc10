"""What a run does with its output folder and the folders beside it, and which of them it leaves alone."""

import shutil
from pathlib import Path

import pytest
from killed_run import listing
from outputs import hashes, manifest, rows
from small_sums import Say, change, write

from pipeline.output import MARK
from pipeline.work_folder import alone


def test_a_run_that_fails_leaves_no_output(folder: Path, say: Say) -> None:
    said = say("run", "recipe.yaml", "--set", "total=31")
    assert (said.status, said.out) == (1, "")
    assert "asked for 31 and has 30" in said.err
    assert "Traceback" not in said.err
    assert not list(folder.glob("out")) + list(folder.glob("out.new"))

    assert say("run", "recipe.yaml").status == 0
    assert manifest(folder / "out")["datasets"]["one"]["splits"]["train"]["rows"] == 20
    assert not list(folder.glob("out.*"))


def test_unfinished_work_is_used_unless_fresh_is_asked_for(folder: Path, say: Say) -> None:
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


def test_one_run_at_a_time_is_at_work_in_a_folder(folder: Path, say: Say) -> None:
    with alone("out.work"):
        for words in ((), ("--fresh",)):
            second = say("run", "recipe.yaml", *words)
            assert (second.status, second.out) == (2, "")
            assert second.err.startswith("error: another run is at work in out.work: wait until it ends, or ")
        assert not list(folder.glob("out.work/*")) + list(folder.glob("out"))
        assert say("run", "recipe.yaml", "--output", "other").status == 0
    assert say("run", "recipe.yaml").status == 0
    assert not list(folder.glob("*.work"))


def test_an_output_that_is_there(complete: Path, say: Say) -> None:
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


def test_an_incomplete_output_is_replaced(complete: Path, say: Say) -> None:
    change("out/manifest.json", '"complete": true', '"complete": false')(complete)
    assert say("run", "recipe.yaml", "--set", "total=10").status == 0
    assert manifest(complete / "out")["complete"]


@pytest.mark.parametrize("new", [False, True], ids=["the old one comes back", "the old one goes"])
def test_an_interrupted_swap_is_mended(new: bool, complete: Path, made: Path, say: Say) -> None:
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


def test_a_copy_that_a_person_put_beside_the_output_is_left_alone(complete: Path, say: Say) -> None:
    (complete / "out").rename(complete / "out.old")
    said = say("run", "recipe.yaml")
    assert said.status == 2
    assert "out.old" in said.err
    assert (complete / "out.old" / "manifest.json").is_file()


@pytest.mark.parametrize("name", ["out.old", "out.new"])
def test_a_folder_that_langloom_did_not_make_is_left_alone(name: str, folder: Path, say: Say) -> None:
    write(f"{name}/notes.txt", "mine")(folder)
    first, second = say("run", "recipe.yaml"), say("run", "recipe.yaml", "--set", "total=10", "--force")
    assert (folder / name / "notes.txt").is_file()
    assert (first.status, second.status) == (2, 2)
    assert name in first.err
