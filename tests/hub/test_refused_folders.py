"""Folders that aren't published: exit status 2, a sentence that says what to do, and no request."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published_output import load, make_output, save
from publishing import NAME, Publish, hashes

from tests.fakes.hub import Hub

SHARD = "data/stage1/train-00001-of-00003.parquet"


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    """Return what changes the manifest of a folder."""

    def edited(folder: Path) -> None:
        manifest = load(folder)
        change(manifest)
        save(folder, manifest)

    return edited


def train(manifest: dict[str, Any]) -> dict[str, Any]:
    return manifest["datasets"]["stage1"]["splits"]["train"]


def named(path: str) -> Callable[[Path], object]:
    """Return what has the manifest name another path for a shard."""
    return edit(lambda manifest: train(manifest)["files"][1].update(path=path))


def linked(folder: Path) -> None:
    (folder / SHARD).rename(folder.parent / "elsewhere.parquet")
    (folder / SHARD).symlink_to(folder.parent / "elsewhere.parquet")


def linked_folder(folder: Path) -> None:
    (folder / "data").rename(folder.parent / "elsewhere")
    (folder / "data").symlink_to(folder.parent / "elsewhere")


def altered(folder: Path) -> None:
    data = bytearray((folder / SHARD).read_bytes())
    data[100] ^= 1
    (folder / SHARD).write_bytes(data)


def a_folder(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


def without_license(manifest: dict[str, Any]) -> None:
    train(manifest)["licenses"] = {"mit": 10, "": 5}
    manifest["sources"]["more"] = {"kind": "csv", "license": "", "files": []}


EMPTY = {"rows": 0, "files": [], "bytes": 0, "languages": [], "licenses": {}, "tasks": {}, "sources": {}}

CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "is no output of langloom: it holds no manifest.json"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "it holds no manifest.json"),
    "not JSON": (lambda folder: (folder / "manifest.json").write_text("{"), "manifest.json is something else"),
    "another's": (lambda folder: (folder / "manifest.json").write_text("{}"), "manifest.json is something else"),
    "a folder": (a_folder, "manifest.json is something else"),
    "odd datasets": (lambda folder: odd(folder, datasets=[]), "manifest.json isn't as langloom writes it"),
    "odd splits": (lambda folder: odd(folder, datasets={"a": {"splits": 3}}), "isn't as langloom writes it"),
    "odd licences": (lambda folder: odd(folder, datasets=listed(load(folder))), "isn't as langloom writes it"),
    "odd name": (lambda folder: odd(folder, name="a\nb"), "isn't as langloom writes it"),
    "odd signature": (lambda folder: odd(folder, signature=[1]), "isn't as langloom writes it"),
    "odd completeness": (lambda folder: odd(folder, complete="yes"), "is incomplete"),
    "deferred": (
        edit(lambda manifest: manifest.update(complete=False, deferred=7)),
        "is incomplete: 7 examples wait for their translation; run the recipe again",
    ),
    "no rows": (
        edit(lambda manifest: manifest["datasets"]["stage1"].update(splits={"train": EMPTY})),
        "holds no examples: there is nothing to publish",
    ),
    "no licence": (
        edit(without_license),
        "no licence is stated for 5 examples (of the sources more): say in the recipe what their sources allow",
    ),
    "altered": (
        altered,
        f"{SHARD} was altered: its SHA-256 isn't the one in manifest.json; run the recipe again with --force",
    ),
    "cut": (lambda folder: os.truncate(folder / SHARD, 100), f"{SHARD} was altered"),
    "half": (
        lambda folder: (folder / SHARD).unlink(),
        f"{SHARD} isn't there: the folder is half an output; run the recipe again with --force",
    ),
    "half a manifest": (
        edit(lambda manifest: train(manifest)["files"].pop()),
        "manifest.json doesn't name all shards of stage1/train: run the recipe again",
    ),
    "rows that don't add up": (edit(lambda manifest: train(manifest).update(rows=16)), "doesn't name all shards"),
    "named twice": (
        edit(lambda manifest: train(manifest)["files"].append(train(manifest)["files"][0] | {"rows": 0})),
        "doesn't name all shards",
    ),
    "a stranger": (
        lambda folder: shutil.copy(folder / SHARD, folder / "data/stage1/train-00003-of-00004.parquet"),
        "data/stage1/train-00003-of-00004.parquet is not in manifest.json: move it away",
    ),
    "no card": (lambda folder: (folder / "README.md").unlink(), "README.md isn't there"),
    "a card that is no text": (lambda folder: (folder / "README.md").write_bytes(b"\xff\xfe"), "isn't UTF-8 text"),
    "a link": (linked, f"{SHARD} is a link: only plain files are published"),
    "a linked folder": (linked_folder, "is a link: only plain files are published"),
    "upwards": (named("data/stage1/../../secret"), "names 'data/stage1/../../secret' as a shard of stage1/train"),
    "absolute": (named("/etc/passwd"), "names '/etc/passwd' as a shard of stage1/train, which it can't be"),
    "another dataset's": (named("data/stage2/train-00001-of-00003.parquet"), "as a shard of stage1/train"),
    "another split's": (named("data/stage1/validation-00001-of-00003.parquet"), "as a shard of stage1/train"),
    "another ending": (named("data/stage1/train-00001-of-00003.py"), "as a shard of stage1/train"),
    "a line more": (named(f"{SHARD}\n"), "as a shard of stage1/train"),
    "no text": (lambda folder: odd(folder, datasets=unnamed(load(folder))), "isn't as langloom writes it"),
}


def unnamed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the datasets of a manifest, with a number where a shard's path should be."""
    train(manifest)["files"][1]["path"] = 3
    return manifest["datasets"]


def listed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the datasets of a manifest, with a list where licences and their rows should be."""
    train(manifest)["licenses"] = ["mit"]
    return manifest["datasets"]


def odd(folder: Path, **changes: Any) -> None:
    """Change the manifest into what no card can be made of."""
    (folder / "manifest.json").write_text(json.dumps(load(folder) | changes))


@pytest.mark.parametrize("case", CASES)
def test_a_folder_that_is_not_to_be_published(hub: Hub, output: Path, publish: Publish, case: str) -> None:
    spoil, message = CASES[case]
    spoil(output)
    said = publish(output)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("error: ") and message in said.err
    assert not hub.log


def test_more_files_than_the_hub_takes(
    hub: Hub, output: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.hub.folder.MOST_FILES", 3)
    said = publish(output)
    assert said.status == 2 and "has 4 shards, and the Hub takes 3 at once: write larger ones" in said.err


def test_an_output_that_is_made_anew_meanwhile(
    hub: Hub, output: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(files: object, repo: str) -> str:
        save(output, load(output) | {"signature": "another"})
        return ""

    monkeypatch.setattr("sinks.hub.folder._refuse_strangers", another)
    said = publish(output)
    assert said.status == 2 and "was made anew while it was being read: publish it again" in said.err
    assert not hub.log


def test_a_folder_elsewhere(hub: Hub, publish: Publish) -> None:
    said = publish("s3://bucket/out")
    assert said.status == 2 and "only local folders are published; copy it here first" in said.err


def test_a_dry_run_refuses_too(hub: Hub, output: Path, publish: Publish) -> None:
    altered(output)
    assert publish(output, "--dry-run").status == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "rejects/part-00000-of-00001.parquet").unlink(),
        lambda folder: (folder / "rejects/part-00000-of-00001.parquet").write_bytes(b"PAR1"),
        lambda folder: shutil.copy(
            folder / "rejects/part-00000-of-00001.parquet", folder / "rejects/part-00001-of-00002.parquet"
        ),
    ],
)
def test_rejects_that_are_not_the_run_s(
    hub: Hub, output: Path, publish: Publish, spoil: Callable[[Path], object]
) -> None:
    spoil(output)
    assert publish(output).status == 0
    said = publish(output, "--with-rejects")
    assert said.status == 2 and ("rejects/" in said.err)


def test_what_the_desktop_leaves_is_left_alone(hub: Hub, output: Path, publish: Publish) -> None:
    (output / "data/.DS_Store").write_text("x")
    (output / "report.html").write_text("<p>")
    assert publish(output).status == 0
    assert "data/.DS_Store" not in hub.repositories[NAME].tree()
    assert len(hashes(hub)) == 4


def test_licences_that_do_not_go_together_are_called_out(hub: Hub, publish: Publish, tmp_path: Path) -> None:
    said = publish(make_output(tmp_path / "out", ["stage1"], license_="cc-by-nd-4.0"))
    assert said.status == 0
    assert "warning: licences: cc-by-nd-4.0 allows no derivatives, and translating makes one" in said.err
