"""What a run does with its output folder and the folders beside it, and which of them it leaves alone."""

import shutil
from pathlib import Path

import pytest
from killed_run import listing
from outputs import hashes, manifest, rows
from small_sums import Say, change, write

from pipeline.output import work_folder
from pipeline.output.remote import MARK
from pipeline.output.work_folder import alone
from sinks.written import OutputError


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
    with alone("out.work", "out"):
        for words in ((), ("--fresh",)):
            second = say("run", "recipe.yaml", *words)
            assert (second.status, second.out) == (2, "")
            assert second.err.startswith("error: another run is at work in out.work: wait until it ends, or ")
        assert not list(folder.glob("out.work/*")) + list(folder.glob("out"))
        assert say("run", "recipe.yaml", "--output", "other").status == 0
        other = say("run", "recipe.yaml", "--work", "another")
        assert (other.status, other.out) == (2, "")
        assert other.err.startswith("error: another run is about to write out: wait until it ends, or choose another ")
        assert not (folder / "another").exists()
    with alone("elsewhere", "elsewhere.out"):
        second = say("run", "recipe.yaml", "--work", "elsewhere")
        assert second.err.startswith("error: another run is at work in elsewhere: ")
    for work in ("out.work", "./out.work", str(folder / "out.work"), "another"):
        assert say("run", "recipe.yaml", "--force", "--work", work).status == 0
    assert not list(folder.glob("*.work")) + list(folder.glob("another"))


def test_a_lock_on_a_folder_that_was_removed_is_none(folder: Path) -> None:
    """A run that waited at the door may hold the folder that the run before has just removed."""
    with alone("out.work", "out"):
        (folder / "out.work").rmdir()
        with (
            alone("out.work", "out"),
            pytest.raises(OutputError, match="another run is at work"),
            alone("out.work", ""),
        ):
            pass


@pytest.mark.parametrize("name", ["shards/mine.txt", "keys/id", "job.log", "result-0a1b2c3d.json"])
def test_what_a_person_has_in_a_work_folder_is_never_taken_for_work(name: str, folder: Path, say: Say) -> None:
    write(f"mine/{name}", "precious")(folder)
    write("mine/notes.txt", "too")(folder)
    before = listing(folder / "mine")
    for words in ((), ("--fresh",), ("--force",)):
        said = say("run", "recipe.yaml", "--work", "mine", *words)
        assert (said.status, said.out) == (2, "")
        assert f"mine/{name.partition('/')[0]} isn't known to be langloom's" in said.err
        assert listing(folder / "mine") == before
    assert say("run", "recipe.yaml").status == 0
    assert say("run", "recipe.yaml", "--work", "mine").status == 0, "the output is there: there is no work"
    assert listing(folder / "mine") == before


@pytest.mark.parametrize("words", [[], ["--fresh"]], ids=str)
def test_work_beside_the_output_is_taken_over_without_a_mark(words: list[str], folder: Path, say: Say) -> None:
    assert say("run", "recipe.yaml", "--set", "total=31").status == 1
    (folder / "out.work" / work_folder.MARK).unlink()
    first = listing(folder / "out.work" / "parts")
    assert first
    assert say("run", "recipe.yaml", "--set", "total=31", *words).status == 1
    assert (listing(folder / "out.work" / "parts") == first) is not bool(words)
    assert say("run", "recipe.yaml", *words).status == 0
    assert not list(folder.glob("out.*"))


@pytest.mark.parametrize("words", [("out", "out"), ("out", "out/work"), ("work/shards", "work"), ("./out", "out/")])
def test_work_and_output_are_kept_apart(words: tuple[str, str], folder: Path, say: Say) -> None:
    output, work = words
    said = say("run", "recipe.yaml", "--output", output, "--work", work)
    assert (said.status, said.out) == (2, "")
    assert "choose another one" in said.err
    assert not list(folder.glob("out*")) + list(folder.glob("work*"))


@pytest.mark.parametrize("there", [True, False], ids=["to a folder", "to nothing yet"])
def test_a_link_to_an_output_folder_stays_a_link(there: bool, folder: Path, say: Say) -> None:
    if there:
        (folder / "disk" / "real").mkdir(parents=True)
    (folder / "out").symlink_to(folder / "disk" / "real")
    assert say("run", "recipe.yaml").status == 0
    assert say("run", "recipe.yaml", "--set", "total=10", "--force").status == 0
    assert (folder / "out").is_symlink()
    assert len(rows(folder / "disk" / "real", "one", "train")) == 10
    assert [path.name for path in (folder / "disk").iterdir()] == ["real"]
    assert not list(folder.glob("out.*"))


def test_the_current_folder_is_not_replaced(folder: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "here").mkdir()
    monkeypatch.chdir(folder / "here")
    for output in (".", str(folder / "here")):
        said = say("run", "../recipe.yaml", "--output", output)
        assert (said.status, said.out) == (2, "")
        assert f"output {output} can't be replaced, the current folder is in it: choose a folder below it" in said.err
        assert not list((folder / "here").iterdir())
    assert say("run", "../recipe.yaml", "--output", "below").status == 0


def test_the_home_folder_is_meant_by_its_sign(folder: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell leaves it as it is in `--output=~/out`, and in a recipe."""
    monkeypatch.setenv("HOME", str(folder / "home"))
    assert say("run", "recipe.yaml", "--output=~/out", "--work=~/work").status == 0
    assert (folder / "home" / "out" / "manifest.json").is_file()
    change("recipe.yaml", "output: out", "output: ~/of-recipe\nmemory: ~/memory")(folder)
    assert say("run", "recipe.yaml").status == 0
    assert sorted(path.name for path in (folder / "home").iterdir()) == ["of-recipe", "out"]
    assert not (folder / "~").exists()


def test_a_run_that_made_nothing_keeps_nothing(folder: Path, say: Say) -> None:
    said = say("run", "recipe.yaml", "--output", "/proc/out")
    assert (said.status, said.err) == (1, "error: /proc/out.work can't be written: No such file or directory\n")


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
