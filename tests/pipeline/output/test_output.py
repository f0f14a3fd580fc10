import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.output import folder as output
from pipeline.output.folder import check_free, mend, shard_files, write_output
from pipeline.output.remote import MARK
from sinks.written import OutputError, read_manifest


def manifest(signature: str = "name:a|seed:1", complete: bool = True) -> dict[str, Any]:
    return {
        "name": "a",
        "signature": signature,
        "seed": 1,
        "settings": [],
        "complete": complete,
        "deferred": 0 if complete else 3,
        "versions": {},
        "sources": {},
        "streams": {},
        "datasets": {},
        "translation": {},
        "rejects": {"rows": 0, "files": 0},
    }


def result(work: Path) -> dict[str, Any]:
    """What a job leaves in its work folder: a shard of two files, and rejects."""
    (work / "shards").mkdir(parents=True)
    files = [str(work / "shards" / f"d-abc{ending}") for ending in (".parquet", ".jsonl.gz")]
    reject = work / "output-rejects" / "part-00003-of-00016.parquet"
    reject.parent.mkdir()
    for path in [*files, reject]:
        Path(path).write_text(f"content of {Path(path).name}")
    shard = {
        "dataset": "d",
        "split": "train",
        "number": 1,
        "of": 3,
        "files": [{"path": path, "rows": 1} for path in files],
    }
    return {"shards": [shard], "rejects": [{"path": str(reject), "rows": 2}]}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def folder_with(path: Path, *names: str, held: dict[str, Any] | None = None) -> Path:
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_text(name)
    if held is not None:
        (path / "manifest.json").write_text(json.dumps(held))
    return path


def test_the_folder_is_laid_out_as_promised(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "out"
    write_output(str(target), manifest(), "name: a", result(tmp_path / "work"))
    assert files(target) == {
        "README.md",
        "manifest.json",
        "data/d/train-00001-of-00003.parquet",
        "data/d/train-00001-of-00003.jsonl.gz",
        "rejects/part-00003-of-00016.parquet",
    }
    assert (target / "data/d/train-00001-of-00003.jsonl.gz").read_text() == "content of d-abc.jsonl.gz"
    assert read_manifest(target) == manifest()
    assert [path.name for path in target.parent.iterdir()] == ["out"]
    assert len(files(tmp_path / "work")) == 3


def shard(split: str, number: int, *rows: int) -> dict[str, Any]:
    files = [
        {"path": f"w.x/shards/d.v2-{split}{number}.{ending}", "rows": held}
        for ending, held in zip(("parquet", "jsonl", "jsonl.gz"), rows, strict=False)
    ]
    return {"dataset": "d.v2", "split": split, "number": number, "of": 2, "files": files}


def test_where_shards_go() -> None:
    assert list(shard_files({"shards": [shard("test", 0, 3)]}).values()) == ["data/d.v2/test-00000-of-00002.parquet"]


def test_a_form_that_has_a_place_for_no_row_of_a_split_has_no_files() -> None:
    shards = [
        shard("train", 0, 3, 0, 0),
        shard("train", 1, 3, 0, 1),
        shard("test", 0, 3, 2, 0),
        shard("test", 1, 3, 0, 0),
    ]
    assert sorted(name.removeprefix("data/d.v2/") for name in shard_files({"shards": shards}).values()) == [
        "test-00000-of-00002.jsonl",
        "test-00000-of-00002.parquet",
        "test-00001-of-00002.jsonl",
        "test-00001-of-00002.parquet",
        "train-00000-of-00002.jsonl.gz",
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.jsonl.gz",
        "train-00001-of-00002.parquet",
    ]


def test_an_output_is_replaced_whole(tmp_path: Path) -> None:
    target = folder_with(tmp_path / "out", "report.html", held=manifest("old"))
    write_output(str(target), manifest(), "", result(tmp_path / "work"))
    assert "report.html" not in files(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "work"]


def test_what_isnt_langlooms_outlives_an_output(tmp_path: Path) -> None:
    """Where an output is below another one, the memory beside it, which was paid for, is in that other one."""
    target = folder_with(tmp_path / "out", "report.html", "notes.txt", held=manifest("old"))
    folder_with(target / "langloom-memory", "journal")
    folder_with(target / "data", "of-the-old-output")
    write_output(str(target), manifest(), "", result(tmp_path / "work"))
    assert files(target) >= {"notes.txt", "langloom-memory/journal", "manifest.json"}
    assert not files(target) & {"report.html", "data/of-the-old-output"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "work"]


def test_what_an_interrupted_run_left_is_no_obstacle(tmp_path: Path) -> None:
    folder_with(tmp_path / "out.new", "half", MARK)
    folder_with(tmp_path / "out.old", "older", MARK)
    target = folder_with(tmp_path / "out", held=manifest("old"))
    write_output(str(target), manifest(), "", result(tmp_path / "work"))
    assert "half" not in files(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "work"]


@pytest.mark.parametrize("there", [True, False], ids=["replacing", "anew"])
def test_a_run_killed_at_any_moment_of_the_swap_is_mended(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill it before each call that changes names or removes folders, and then mend."""

    class Killed(BaseException):
        pass

    for moment in range(40):
        place = tmp_path / str(moment)
        target = folder_with(place / "out", "mine", held=manifest("old")) if there else place / "out"
        job = result(place / "work")
        left = moment

        def die(call: Any) -> Any:
            def wrapped(*args: Any, **named: Any) -> Any:
                nonlocal left
                if not left:
                    raise Killed
                left -= 1
                return call(*args, **named)

            return wrapped

        with monkeypatch.context() as patch:
            patch.setattr(output.shutil, "rmtree", die(output.shutil.rmtree))
            patch.setattr(Path, "rename", die(Path.rename))
            patch.setattr(Path, "touch", die(Path.touch))
            patch.setattr(Path, "unlink", die(Path.unlink))
            patch.setattr(Path, "rmdir", die(Path.rmdir))
            patch.setattr(Path, "mkdir", die(Path.mkdir))
            patch.setattr(Path, "write_text", die(Path.write_text))
            try:
                write_output(str(target), manifest(), "", job)
                break
            except Killed:
                pass
        mend(str(target))
        held = read_manifest(target)
        assert (held or manifest("none"))["signature"] in (
            ["old", "name:a|seed:1"] if there else ["none", "name:a|seed:1"]
        )
        assert held is not None or not target.exists()
        assert (target / "mine").is_file() == there
        assert not {path.name for path in place.iterdir()} - {"out", "work"}
        # The run goes on, and ends as if nothing had been.
        write_output(str(target), manifest(), "", job)
        assert read_manifest(target) == manifest()
        assert sorted(path.name for path in place.iterdir()) == ["out", "work"]
    assert 5 < moment < 39


def test_mending_where_nothing_is_broken(tmp_path: Path) -> None:
    mend(str(tmp_path / "out"))
    folder_with(tmp_path / "out", held=manifest())
    mend(str(tmp_path / "out"))
    assert files(tmp_path) == {"out/manifest.json"}


def test_a_folder_without_a_manifest_keeps_the_old_one_beside_it(tmp_path: Path) -> None:
    folder_with(tmp_path / "out", "mine")
    folder_with(tmp_path / "out.old", MARK, held=manifest())
    mend(str(tmp_path / "out"))
    assert files(tmp_path) == {"out/mine", f"out.old/{MARK}", "out.old/manifest.json"}


def test_mending_leaves_a_persons_own_copy_alone(tmp_path: Path) -> None:
    folder_with(tmp_path / "out.old", held=manifest())
    mend(str(tmp_path / "out"))
    assert files(tmp_path) == {"out.old/manifest.json"}


@pytest.mark.parametrize(
    ("held", "force", "free"),
    [
        (None, False, True),
        (manifest("mine"), False, False),
        (manifest("mine"), True, True),
        (manifest("other"), True, True),
        (manifest("mine", complete=False), False, True),
        (manifest("other", complete=False), False, True),
    ],
    ids=["none", "same", "same forced", "other forced", "incomplete", "other incomplete"],
)
def test_whether_a_folder_must_be_written(held: dict[str, Any] | None, force: bool, free: bool, tmp_path: Path) -> None:
    target = folder_with(tmp_path / "out", held=held) if held else tmp_path / "out"
    assert check_free(str(target), "mine", force) is free


def test_another_data_set_is_not_replaced(tmp_path: Path) -> None:
    target = folder_with(tmp_path / "out", held=manifest("other"))
    with pytest.raises(OutputError, match=r"out holds another data set, other; choose another folder, or --force"):
        check_free(str(target), "mine", False)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("held", ["{}", "[]", '{"name": "an app", "icons": []}', "{cut", '"text"', "\xff"])
def test_folders_of_others_are_never_touched(held: str, force: bool, tmp_path: Path) -> None:
    folder_with(tmp_path / "files", "thesis.tex")
    (folder_with(tmp_path / "app") / "manifest.json").write_text(held, "latin-1")
    for name in ("files", "app"):
        with pytest.raises(OutputError, match="didn't make"):
            check_free(str(tmp_path / name), "mine", force)


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    assert check_free(str(folder_with(tmp_path / "out")), "mine", False)


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        check_free(str(tmp_path / "out"), "mine", True)


def test_what_got_the_name_of_something_older_meanwhile_isnt_lost(tmp_path: Path) -> None:
    target = folder_with(tmp_path / "out", "notes.txt", held=manifest())
    old = folder_with(tmp_path / "out.old", MARK, "README.md")
    (old / "notes.txt").write_text("older")
    with pytest.raises(OutputError, match=r"out\.old/notes\.txt was in .*out until that was replaced"):
        mend(str(target))
    assert ((target / "notes.txt").read_text(), (old / "notes.txt").read_text()) == ("notes.txt", "older")
    (old / "notes.txt").unlink()
    mend(str(target))
    assert not old.exists()
