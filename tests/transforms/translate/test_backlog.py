"""Segments come back in the order in which they are asked, however many there are."""

import random
from itertools import islice
from pathlib import Path

import pytest

from transforms.translate import backlog
from transforms.translate.backlog import Backlog
from transforms.translate.judge import Failure, Request
from transforms.translate.wanted import Want, Wanted

TERMS = ((), (("a", "b"),))
WHY = (None, Failure("echo", "this"), Failure("panic"), Failure("cut", "th"))


def rows(number: int) -> list[Wanted]:
    """Return segments in the order in which they are asked: three of each example."""
    requests = [Request(f"{at % 3} \u1e00", "en", "pt", TERMS[at % 2], at % 3) for at in range(number)]
    each = [Wanted(one, Want(at, f"{at // 3:04}"), WHY[at % 4]) for at, one in enumerate(requests)]
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


def test_the_disk_has_its_room_back_though_asking_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "HELD", 10)
    with pytest.raises(KeyError), Backlog(str(tmp_path)) as taken:
        for one in rows(10):
            taken.add(one)
        raise KeyError
    with pytest.raises(ValueError, match="closed file"):
        list(taken)


def test_little_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "HELD", 10)
    monkeypatch.setattr(backlog, "READ", 2)
    read: list[int] = []
    monkeypatch.setattr(backlog, "from_bytes", lambda data, real=backlog.from_bytes: read.append(1) or real(data))
    with Backlog(str(tmp_path)) as taken:
        for one in rows(40):
            taken.add(one)
            assert len(taken._held) < 10
        assert list(islice(taken, 3)) == rows(40)[:3]
    assert len(read) <= 6  # of 20 pieces: the first of each run, and one more
