"""The driver of batches and the engine `openai_batch`, against a faulty endpoint in a process of its own."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import orjson
import pytest
from driving_batches import api, batches, check_tidy, engine, key_at, records, run, wants

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.ask import Want, resolve
from transforms.translate.batch_board import Board
from transforms.translate.batch_records import Line
from transforms.translate.budget import Budget, Purse
from transforms.translate.engines import Answer, EngineError, Price
from transforms.translate.engines.identity import Identity
from transforms.translate.engines.openai import OpenAI
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.usage import Tally, Usage

ENDPOINT = {"batch_seconds": 0.2}


def test_all_is_translated_and_nothing_is_left_behind(endpoint: Endpoint, tmp_path: Path) -> None:
    wanted = wants(60)
    report, held = run(tmp_path, wanted, engine(endpoint, price=Price(0.5, 1.0), batch_requests=25))
    assert report.failures == {}
    assert all(held[request].translation == greek(request.text) for request in wanted)
    assert {entry.origin for entry in held.values()} == {"llm:e0"}
    usage, stats = report.usage["e0", "el"], endpoint.stats()
    assert (usage.asked, usage.requests, stats["requests"]) == (60, 60, 60)
    assert (usage.input_tokens, usage.output_tokens) == (stats["prompt_tokens"], stats["completion_tokens"])
    assert usage.usd == pytest.approx((0.5 * usage.input_tokens + usage.output_tokens) / 1e6)
    assert [batch.request_counts.total for batch in batches(endpoint)] == [25, 25, 10]
    check_tidy(endpoint, tmp_path)


def test_the_file_is_no_larger_than_allowed(endpoint: Endpoint, tmp_path: Path) -> None:
    request = next(iter(wants(1)))
    huge = Request("word " * 1000, "en", "el")
    report, held = run(tmp_path, {**wants(20), huge: Want()}, engine(endpoint, batch_bytes=3000))
    assert report.failures == {huge: "too_long"}
    assert request in held
    assert len(held) == 20
    assert len(batches(endpoint)) >= 4


def test_what_expired_is_sent_again(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_end="expired", batch_share=0.75)
    report, held = run(tmp_path, wants(16), engine(endpoint, max_tries=10))
    assert report.failures == {}
    assert len(held) == 16
    assert report.usage["e0", "el"].requests == 16  # what expired was never sent to the model
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (16, 0)
    check_tidy(endpoint, tmp_path)


def test_what_expires_each_time_is_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_end="expired", batch_share=0.0)
    report, held = run(tmp_path, wants(4), engine(endpoint, max_tries=2))
    assert held == {}
    assert set(report.failures.values()) == {"deferred:batch"}
    assert len(batches(endpoint)) == 2
    check_tidy(endpoint, tmp_path)


def test_lines_with_an_error_are_sent_again_or_fail(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_500", "http_429", "content_filter", "timeout"])
    report, held = run(tmp_path, wants(10), engine(endpoint))
    assert list(report.failures.values()) == ["filtered"]
    assert len(held) == 9
    assert len(endpoint.log()) == 10 + 3
    assert report.usage["e0", "el"].requests == 13


def test_faults_of_all_kinds_are_mended_or_told(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"mix": 0.2})
    wanted = wants(400)
    report, held = run(tmp_path, wanted, engine(endpoint, batch_requests=150))
    assert set(held) | set(report.failures) == set(wanted)
    assert not set(held) & set(report.failures)
    assert all(held[request].translation == greek(request.text) for request in held)
    assert set(report.failures.values()) <= {"filtered", "runaway", "refusal", "echo", "cut", "empty", "wrong_language"}
    assert len(held) >= 0.95 * len(wanted)
    assert endpoint.stats()["paid_twice"] == 0
    assert report.usage["e0", "el"].requests == endpoint.stats()["requests"]
    check_tidy(endpoint, tmp_path)


def test_lines_that_always_have_an_error_are_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"http_500": 1.0})
    report, held = run(tmp_path, wants(5), engine(endpoint, max_tries=2))
    assert held == {}
    assert set(report.failures.values()) == {"deferred:unreachable"}
    assert len(endpoint.log()) == 10


@pytest.mark.parametrize("fault", ["refusal", "echo", "empty", "cut"])
def test_answers_that_are_no_translation_are_asked_for_again(endpoint: Endpoint, tmp_path: Path, fault: str) -> None:
    endpoint.configure(script=[fault, fault])
    report, held = run(tmp_path, wants(6), engine(endpoint))
    assert report.failures == {}
    assert all(entry.translation == greek(request.text) for request, entry in held.items())
    assert [batch.request_counts.total for batch in batches(endpoint)] == [6, 2]


def test_a_refusal_that_stays_is_a_failure(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"refusal": 1.0})
    report, _ = run(tmp_path, wants(2), engine(endpoint))
    assert set(report.failures.values()) == {"refusal"}
    assert len(endpoint.log()) == 6
    assert report.usage["e0", "el"].failed == 2


def test_a_lost_placeholder_is_asked_for_in_another_form(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["placeholder_lost"])
    request = Request("Run X0X and then read X1X", "en", "el")
    report, held = run(tmp_path, {request: Want()}, engine(endpoint))
    assert report.failures == {}
    assert held[request].translation == greek(request.text)
    assert ["X0X" in endpoint.log()[0]["text"], "[[0]]" in endpoint.log()[1]["text"]] == [True, True]


@pytest.mark.parametrize("number", [40, 300])
def test_a_queue_that_is_full_gets_smaller_batches(endpoint: Endpoint, tmp_path: Path, number: int) -> None:
    endpoint.configure(batch_tokens=2000)
    report, held = run(tmp_path, wants(number), engine(endpoint, batch_requests=100, max_tries=1))
    assert report.failures == {}
    assert len(held) == number
    assert endpoint.stats()["requests"] == number
    assert {batch.status for batch in batches(endpoint)} == {"completed", "failed"}
    check_tidy(endpoint, tmp_path)


def test_a_queue_that_stays_full_is_waited_for(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_tokens=1)
    report, _ = run(tmp_path, wants(3), engine(endpoint, wait=1.5))
    assert set(report.failures.values()) == {"deferred:batch"}
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


@pytest.mark.parametrize("kind", ["usd", "tokens", "requests"])
def test_a_budget_is_kept_and_nearly_used_up(endpoint: Endpoint, tmp_path: Path, kind: str) -> None:
    wanted, paid = wants(300), engine(endpoint, price=Price(1.0, 3.0))
    whole, _ = run(tmp_path / "whole", wanted, paid)
    usage = whole.usage["e0", "el"]
    cost = {"usd": usage.usd, "tokens": usage.input_tokens + usage.output_tokens, "requests": usage.requests}
    limit = cost[kind] * 0.5 if kind == "usd" else int(cost[kind] * 0.5)
    purse = Purse(Budget(**{kind: limit}))  # type: ignore[arg-type]
    report, held = run(tmp_path / "half", wanted, paid, purse=purse)
    assert 0.98 * limit <= getattr(purse.spent, kind) <= 1.02 * limit
    assert purse.reserved.requests == 0
    assert set(report.failures.values()) == {"deferred:budget"}
    assert report.usage["e0", "el"].deferred == len(report.failures) == 300 - len(held)
    assert max(wanted[one].rank for one in held) < min(wanted[one].rank for one in report.failures)  # whole examples
    _, held = run(tmp_path / "half", wanted, paid)
    assert len(held) == 300
    assert endpoint.stats()["requests"] == 600


def test_a_run_whose_time_is_over_leaves_batches_that_the_next_takes_up(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(batch_seconds=1.0)
    report, held = run(tmp_path, wants(20), engine(endpoint, wait=0), Identity())
    assert held == {}
    assert set(report.failures.values()) == {"deferred:batch"}  # and the next of the chain isn't asked
    assert report.usage["e0", "el"].deferred == 20
    assert len(records(tmp_path)) == 2
    report, held = run(tmp_path, wants(25), engine(endpoint))
    assert len(held) == 25
    assert report.usage["e0", "el"].requests == 25
    assert sorted(batch.request_counts.total for batch in batches(endpoint)) == [5, 20]
    assert endpoint.stats()["paid_twice"] == 0
    check_tidy(endpoint, tmp_path)


def test_results_that_another_run_wants_are_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(20), engine(endpoint, wait=0))
    report, held = run(tmp_path, wants(1), engine(endpoint))
    assert len(held) == 1
    assert report.usage["e0", "el"].asked == 1
    assert len(resolve(Memory(str(tmp_path)), {"e0": engine(endpoint)}, wants(20))) == 20
    assert len(batches(endpoint)) == 1


def test_a_batch_for_another_prompt_or_endpoint_is_left_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(3), engine(endpoint, wait=0))
    left = records(tmp_path)
    _, held = run(tmp_path, wants(3), engine(endpoint, temperature=0.5))
    assert len(held) == 3
    with Endpoint(batch_seconds=0.1) as other:
        assert len(run(tmp_path, wants(3), engine(other))[1]) == 3
        assert len(other.log()) == 3
    assert records(tmp_path) == left


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.fakes.endpoint import Endpoint
from tests.transforms.translate.driving_batches import engine, run, wants
from transforms.translate import batches
from transforms.translate.batch_board import Board
from transforms.translate.batch_records import Records

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[3]
if where == "before_create":
    batches._Driver._create = die
elif where == "after_create":
    Records.begun = die
elif where == "after_record":
    batches._Driver._sleep = die
elif where == "after_journal":
    batches._Driver._forget = die
run(Path(sys.argv[1]), wants(30), engine(Endpoint(port=int(sys.argv[2]))))
"""


@pytest.mark.parametrize("where", ["before_create", "after_create", "after_record", "after_journal"])
def test_a_kill_at_any_moment_pays_nothing_twice(endpoint: Endpoint, tmp_path: Path, where: str) -> None:
    endpoint.configure(batch_seconds=1.0)
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(endpoint.port), where]
    root = Path(__file__).resolve().parents[3]
    child = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    assert child.returncode == -signal.SIGKILL, child.stderr
    assert len(batches(endpoint)) == (where != "before_create")
    assert records(tmp_path)
    report, held = run(tmp_path, wants(31), engine(endpoint))
    assert report.failures == {}
    assert len(held) == 31
    stats = endpoint.stats()
    assert (stats["requests"], stats["paid_twice"]) == (31, 0)
    assert records(tmp_path) == []


def test_an_endpoint_that_goes_away_leaves_the_batch_recorded(tmp_path: Path) -> None:
    with Endpoint(batch_seconds=60) as server:
        threading.Timer(0.7, server.stop).start()
        report, held = run(tmp_path, wants(5), engine(server, max_tries=3))
    assert held == {}
    assert set(report.failures.values()) == {"deferred:unreachable"}
    assert len(records(tmp_path)) == 2


def test_a_batch_that_the_account_doesnt_have_stops_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    run(tmp_path, wants(2), engine(endpoint, wait=0))
    [record] = tmp_path.glob("batches/*.batch.json")
    record.write_bytes(orjson.dumps({"batch": "batch_of_others"}))
    with pytest.raises(EngineError, match="batch_of_others"):
        run(tmp_path, wants(2), engine(endpoint))
    for path in records(tmp_path):
        path.unlink()
    assert len(run(tmp_path, wants(2), engine(endpoint))[1]) == 2


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
    assert set(report.failures.values()) == {"deferred:batch"}
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


def test_the_memory_is_shared_with_openai(endpoint: Endpoint, tmp_path: Path) -> None:
    live = OpenAI("mock", base_url=(endpoint.url,))
    run(tmp_path, wants(10), live)
    run(tmp_path, wants(20), engine(endpoint))
    run(tmp_path, wants(20), live)
    assert endpoint.stats()["requests"] == 20
    assert [batch.request_counts.total for batch in batches(endpoint)] == [10]


def test_a_glossary_is_asked_for_and_kept_over_a_restart(endpoint: Endpoint, tmp_path: Path) -> None:
    kept = Request("Sign the contract", "en", "el", (("contract", greek("contract")),))
    broken = Request("Sign the contract", "en", "el", (("contract", "symvolaio"),))
    wanted = {kept: Want(), broken: Want()}
    run(tmp_path, wanted, engine(endpoint, wait=0))
    report, held = run(tmp_path, wanted, engine(endpoint))
    assert set(held) == {kept}
    assert report.failures == {broken: "glossary"}
    assert len(endpoint.log()) == 4  # it is asked for three times in all


def test_what_was_asked_before_a_restart_isnt_forgotten(endpoint: Endpoint, tmp_path: Path) -> None:
    """A refusal is followed by a second batch, which is under way when the run ends; the third try is the last."""
    endpoint.configure(faults={"refusal": 1.0}, batch_seconds=0.5)
    report, _ = run(tmp_path, wants(1), engine(endpoint, wait=0.9))
    assert set(report.failures.values()) == {"deferred:batch"}
    assert len(batches(endpoint)) == 2
    report, _ = run(tmp_path, wants(1), engine(endpoint))
    assert set(report.failures.values()) == {"refusal"}
    assert len(endpoint.log()) == 3


def test_an_answer_that_lacks_a_number_counts_if_time_is_over(endpoint: Endpoint, tmp_path: Path) -> None:
    one = engine(endpoint)
    request = Request("There are 7 gardens near the river", "en", "el")
    lacking = Answer(greek("There are gardens near the river"))
    with Memory(str(tmp_path)).journal() as journal:
        board = Board("e0", one, journal, Purse(), {"el": Usage()}, Tally())
        job = board.job(Line(key_at(one, request), request, 1, 0, (lacking,)), 0)
        assert job.attempt.text == "There are X0X gardens near the river"
        board.pending[job.line.key] = job
        board.stopped = "batch"
        board.close()
    assert board.failures == {}
    assert resolve(Memory(str(tmp_path)), {"e0": one}, [request])[request].digits is False


def test_a_request_that_the_service_doesnt_take_stops_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"unauthorized": 1.0})
    with pytest.raises(EngineError, match="refused the API key"):
        run(tmp_path, wants(2), engine(endpoint))


def test_a_text_that_is_refused_again_fails_no_later_run(endpoint: Endpoint, tmp_path: Path) -> None:
    for _ in range(2):
        endpoint.configure(script=["http_400"])
        report, held = run(tmp_path, wants(10), engine(endpoint))
        assert list(report.failures.values()) == ["request_refused"]
        assert len(held) == 9
    endpoint.configure(faults={"http_400": 1.0})
    with pytest.raises(EngineError, match="could not be processed"):
        run(tmp_path / "new", wants(2), engine(endpoint))
    check_tidy(endpoint, tmp_path)


def test_a_batch_for_which_there_is_no_money_is_left_for_later(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["", "http_402", "http_402"])
    report, held = run(tmp_path, wants(3), engine(endpoint))
    assert list(report.failures.values()) == ["deferred:quota"] * 2
    assert len(held) == 1
