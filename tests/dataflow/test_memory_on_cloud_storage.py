"""A translation memory in Google's Cloud Storage: its client in many threads at once, and objects that go away."""

from collections.abc import Iterator
from typing import Any

import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from tests.dataflow.submitting import at
from tests.fakes.storage import Storage
from transforms import files
from transforms.files import open_stored, read_bytes, write_bytes
from transforms.many_files import remove_all
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """A bucket that this process reaches as a worker reaches its own, but without an account."""
    with Storage() as storage:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", storage.url)
        monkeypatch.setenv("NO_GCE_CHECK", "true")
        monkeypatch.setattr(FileSystems, "_pipeline_options", PipelineOptions(["--no_auth", "--project=langloom-test"]))
        yield storage


def test_journals_are_written_read_folded_and_removed(storage: Storage) -> None:
    memory = Memory(at("memory"))
    entries = [Entry("en", "pt", f"text {number}", f"texto {number}", "mt:x", "x") for number in range(64 * 40 + 1)]
    with memory.journal() as journal:
        journal.append(entries)
    assert len(storage.names(at("memory/journal/"))) == 41
    found = {entry.key: entry for entry in entries}
    assert memory.lookup(found) == found
    assert memory.fold() == len(entries)
    assert not storage.names(at("memory/journal/"))
    assert memory.lookup(found) == found


def test_what_goes_away_while_it_is_read_is_missing(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    path = at("memory/journal/1.jsonl")
    write_bytes(path, b"some")

    def open_and_lose(path: str) -> Any:
        file = open_stored(path)
        remove_all([path, path])  # the second is none
        return file

    monkeypatch.setattr(files, "open_stored", open_and_lose)
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        read_bytes(path)
    write_bytes(path, b"some")
    assert Memory(at("memory")).lookup([b"0" * 16]) == {}, "another fold took it"
