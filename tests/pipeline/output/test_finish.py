"""What finishes on a worker, where no launcher waits."""

import json
import logging
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from small_recipe import SMALL, Load

from pipeline.output import finish as finishing
from pipeline.output.finish import Finish, FinishThere
from sinks.written import OutputError
from tests.pipeline.output.test_output import manifest
from transforms.translate.memory import Memory

TRANSLATING = SMALL + "engines: {model: {identity: {}}}\n"


class ForbiddenError(Exception):
    """What a store says of a memory that may only be read."""


@pytest.mark.parametrize("error", [PermissionError("m/shards: no"), ForbiddenError("m/shards: no")])
def test_a_fold_that_fails_is_no_failure_of_the_run(
    error: Exception, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(memory: Memory) -> int:
        raise error

    monkeypatch.setattr(Memory, "fold", refused)
    monkeypatch.setattr(finishing, "store_errors", lambda: (ForbiddenError,))
    assert Finish(loaded(SMALL), "signed", "out.work", {}).fold() == []
    (told,) = Finish(loaded(TRANSLATING), "signed", "out.work", {}).fold()
    assert told.startswith("m/shards: no; what was translated stays in the memory's journals: `langloom tm compact ")


def test_what_a_launcher_would_tell_is_logged(
    loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journals = tmp_path / "langloom-memory" / "journal"
    journals.mkdir(parents=True)
    (journals / "a.jsonl").write_text("no entry\n")
    (tmp_path / "result.json").write_text(json.dumps({"draws": [], "shards": [], "rejects": []}))
    usage = {"model": {"pt": {"retired": ["no money is left"]}}}
    monkeypatch.setattr(Finish, "made", lambda *_: {**manifest(), "translation": usage})
    finish = Finish(loaded(TRANSLATING), "signed", str(tmp_path / "out.work"), {})
    with caplog.at_level(logging.WARNING):  # runs here lower it
        FinishThere(finish, force=False)(str(tmp_path / "result.json"))
    first, second = caplog.messages
    assert first == "model: no money is left; it was asked no more"
    assert second.startswith("1 lines of journals are damaged")
    assert (tmp_path / "out" / "manifest.json").is_file()


def test_a_bundle_that_is_tried_again_finds_what_is_done(
    loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, parts = tmp_path / "result.json", tmp_path / "out.work" / "parts"
    path.write_text(json.dumps({"draws": [], "shards": [], "rejects": []}))
    monkeypatch.setattr(Finish, "made", lambda *_: manifest())
    finish = Finish(loaded(SMALL), "signed", str(tmp_path / "out.work"), {})
    inodes = set()
    for _ in range(2):
        parts.mkdir(parents=True)
        FinishThere(finish, force=True)(str(path))
        assert not parts.exists()
        inodes.add((tmp_path / "out").stat().st_ino)
    assert len(inodes) == 1
    monkeypatch.setattr(Finish, "made", lambda *_: manifest("another"))
    with pytest.raises(OutputError, match="holds another data set"):
        FinishThere(finish, force=False)(str(path))


def test_what_is_sent_to_a_worker_holds_no_secrets(loaded: Load) -> None:
    recipe = loaded(SMALL + "runner: {project: my-secret-project}\n")
    bare = replace(recipe, text="", resolved={}, secrets=("sesame",))  # text and values stand in the output, too
    sent = pickle.dumps(Finish(bare, "signed", "out.work", {}).without_secrets().recipe)
    for said in (b"project", b"sesame", recipe.path.encode()):
        assert said in pickle.dumps(bare)
        assert said not in sent
