"""The asynchronous driver and the engine `openai`, against a faulty endpoint in a process of its own."""

import json
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from asked_chain import reasons, run, sentences

from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import greek
from transforms.translate.ask import remembered_entries
from transforms.translate.budget import Budget
from transforms.translate.engines import EngineError, Price, openai
from transforms.translate.engines.identity import Identity
from transforms.translate.engines.openai import OpenAI
from transforms.translate.entries import Entry
from transforms.translate.journal import Journal
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.planning import forecast
from transforms.translate.purse import Purse
from transforms.translate.usage import Tally
from transforms.translate.wanted import Want, Wanted
from transforms.write_errors import WriteError

ENDPOINT = {"latency": 0.01, "retry_after": 0.05}


def engine(endpoint: Endpoint, **settings: Any) -> OpenAI:
    return OpenAI(**{"model": "mock", "base_url": (endpoint.url,), "timeout": 1.0, **settings})


def wants(number: int, target: str = "el") -> dict[Request, Want]:
    return {Request(text, "en", target): Want(1, f"{at:04}") for at, text in enumerate(sentences(range(number)))}


def test_all_is_translated_and_asked_once(endpoint: Endpoint, tmp_path: Path) -> None:
    wanted = wants(100)
    report, held = run(tmp_path, wanted, engine(endpoint, price=Price(1.0, 2.0), timeout=30))
    assert reasons(report) == {}
    assert all(held[request].translation == greek(request.text) for request in wanted)
    assert {entry.origin for entry in held.values()} == {"llm:e0"}
    usage, stats = report.usage["e0", "el"], endpoint.stats()
    assert (usage.asked, usage.requests, stats["requests"]) == (100, 100, 100)
    assert (usage.input_tokens, usage.output_tokens) == (stats["prompt_tokens"], stats["completion_tokens"])
    assert usage.usd == pytest.approx((usage.input_tokens + 2 * usage.output_tokens) / 1e6)
    run(tmp_path, wanted, engine(endpoint, concurrency=7))  # limits are no part of what is remembered
    assert endpoint.stats()["requests"] == 100


def test_faults_of_all_kinds_are_mended_or_told(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"mix": 0.2}, hang=2)
    wanted = wants(400)
    report, held = run(tmp_path, wanted, engine(endpoint))
    assert set(held) | set(reasons(report)) == set(wanted)
    assert not set(held) & set(reasons(report))
    assert all(held[request].translation == greek(request.text) for request in held)
    assert set(reasons(report).values()) <= {"filtered", "runaway", "refusal", "echo", "cut", "empty", "wrong_language"}
    assert len(held) >= 0.95 * len(wanted)
    assert endpoint.stats()["requests"] <= 1.35 * len(wanted)
    assert endpoint.stats()["paid_twice"] == 0


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("empty", "empty"), ("cut", "cut"), ("refusal", "refusal"), ("echo", "echo"), ("chatter", None),
        ("runaway", None), ("answer", None), ("content_filter", "filtered"), ("wrong_lines", "line_break"),
    ],
)  # fmt: skip
def test_answers_that_are_no_translations_are_never_remembered(
    endpoint: Endpoint, tmp_path: Path, fault: str, reason: str | None
) -> None:
    endpoint.configure(faults={fault: 1.0})
    report, held = run(tmp_path, wants(3), engine(endpoint))
    assert held == {}
    assert len(reasons(report)) == 3
    if reason:
        assert set(reasons(report).values()) == {reason}
    assert report.usage["e0", "el"].failed == 3


@pytest.mark.parametrize("fault", ["http_500", "http_503", "http_429", "drop_before", "truncated_json", "drop_within"])
def test_an_endpoint_that_stays_away_leaves_all_for_later(endpoint: Endpoint, tmp_path: Path, fault: str) -> None:
    endpoint.configure(faults={fault: 1.0})
    report, held = run(tmp_path, wants(50), engine(endpoint, concurrency=4, max_tries=2))
    assert held == {}
    assert set(reasons(report).values()) == {"deferred:unreachable"}
    assert endpoint.stats()["requests"] <= 16
    endpoint.configure(faults={})
    report, held = run(tmp_path, wants(50), engine(endpoint))
    assert len(held) == 50


def test_what_one_engine_leaves_for_later_the_next_may_do(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"http_500": 1.0})
    report, held = run(tmp_path, wants(5), engine(endpoint, max_tries=1), Identity())
    assert reasons(report) == {}
    assert {entry.origin for entry in held.values()} == {"identity:e1"}


def test_a_spent_quota_stops_at_once(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"insufficient_quota": 1.0})
    report, _ = run(tmp_path, wants(50), engine(endpoint, concurrency=2))
    assert set(reasons(report).values()) == {"deferred:quota"}
    assert endpoint.stats()["requests"] <= 4


def test_a_rejection_with_retry_after_is_waited_for(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_429_retry_after"], retry_after=0.7)
    began = time.monotonic()
    _, held = run(tmp_path, wants(1), engine(endpoint))
    assert len(held) == 1
    assert time.monotonic() - began >= 0.7


def test_one_rejection_among_many_answers_waits_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=[""] * 20 + ["http_429_retry_after"], retry_after=3.0, latency=0.02)
    _, held = run(tmp_path, wants(150), engine(endpoint, concurrency=4))
    assert len(held) == 150
    arrivals = [one["arrived"] for one in endpoint.log()]
    rejected = next(one["arrived"] for one in endpoint.log() if one["status"] == 429)
    assert sum(rejected < at < rejected + 3.0 for at in arrivals) >= 20  # were all to wait, 3 would be on their way
    assert arrivals[-1] >= rejected + 3.0  # the rejected one itself, when it may


def test_what_was_not_answered_in_time_is_charged_and_told(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["timeout"], hang=2)
    purse = Purse(Budget(usd=1.0))
    slow, file = engine(endpoint, price=Price(1.0, 3.0), timeout=0.3), tmp_path / "tally.json"
    report, held = run(tmp_path, wants(3), slow, purse=purse, tally=Tally(str(file)))
    usage = report.usage["e0", "el"]
    assert (len(held), usage.requests) == (3, 4)
    assert 0 < usage.usd_unanswered < usage.usd
    assert usage.unanswered == {"timeout": 1}
    assert json.loads(file.read_text())["unanswered"] == 1
    assert purse.spent.usd == pytest.approx(usage.usd + usage.usd_unanswered)


def test_a_budget_is_kept_though_the_model_thinks_much(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(thoughts=400, latency=0.05)
    purse = Purse(Budget(usd=0.02))
    report, held = run(tmp_path, wants(300), engine(endpoint, price=Price(1.0, 3.0), concurrency=64), purse=purse)
    assert 0.8 * 0.02 <= purse.spent.usd <= 1.02 * 0.02
    assert set(reasons(report).values()) == {"deferred:budget"}
    assert held


def test_what_was_never_sent_costs_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        away = OpenAI("m", (f"http://127.0.0.1:{taken.getsockname()[1]}/v1",), price=Price(1.0, 3.0), max_tries=2)
        purse = Purse(Budget(usd=1.0))
        report, _ = run(tmp_path, wants(3), away, purse=purse)
    usage = report.usage["e0", "el"]
    assert set(reasons(report).values()) == {"deferred:unreachable"}
    assert usage.unanswered == {"connection": usage.requests}
    assert (usage.usd_unanswered, purse.spent.usd) == (0, 0)


@pytest.mark.parametrize(("kind", "part"), [("usd", 0.5), ("tokens", 0.5), ("requests", 0.5)])
def test_a_budget_is_kept_and_nearly_used_up(endpoint: Endpoint, tmp_path: Path, kind: str, part: float) -> None:
    wanted, paid = wants(300), engine(endpoint, price=Price(1.0, 3.0))
    whole, _ = run(tmp_path / "whole", wanted, paid)
    usage = whole.usage["e0", "el"]
    cost = {"usd": usage.usd, "tokens": usage.input_tokens + usage.output_tokens, "requests": usage.requests}
    limit = cost[kind] * part if kind == "usd" else int(cost[kind] * part)
    purse = Purse(Budget(**{kind: limit}))  # type: ignore[arg-type]
    report, held = run(tmp_path / "half", wanted, paid, purse=purse)
    assert 0.98 * limit <= getattr(purse.spent, kind) <= 1.02 * limit
    assert set(reasons(report).values()) == {"deferred:budget"}
    assert report.usage["e0", "el"].deferred == len(reasons(report)) == 300 - len(held)
    assert max(wanted[one].rank for one in held) < min(wanted[one].rank for one in reasons(report))  # whole examples
    report, held = run(tmp_path / "half", wanted, paid)
    assert len(held) == 300


def test_limits_a_minute_are_kept(endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[float] = []
    ask = openai._Session.ask

    async def noted(self: Any, lane: int, query: Any) -> Any:
        sent.append(time.monotonic())
        return await ask(self, lane, query)

    monkeypatch.setattr(openai._Session, "ask", noted)
    run(tmp_path, wants(60), engine(endpoint, rpm=1200))  # 20 a second, 12 at once at the beginning
    for at, first in enumerate(sent):
        assert sum(other < first + 1.0 for other in sent[at:]) <= 20 + 12 + 1
    assert len(sent) == endpoint.stats()["requests"] == 60
    assert sent[-1] - sent[0] >= (60 - 12 - 1) / 20 * 0.98


def test_several_endpoints_and_keys_share_the_work(endpoint: Endpoint, tmp_path: Path) -> None:
    with Endpoint(latency=0.01) as other:
        both = engine(endpoint, base_url=(endpoint.url, other.url), concurrency=4)
        _, held = run(tmp_path, wants(60), both)
        assert len(held) == 60
        assert endpoint.stats()["requests"] >= 10
        assert other.stats()["requests"] >= 10
        assert endpoint.stats()["peak_in_flight"] <= 4


def test_several_segments_in_one_request(endpoint: Endpoint, tmp_path: Path) -> None:
    wanted = wants(40)
    _, held = run(tmp_path / "a", wanted, engine(endpoint, per_request=8))
    assert all(held[request].translation == greek(request.text) for request in wanted)
    assert endpoint.stats()["requests"] == 5
    endpoint.reset()
    endpoint.configure(script=["wrong_lines"])
    _, held = run(tmp_path / "b", wanted, engine(endpoint, per_request=8, concurrency=1))
    assert len(held) == 40
    assert endpoint.stats()["requests"] == 5 + 8  # the eight of a wrong reply are asked one by one


@pytest.mark.parametrize(("fault", "reason"), [("http_400", "request_refused"), ("content_filter", "filtered")])
def test_of_several_segments_in_one_request_only_the_one_that_is_refused_fails(
    endpoint: Endpoint, tmp_path: Path, fault: str, reason: str
) -> None:
    endpoint.configure(script=[fault, "", "", fault])
    report, held = run(tmp_path, wants(8), engine(endpoint, per_request=8, concurrency=1))
    assert list(reasons(report).values()) == [reason]
    assert len(held) == 7
    assert (report.usage["e0", "el"].asked, endpoint.stats()["requests"]) == (8, 9)


def test_segments_that_others_stand_between_share_requests_too(endpoint: Endpoint, tmp_path: Path) -> None:
    """Into two languages each text is wanted twice in a row: neighbours hardly ever are of one pair."""
    targets = ("el", "el-CY")
    wanted = {one._replace(target=to): want for one, want in wants(40).items() for to in targets}
    report, held = run(tmp_path, wanted, engine(endpoint, per_request=8))
    assert all(held[request].translation == greek(request.text) for request in wanted)
    assert {to: report.usage["e0", to].requests for to in targets} == {"el": 5, "el-CY": 5}
    chain, empty = {"e0": engine(endpoint, per_request=8)}, Memory(str(tmp_path / "empty"))
    foreseen = forecast(chain, map(Wanted, wanted, wanted.values()), empty)
    assert {to: foreseen.usage["e0", to].requests for to in targets} == {"el": 5, "el-CY": 5}


def test_what_the_budget_leaves_for_later_wasnt_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    purse = Purse(Budget(requests=3))
    report, held = run(tmp_path, wants(40), engine(endpoint, per_request=8), purse=purse)
    usage = report.usage["e0", "el"]
    assert (len(held), usage.unique, usage.asked, usage.deferred) == (24, 40, 24, 16)


def test_a_wrong_key_stops_the_run_and_isnt_repeated(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-Qm7vK2xW9pLz4TtR"
    monkeypatch.setenv("WRONG_KEY", key)
    endpoint.configure(key="another")
    with pytest.raises(EngineError, match="env:WRONG_KEY") as raised:
        run(tmp_path, wants(5), engine(endpoint, api_key=("env:WRONG_KEY",)))
    assert not any(key[at : at + 4] in str(raised.value) for at in range(len(key) - 3))


def test_what_was_answered_before_a_fatal_error_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["", "", "", "unauthorized"])
    with pytest.raises(EngineError):
        run(tmp_path, wants(10), engine(endpoint, concurrency=1))
    assert len(remembered_entries(Memory(str(tmp_path)), {"e0": engine(endpoint)}, wants(10))) == 3


def test_what_is_in_flight_at_a_fatal_error_is_kept_too(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["unauthorized"], latency=0.3)
    with pytest.raises(EngineError):
        run(tmp_path, wants(4), engine(endpoint, concurrency=4))
    assert len(remembered_entries(Memory(str(tmp_path)), {"e0": engine(endpoint)}, wants(4))) == 3
    assert endpoint.stats()["requests"] == 4


def test_nothing_more_is_sent_once_a_result_could_not_be_kept(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.configure(latency=0)
    kept: list[Entry] = []

    def append(_: Journal, entries: Sequence[Entry] = ()) -> None:  # none: when a second has passed
        if len(kept) >= 20:
            raise WriteError("the disk is full")
        kept.extend(entries)

    monkeypatch.setattr(Journal, "append", append)
    for number in range(10):  # it takes two answers at one moment
        endpoint.reset()
        endpoint.configure(latency=0)
        kept.clear()
        with pytest.raises(WriteError):
            run(tmp_path / str(number), wants(100), engine(endpoint, concurrency=4))
        assert endpoint.stats()["requests"] <= len(kept) + 4


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://me:hunter2@example.com/v1", "holds a name or a password"),
        ("https://x.org/v1?key=hunter2", r"holds a \?"),
    ],
)
def test_a_secret_has_no_place_in_a_url(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        OpenAI("m", base_url=(url,))
    assert "hunter2" not in str(raised.value)


def test_a_glossary_is_asked_for_and_checked(endpoint: Endpoint, tmp_path: Path) -> None:
    plain = Request("Sign the contract", "en", "el")
    kept = plain._replace(terms=(("contract", greek("contract")),))
    broken = plain._replace(terms=(("contract", "symvolaio"),))
    report, held = run(tmp_path, {one: Want() for one in (plain, kept, broken)}, engine(endpoint))
    assert set(held) == {plain, kept}
    assert reasons(report) == {broken: "glossary"}
