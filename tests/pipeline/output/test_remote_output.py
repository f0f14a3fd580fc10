"""Output folders on an object store: the command runs in this process, which alone knows the store."""

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.output import remote
from pipeline.output.remote import MARK
from tests.fakes.object_store import ObjectStore
from transforms import files

OUT = "langloomtest://bucket/runs/out"
RECIPE = """
name: remote
sources:
  a: {jsonl: a.jsonl, lang: en, license: mit}
streams:
  kept: {from: a, steps: [{keep: {length: {min_chars: 4}}}, {deduplicate: [output]}]}
datasets:
  d: {mix: {kept: 1}, write: {parquet: {rows_per_shard: 10}}}
"""


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    rows = [{"instruction": f"say {at}", "output": "no" if at == 3 else f"text {at % 15}"} for at in range(30)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return str(tmp_path / "recipe.yaml")


def below(store: dict[str, bytes], folder: str = OUT) -> dict[str, bytes]:
    return {path.removeprefix(f"{folder}/"): data for path, data in store.items() if path.startswith(f"{folder}/")}


def test_a_run_leaves_what_it_leaves_locally(recipe: str, store: dict[str, bytes], tmp_path: Path) -> None:
    assert main(["run", recipe, "--output", OUT]) == 0
    assert main(["run", recipe, "--output", str(tmp_path / "out")]) == 0
    local = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*.*")}
    assert set(below(store)) == set(local)
    assert set(store) == {f"{OUT}/{name}" for name in local}, "the work folder is cleared"
    assert list(store)[-1] == f"{OUT}/manifest.json", "it says that all else is there"
    manifest = json.loads(store[f"{OUT}/manifest.json"])
    for file in manifest["datasets"]["d"]["splits"]["train"]["files"]:
        data = store[f"{OUT}/{file['path']}"]
        assert data == local[file["path"]].read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]


def test_a_complete_folder_is_left_alone_and_another_needs_force(
    recipe: str, store: dict[str, bytes], capsys: pytest.CaptureFixture
) -> None:
    assert main(["run", recipe, "--output", OUT]) == 0
    before = dict(store)
    assert main(["run", recipe, "--output", OUT]) == 0
    assert store == before
    assert main(["run", recipe, "--output", OUT, "--limit", "5"]) == 2
    assert "holds another data set" in capsys.readouterr().err
    assert main(["report", OUT]) == 0
    assert "report.html" in below(store)
    store[f"{OUT}/notes.txt"] = b"mine"
    assert main(["run", recipe, "--output", OUT, "--limit", "3", "--force"]) == 0
    assert "notes.txt" in below(store)
    assert "report.html" not in below(store), "it tells of the data set before"
    assert not any(name.startswith("rejects/") for name in below(store)), "so do its rejects"
    shards = [name for name in below(store) if name.startswith("data/")]
    assert shards == ["data/d/train-00000-of-00001.parquet"], "the shards of the data set before are gone"


def test_what_somebody_else_put_there_is_never_replaced(
    recipe: str, store: dict[str, bytes], capsys: pytest.CaptureFixture
) -> None:
    store[f"{OUT}/data/thesis.tex"] = b"mine"
    assert main(["run", recipe, "--output", OUT, "--force"]) == 2
    assert "langloom didn't make it" in capsys.readouterr().err
    assert store == {f"{OUT}/data/thesis.tex": b"mine"}


def test_a_run_that_breaks_while_it_writes_goes_on(
    recipe: str, store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["run", recipe, "--output", OUT, "--limit", "5"]) == 0

    def broken(*_: object) -> None:
        raise OSError("the store went away")

    with monkeypatch.context() as patched:
        patched.setattr(remote, "_copy", broken)
        assert main(["run", recipe, "--output", OUT, "--force"]) == 1
    assert MARK in below(store)
    assert "manifest.json" not in below(store), "what is half there isn't complete"
    assert main(["run", recipe, "--output", OUT]) == 0
    assert MARK not in below(store)
    assert json.loads(store[f"{OUT}/manifest.json"])["complete"]


def test_a_work_folder_elsewhere_is_copied_from(recipe: str, store: dict[str, bytes], tmp_path: Path) -> None:
    Path(recipe).write_text(RECIPE.replace("write: {", "write: {jsonl: {format: alpaca, compression: gz}, "))
    assert main(["run", recipe, "--output", OUT, "--work", str(tmp_path / "work")]) == 0
    copied = json.loads(store[f"{OUT}/manifest.json"])["datasets"]["d"]["splits"]["train"]["files"]
    assert all(hashlib.sha256(store[f"{OUT}/{file['path']}"]).hexdigest() == file["sha256"] for file in copied)
    assert ObjectStore.objects is store


def test_a_recipe_there_names_sources_beside_it(store: dict[str, bytes], capsys: pytest.CaptureFixture) -> None:
    store["langloomtest://bucket/recipes/r.yaml"] = RECIPE.encode()
    store["langloomtest://bucket/recipes/a.jsonl"] = b'{"instruction": "say it", "output": "a text"}\n'
    assert main(["run", "langloomtest://bucket/recipes/r.yaml", "--output", OUT]) == 0
    assert json.loads(store[f"{OUT}/manifest.json"])["datasets"]["d"]["splits"]["train"]["rows"] == 1
    assert main(["check", "langloomtest://bucket/recipes/absent.yaml"]) == 2
    assert "absent.yaml: " in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--output", "{}"], ["--output", OUT, "--work", "{}"]])
def test_a_pattern_is_no_folder(
    words: list[str], recipe: str, store: dict[str, bytes], capsys: pytest.CaptureFixture
) -> None:
    for name in ("x[1]", "x*", "x?"):
        folder = f"langloomtest://bucket/{name}/y"
        assert main(["run", recipe, *(word.format(folder) for word in words)]) == 2
        assert f"{folder}: Beam takes *, ? and [ in names" in capsys.readouterr().err
    assert not store


def test_what_googles_library_misses_is_a_missing_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class MissingError(Exception):
        pass

    def absent(*_: object, **__: object) -> None:
        raise MissingError("404 GET ...")

    monkeypatch.setattr(files, "_google_not_found", lambda: (MissingError,))
    monkeypatch.setattr(files.FileSystems, "open", absent)
    with pytest.raises(FileNotFoundError, match="there is no such file: 'gs://bucket/part'"):
        files.read_bytes("gs://bucket/part")
