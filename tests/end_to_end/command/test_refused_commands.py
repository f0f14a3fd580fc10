"""What the command refuses: each mistake is status 2 and a message, and nothing is written."""

from contextlib import chdir
from pathlib import Path

import pytest
from killed_run import listing
from small_sums import Act, Say, change, write


def unequal(german: str, english: str) -> Act:
    """Make line-aligned files the source."""

    def act(folder: Path) -> None:
        change("recipe.yaml", '{jsonl: "sums-*.jsonl", lang: en}', "{lines: [pairs.de, pairs.en], lang: [de, en]}")(
            folder
        )
        (folder / "pairs.de").write_text(german)
        (folder / "pairs.en").write_text(english)

    return act


@pytest.mark.parametrize(
    ("act", "words", "message"),
    [
        (change("recipe.yaml", "lang: en", "langs: en"), [], ["recipe.yaml:4", "'langs'", "lang"]),
        (change("recipe.yaml", "from: sums", "from: somes"), [], ["recipe.yaml:7", "'somes'", "sums"]),
        (
            change("recipe.yaml", "output: ", "runner: {direct_num_wokers: 2}\noutput: "),
            [],
            ["recipe.yaml:15: runner.direct_num_wokers", "did you mean 'direct_num_workers'?"],
        ),
        (change("recipe.yaml", "sums-*.jsonl", "gone.jsonl"), [], ["'sums'", "gone.jsonl"]),
        (change("recipe.yaml", "sums-*.jsonl", "gone-*.jsonl"), [], ["'sums'", "gone-*.jsonl"]),
        (change("recipe.yaml", "lang: en}", "lang: en, columns: {output: anser}}"), [], ["'anser'", "output"]),
        (change("recipe.yaml", "lang: en}", "lang: en, group_by: [topic]}"), [], ["group_by", "'topic'"]),
        (unequal("eins\nzwei\n", "one\ntwo\nthree"), [], ["'sums'", "pairs.de has 2 lines", "pairs.en has 3"]),
        (unequal("eins\nzwei\n", ""), [], ["'sums'", "pairs.de has 2 lines", "pairs.en has 0"]),
        (write("out/notes.txt", "mine"), [], ["out", "holds files", "manifest.json"]),
        (write("out", "mine"), [], ["out", "is a file"]),
        (write("mine", ""), ["--output", "mine/a/out"], ["mine/a/out", "below mine, a file"]),
        (write("mine", ""), ["--work", "mine"], ["the work folder mine is a file"]),
        (write("out.work", ""), [], ["out.work is a file"]),
        (
            change(
                "recipe.yaml",
                "datasets:",
                "      - translate: {to: [pt], engine: e}\nengines: {e: {identity: {}}}\n"
                "memory: recipe.yaml\ndatasets:",
            ),
            [],
            ["the memory recipe.yaml is a file"],
        ),
        (write("recipe.yaml", ""), [], ["recipe.yaml", "empty"]),
        (change("recipe.yaml", "output: ", "memory: out/held\noutput: "), [], ["memory", "out/held", "beside it"]),
        (write("unused.txt", ""), ["--set", "total"], ["--set", "NAME=VALUE", "'total'"]),
        (write("unused.txt", ""), ["--output", "gs://bucket/out"], ["gs://bucket/out", "apache-beam[gcp]"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and value and value[0][:1] != "-" else "",
)
def test_what_is_wrong_is_said_in_one_line(
    act: Act, words: list[str], message: list[str], folder: Path, say: Say
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
def test_an_empty_source_is_refused(name: str, folder: Path, say: Say) -> None:
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
        ["run", "recipe.yaml", "--limit", "²"],
        ["run", "recipe.yaml", "--output", ""],
        ["run", "recipe.yaml", "--work", " "],
        ["run", "recipe.yaml", "--output", "a\udcff"],
        ["run", "recipe.yaml", "--forced"],
        ["check", "recipe.yaml", "--", "--runner=FnApiRunner"],
        ["show", "."],
        ["show", "nowhere"],
        ["steps", "langauge"],
        ["run", "nowhere.yaml"],
        ["check", "nowhere.yaml"],
    ],
    ids=lambda words: ascii(" ".join(words)),
)
def test_wrong_arguments(words: list[str], say: Say) -> None:
    said = say(*words)
    assert (said.status, said.out) == (2, "")
    assert "error: " in said.err
    assert "Traceback" not in said.err
    assert "invalid _" not in said.err, "names of functions are nobody's concern"


@pytest.mark.parametrize("words", [["show"], ["report"], ["publish", "--repo", "me/sums"]], ids=lambda words: words[0])
def test_an_empty_name_is_not_the_current_folder(words: list[str], complete: Path, say: Say) -> None:
    with chdir(complete / "out"):
        assert "'' names no folder" in say(*words, "").err


def test_a_name_that_is_almost_right(say: Say) -> None:
    assert "language" in say("steps", "langauge").err
    assert "did you mean 'keep'?" in say("steps", "kep").err
