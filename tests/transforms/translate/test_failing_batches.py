"""Batches that expire, fail or have failing lines, queues that are full, and keys that are refused."""

import threading
import time
from pathlib import Path

import pytest
from asked_chain import reasons, run
from driving_batches import api, batches, check_tidy, engine, records, wants

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.engines import EngineError

ENDPOINT = {"batch_seconds": 0.2}


def test_what_expired_is_sent_again(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_end="expired", batch_share=0.75)
    report, held = run(tmp_path, wants(16), engine(endpoint, max_tries=10))
    assert reasons(report) == {}
    assert len(held) == 16
    assert report.usage["e0", "el"].requests == 16  # what expired was never sent to the model
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (16, 0)
    check_tidy(endpoint, tmp_path)


def test_what_expires_each_time_is_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_end="expired", batch_share=0.0)
    report, held = run(tmp_path, wants(4), engine(endpoint, max_tries=2))
    assert held == {}
    assert set(reasons(report).values()) == {"deferred:batch"}
    assert len(batches(endpoint)) == 2
    check_tidy(endpoint, tmp_path)


def test_lines_with_an_error_are_sent_again_or_fail(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_500", "http_429", "content_filter", "timeout"])
    report, held = run(tmp_path, wants(10), engine(endpoint))
    assert list(reasons(report).values()) == ["filtered"]
    assert len(held) == 9
    assert len(endpoint.log()) == 10 + 3
    assert report.usage["e0", "el"].requests == 13


def test_faults_of_all_kinds_are_mended_or_told(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"mix": 0.2})
    wanted = wants(400)
    report, held = run(tmp_path, wanted, engine(endpoint, batch_requests=150))
    assert set(held) | set(reasons(report)) == set(wanted)
    assert not set(held) & set(reasons(report))
    assert all(held[request].translation == greek(request.text) for request in held)
    assert set(reasons(report).values()) <= {"filtered", "runaway", "refusal", "echo", "cut", "empty", "wrong_language"}
    assert len(held) >= 0.95 * len(wanted)
    assert endpoint.stats()["paid_twice"] == 0
    assert report.usage["e0", "el"].requests == endpoint.stats()["requests"]
    check_tidy(endpoint, tmp_path)


def test_lines_that_always_have_an_error_are_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"http_500": 1.0})
    report, held = run(tmp_path, wants(5), engine(endpoint, max_tries=2))
    assert held == {}
    assert set(reasons(report).values()) == {"deferred:unreachable"}
    assert len(endpoint.log()) == 10


@pytest.mark.parametrize("number", [40, 300])
def test_a_queue_that_is_full_gets_smaller_batches(endpoint: Endpoint, tmp_path: Path, number: int) -> None:
    endpoint.configure(batch_tokens=2000)
    report, held = run(tmp_path, wants(number), engine(endpoint, batch_requests=100, max_tries=1))
    assert reasons(report) == {}
    assert len(held) == number
    assert endpoint.stats()["requests"] == number
    assert {batch.status for batch in batches(endpoint)} == {"completed", "failed"}
    check_tidy(endpoint, tmp_path)


def test_a_queue_that_stays_full_is_waited_for(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_tokens=1)
    report, _ = run(tmp_path, wants(3), engine(endpoint, wait=1.5))
    assert set(reasons(report).values()) == {"deferred:batch"}
    assert 3 <= len(batches(endpoint)) <= 8  # longer each time
    endpoint.configure(batch_tokens=0)
    _, held = run(tmp_path, wants(3), engine(endpoint))
    assert len(held) == 3


def test_any_other_failure_of_a_batch_stops_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_end="failed")
    with pytest.raises(EngineError, match="server_error: The batch failed"):
        run(tmp_path, wants(3), engine(endpoint))
    check_tidy(endpoint, tmp_path)
    endpoint.configure(batch_end="completed")
    assert len(run(tmp_path, wants(3), engine(endpoint))[1]) == 3


def test_a_cancelled_batch_keeps_what_was_done(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_seconds=2.0)

    def cancel() -> None:
        while not (made := batches(endpoint)) or not made[0].request_counts.completed:
            time.sleep(0.02)
        api(endpoint).batches.cancel(made[0].id)

    thread = threading.Thread(target=cancel)
    thread.start()
    report, held = run(tmp_path, wants(40), engine(endpoint))
    thread.join()
    assert 0 < len(held) < 40
    assert set(reasons(report).values()) == {"deferred:batch"}
    assert len(batches(endpoint)) == 1
    check_tidy(endpoint, tmp_path)


@pytest.mark.parametrize("when", ["at_first", "later"])
def test_a_wrong_key_stops_the_run_and_isnt_repeated(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    key = "sk-Qm7vK2xW9pLz4TtR"
    monkeypatch.setenv("WRONG_KEY", key)
    one = engine(endpoint, api_key="env:WRONG_KEY")
    if when == "later":
        run(tmp_path, wants(5), engine(endpoint, api_key="env:WRONG_KEY", wait=0))
    endpoint.configure(key="another")
    with pytest.raises(EngineError, match="env:WRONG_KEY") as raised:
        run(tmp_path, wants(5), one)
    said = str(raised.value) + "".join(path.read_text() for path in records(tmp_path))
    assert not any(key[at : at + 4] in said for at in range(len(key) - 3))


def test_a_key_that_isnt_there_is_said_at_once(endpoint: Endpoint, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="env:NO_SUCH_KEY"):
        run(tmp_path, wants(5), engine(endpoint, api_key="env:NO_SUCH_KEY"))


def test_a_request_that_the_service_doesnt_take_stops_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"unauthorized": 1.0})
    with pytest.raises(EngineError, match="refused the API key"):
        run(tmp_path, wants(2), engine(endpoint))


def test_a_text_that_is_refused_again_fails_no_later_run(endpoint: Endpoint, tmp_path: Path) -> None:
    for _ in range(2):
        endpoint.configure(script=["http_400"])
        report, held = run(tmp_path, wants(10), engine(endpoint))
        assert list(reasons(report).values()) == ["request_refused"]
        assert len(held) == 9
    endpoint.configure(faults={"http_400": 1.0})
    with pytest.raises(EngineError, match="could not be processed"):
        run(tmp_path / "new", wants(2), engine(endpoint))
    check_tidy(endpoint, tmp_path)


def test_a_batch_for_which_there_is_no_money_is_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["", "http_402", "http_402"])
    report, held = run(tmp_path, wants(3), engine(endpoint))
    assert list(reasons(report).values()) == ["deferred:quota"] * 2
    assert len(held) == 1
