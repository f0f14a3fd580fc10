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


def test_what_is_sent_to_a_worker_holds_no_options(loaded: Load) -> None:
    recipe = loaded(SMALL + "runner: {project: my-secret-project}\n")
    bare = replace(recipe, text="", resolved={})  # which stand in the output, too
    assert b"project" in pickle.dumps(bare)
    assert b"project" not in pickle.dumps(Finish(bare, "signed", "out.work", {}).without_secrets().recipe)
