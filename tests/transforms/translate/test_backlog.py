"""Segments come back in the order in which they are asked, however many there are."""

import errno
import io
import random
from itertools import islice
from pathlib import Path

import pytest

from transforms.translate import backlog
from transforms.translate.backlog import Backlog
from transforms.translate.judge import Request
from transforms.translate.wanted import Want, Wanted
from transforms.write_errors import WriteError

TERMS = ((), (("a", "b"),))


def rows(number: int) -> list[Wanted]:
    """Return segments in the order in which they are asked: three of each example."""
    requests = [Request(f"{at % 3} \u1e00", "en", "pt", TERMS[at % 2], at % 3) for at in range(number)]
    each = [Wanted(one, Want(at, f"{at // 3:04}"), "why"[: at % 4]) for at, one in enumerate(requests)]
    return sorted(each, key=lambda one: (one.want.rank, one.request))


@pytest.mark.parametrize("number", [0, 1, 9, 10, 11, 20, 35])
def test_what_was_taken_comes_back_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(backlog, "HELD", 10)
    monkeypatch.setattr(backlog, "READ", 3)
    wanted = rows(number)
    with Backlog(str(tmp_path)) as taken:
        for one in random.Random(1).sample(wanted, number):
            taken.add(one)
        assert len(taken) == number
        assert list(taken) == wanted
    assert list(tmp_path.iterdir()) == []


def test_little_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "HELD", 10)
    monkeypatch.setattr(backlog, "READ", 2)
    read: list[int] = []
    monkeypatch.setattr(backlog, "from_bytes", lambda data, real=backlog.from_bytes: read.append(1) or real(data))
    with Backlog(str(tmp_path)) as taken:
        for one in rows(40):
            taken.add(one)
        assert list(islice(taken, 3)) == rows(40)[:3]
    assert len(read) <= 6  # of 20 pieces: the first of each run, and one more


def test_a_store_has_it_in_the_folder_of_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[str] = []
    monkeypatch.setattr(backlog, "HELD", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("tempfile.TemporaryFile", lambda prefix, dir: folders.append(dir) or io.BytesIO())
    for folder in ("gs://bucket/work", "", "here"):
        Backlog(folder).add(rows(1)[0])
    assert folders == [str(tmp_path), str(tmp_path), "here"]


def test_a_folder_that_cant_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "HELD", 2)
    taken = Backlog(str(tmp_path / "gone"))
    with pytest.raises(WriteError, match="gone can't be written"):
        for one in rows(2):
            taken.add(one)


def test_a_full_disk_is_told_though_closing_fails_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            self.flush()

    monkeypatch.setattr(backlog, "HELD", 2)
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    with pytest.raises(WriteError, match="the disk is full"), Backlog(str(tmp_path)) as taken:
        for one in rows(2):
            taken.add(one)
