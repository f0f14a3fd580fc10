"""What the engine `openai_batch` asks for and takes as an answer, against an endpoint in a process of its own."""

from pathlib import Path

import pytest
from asked_chain import reasons, run
from driving_batches import batches, check_tidy, engine, key_at, wants

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.ask import remembered_entries
from transforms.translate.batch_board import Board
from transforms.translate.batch_records import Line
from transforms.translate.books import Books
from transforms.translate.budget import Budget
from transforms.translate.engines import Answer, Price
from transforms.translate.engines.openai import OpenAI
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally, Usage
from transforms.translate.wanted import Want

ENDPOINT = {"batch_seconds": 0.2}


def test_all_is_translated_and_nothing_is_left_behind(endpoint: Endpoint, tmp_path: Path) -> None:
    wanted = wants(60)
    report, held = run(tmp_path, wanted, engine(endpoint, price=Price(0.5, 1.0), batch_requests=25))
    assert reasons(report) == {}
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
    assert reasons(report) == {huge: "too_long"}
    assert request in held
    assert len(held) == 20
    assert len(batches(endpoint)) >= 4


@pytest.mark.parametrize("fault", ["refusal", "echo", "empty", "cut"])
def test_answers_that_are_no_translation_are_asked_for_again(endpoint: Endpoint, tmp_path: Path, fault: str) -> None:
    endpoint.configure(script=[fault, fault])
    report, held = run(tmp_path, wants(6), engine(endpoint))
    assert reasons(report) == {}
    assert all(entry.translation == greek(request.text) for request, entry in held.items())
    assert [batch.request_counts.total for batch in batches(endpoint)] == [6, 2]


def test_a_refusal_that_stays_is_a_failure(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"refusal": 1.0})
    report, _ = run(tmp_path, wants(2), engine(endpoint))
    assert set(reasons(report).values()) == {"refusal"}
    assert len(endpoint.log()) == 6
    assert report.usage["e0", "el"].failed == 2


def test_a_lost_placeholder_is_asked_for_in_another_form(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["placeholder_lost"])
    request = Request("Run X0X and then read X1X", "en", "el")
    report, held = run(tmp_path, {request: Want()}, engine(endpoint))
    assert reasons(report) == {}
    assert held[request].translation == greek(request.text)
    assert ["X0X" in endpoint.log()[0]["text"], "[[0]]" in endpoint.log()[1]["text"]] == [True, True]


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
    assert set(reasons(report).values()) == {"deferred:budget"}
    assert report.usage["e0", "el"].deferred == len(reasons(report)) == 300 - len(held)
    assert max(wanted[one].rank for one in held) < min(wanted[one].rank for one in reasons(report))  # whole examples
    _, held = run(tmp_path / "half", wanted, paid)
    assert len(held) == 300
    assert endpoint.stats()["requests"] == 600


def test_a_budget_is_kept_though_the_model_thinks_much(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(thoughts=400)
    purse = Purse(Budget(usd=0.05))
    report, _ = run(tmp_path, wants(300), engine(endpoint, price=Price(1.0, 3.0)), purse=purse)
    assert 0.9 * 0.05 <= purse.spent.usd <= 1.02 * 0.05
    assert set(reasons(report).values()) == {"deferred:budget"}
    assert len(batches(endpoint)) <= 4


def test_the_memory_is_shared_with_openai(endpoint: Endpoint, tmp_path: Path) -> None:
    live = OpenAI("mock", base_url=(endpoint.url,))
    run(tmp_path, wants(10), live)
    run(tmp_path, wants(20), engine(endpoint))
    run(tmp_path, wants(20), live)
    assert endpoint.stats()["requests"] == 20
    assert [batch.request_counts.total for batch in batches(endpoint)] == [10]


def test_an_answer_that_lacks_a_number_counts_if_time_is_over(endpoint: Endpoint, tmp_path: Path) -> None:
    one = engine(endpoint)
    request = Request("There are 7 gardens near the river", "en", "el")
    lacking = Answer(greek("There are gardens near the river"))
    with Memory(str(tmp_path)).journal() as journal:
        board = Board("e0", one, Books(journal, Purse(), {"el": Usage()}, Tally(), lambda *_: None))
        job = board.job(Line(key_at(one, request), request, 1, 0, (lacking,)), 0)
        assert job.attempt.text == "There are X0X gardens near the river"
        board.pending[job.line.key] = job
        board.stopped = "batch"
        board.close()
    assert board.failures == {}
    assert remembered_entries(Memory(str(tmp_path)), {"e0": one}, [request])[request].digits is False
