"""Batches of runs that share a memory at the same time: what one has sent, the others wait for."""

import threading
import time
from pathlib import Path

import pytest
from asked_chain import reasons, run
from driving_batches import batches, check_tidy, engine, key_at, records, wants

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.batch_records import Line, Record, Records
from transforms.translate.engines import Answer
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory

ENDPOINT = {"batch_seconds": 0.2}


def test_two_runs_at_once_pay_nothing_twice(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_seconds=0.5)
    found: list[int] = []

    def go(first: int) -> None:
        _, held = run(tmp_path, wants(60, first), engine(endpoint, batch_requests=20))
        found.append(len(held))

    threads = [threading.Thread(target=go, args=(first,)) for first in (0, 0, 30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [60, 60, 60]
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (90, 0)
    check_tidy(endpoint, tmp_path)


def test_a_record_whose_writer_withdraws_is_no_obstacle(endpoint: Endpoint, tmp_path: Path) -> None:
    [request] = wants(1)
    one = engine(endpoint, timeout=30.0)
    kept = Records(str(tmp_path))
    line = Line(key_at(one, request), request, 3, 1, (Answer("", "refusal"),))
    kept.add(Record("ab" * 16, one.place(), "file-x", [line]))
    threading.Timer(0.5, kept.remove, ["ab" * 16]).start()
    began = time.monotonic()
    assert len(run(tmp_path, wants(1), one)[1]) == 1
    assert 0.5 <= time.monotonic() - began < 10


def test_of_two_records_of_one_request_the_second_counts_when_the_first_is_withdrawn(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.configure(batch_seconds=1.5)
    one = engine(endpoint)
    run(tmp_path, wants(1), engine(endpoint, wait=0))  # sends a batch, and doesn't wait for it
    [request] = wants(1)
    kept, first = Records(str(tmp_path)), "00" * 16
    kept.add(Record(first, one.place(), "file-x", [Line(key_at(one, request), request)]))
    assert kept.marks()[0] == first
    threading.Timer(0.5, kept.remove, [first]).start()
    report, held = run(tmp_path, wants(1), one)
    assert (reasons(report), len(held)) == ({}, 1)
    assert endpoint.stats()["requests"] == 1
    assert len(batches(endpoint)) == 1


def test_what_a_withdrawn_batch_held_is_waited_for_in_the_other_that_holds_it(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    endpoint.configure(batch_seconds=1.5)
    one = engine(endpoint)
    run(tmp_path, wants(2), engine(endpoint, wait=0))
    kept, first = Records(str(tmp_path)), "00" * 16
    kept.add(Record(first, one.place(), "file-x", [Line(key_at(one, each), each) for each in wants(2, 1)]))
    threading.Timer(0.5, kept.remove, [first]).start()
    report, held = run(tmp_path, wants(3), one)  # the first is in the one, the last in the other, the second in both
    assert (reasons(report), len(held)) == ({}, 3)
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (3, 0)


def test_what_another_run_finished_since_the_look_up_isnt_sent(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, wanted = engine(endpoint), list(wants(3))
    add = Records.add

    def late(self: Records, record: Record) -> None:
        """Another run's answers come in, and its record goes, before this one's is there."""
        if not batches(endpoint):
            with Memory(str(tmp_path)).journal() as journal:
                told = [(request, greek(request.text), request.signature(one)) for request in wanted[:2]]
                journal.append([Entry("en", "el", each.text, text, "llm:e0", sign) for each, text, sign in told])
            monkeypatch.setattr(Records, "add", add)
        add(self, record)

    monkeypatch.setattr(Records, "add", late)
    report, held = run(tmp_path, wants(3), one)
    assert (reasons(report), len(held)) == ({}, 3)
    assert endpoint.stats()["requests"] == 1
    assert records(tmp_path) == []
