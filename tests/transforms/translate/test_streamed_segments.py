"""Segments that are taken as they are sent, and given back as they fail: what that may not change."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from tests.transforms.translate.answering import Answering
from tests.transforms.translate.asked_chain import reasons, run, sentences
from transforms.translate import ask as asking
from transforms.translate import backlog, local, packing, window
from transforms.translate.ask import remembered_entries
from transforms.translate.books import Books
from transforms.translate.engines import Answer, Refused
from transforms.translate.engines.openai import OpenAI
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally, Usage
from transforms.translate.wanted import Want, Wanted
from transforms.write_errors import WriteError


def engine(*endpoints: Endpoint, model: str = "mock", concurrency: int = 4) -> OpenAI:
    return OpenAI(model, tuple(each.url for each in endpoints), timeout=5.0, concurrency=concurrency)


def wants(number: int, *targets: str) -> dict[Request, Want]:
    texts = sentences(range(number))
    return {Request(text, "en", to): Want(1, f"{at:04}") for at, text in enumerate(texts) for to in targets or ("el",)}


def test_however_few_are_in_memory_the_outcome_is_the_same(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = wants(40, "el", "el-CY")

    def outcome(name: str) -> tuple[object, ...]:
        endpoint.reset()
        endpoint.configure(script=(["", "refusal", "http_400", "echo"] * 40)[: 2 * len(wanted)])
        chain = engine(endpoint, concurrency=1), engine(endpoint, model="other", concurrency=1)
        report, held = run(tmp_path / name, wanted, *chain)
        return report.usage, reasons(report), held

    usual = outcome("usual")
    for module, name in ((backlog, "HELD"), (backlog, "READ"), (asking, "LOOKED_UP"), (local, "SORTED")):
        monkeypatch.setattr(module, name, 3)
    monkeypatch.setattr(packing, "NEAR", 2)
    assert outcome("few") == usual
    assert usual[1]


def test_what_another_language_has_in_the_memory_says_nothing_of_one_that_is_refused(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    run(tmp_path, wants(3), engine(endpoint))
    endpoint.configure(faults={"http_400": 1.0})
    with pytest.raises(Refused):
        run(tmp_path, {**wants(3), **wants(50, "ru")}, engine(endpoint))
    assert endpoint.stats()["requests"] <= 3 + window.HOLD + 4


def test_what_another_engine_has_in_the_memory_says_nothing_of_one_that_is_refused(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "NEAR", 5)
    run(tmp_path, wants(3, "ru"), Answering(greek))
    endpoint.configure(faults={"http_400": 1.0})
    refusing = Answering(lambda text: Answer("", "refusal"))
    wanted = {**wants(50), **wants(3, "ru"), Request("The last of all", "en", "ru"): Want(1, "9")}
    with pytest.raises(Refused):
        run(tmp_path, wanted, refusing, engine(endpoint))
    assert endpoint.stats()["requests"] <= window.HOLD + 4


def test_what_is_in_flight_is_kept_where_a_failure_cant_be(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(turn: object, one: Wanted, reason: str) -> None:
        raise WriteError("work can't be written, the disk is full")

    monkeypatch.setattr(asking._Turn, "fail", fail)
    endpoint.configure(script=["content_filter"], latency=0.2)
    one, wanted = engine(endpoint, concurrency=8), wants(40)
    with pytest.raises(WriteError, match="the disk is full"):
        run(tmp_path, wanted, one)
    assert endpoint.stats()["requests"] == 8
    assert len(remembered_entries(Memory(str(tmp_path)), {"e0": one}, wanted)) == 7


def test_what_is_in_flight_is_kept_where_no_more_can_be_read(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(latency=0.2)
    one, wanted = engine(endpoint, concurrency=8), wants(40)

    def broken(rows: list[Wanted]) -> Iterator[Wanted]:
        yield from rows[:5]
        raise OSError("the disk is gone")

    books = Books(Memory(str(tmp_path)).journal(), Purse(), {"el": Usage()}, Tally(), lambda *_: None)
    with books.journal, pytest.raises(OSError, match="the disk is gone"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "NEAR", 5)
        window.drive("e0", one, broken(list(map(Wanted, wanted, wanted.values()))), books)
    assert endpoint.stats()["requests"] == 5
    assert len(remembered_entries(Memory(str(tmp_path)), {"e0": one}, wanted)) == 5


def test_few_wait_for_a_slow_endpoint_that_gets_what_another_refuses(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "MOST_OPEN", 12)
    most = 0

    def make(own: window._Window, real: Callable[[window._Window], None] = window._Window._make) -> None:
        nonlocal most
        real(own)
        most = max(most, len(own._open))

    monkeypatch.setattr(window._Window, "_make", make)
    endpoint.configure(faults={"http_400": 1.0}, latency=0)
    with Endpoint(latency=0.1) as slow:
        report, held = run(tmp_path, wants(60), engine(endpoint, slow))
    assert (reasons(report), len(held)) == ({}, 60)
    assert most == 12
