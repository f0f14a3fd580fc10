"""What errors of an endpoint mean for a run: for one text, for one account, or for all that is asked."""

import threading
from collections import Counter
from pathlib import Path

import pytest
from asked_chain import reasons

from tests.fakes.endpoint import Endpoint
from transforms.translate import window
from transforms.translate.ask import Report, ask
from transforms.translate.engines import EngineError, Refused, Unavailable
from transforms.translate.engines.openai import OpenAI
from transforms.translate.engines.openai_errors import (
    complaint,
    error_of,
    error_within,
    is_spent,
    raise_if_temporary,
    retry_after,
)
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.wanted import Want, Wanted

ENDPOINT = {"latency": 0.02}


NOWHERE = "http://127.0.0.1:9/v1"


def run(
    folder: Path,
    *urls: str,
    number: int = 20,
    concurrency: int = 4,
    tries: int = 5,
    timeout: float = 2.0,
    keys: tuple[str, ...] = (),
) -> Report:
    engine = OpenAI("mock", urls, keys, concurrency=concurrency, timeout=timeout, max_tries=tries)
    texts = [f"Tell me about the garden and the river, number {at}" for at in range(number)]
    wants = [Wanted(Request(text, "en", "el"), Want(1, f"{at:04}")) for at, text in enumerate(texts)]
    return ask({"e": engine}, wants, Memory(str(folder)))


def test_what_is_asked_after_the_money_is_spent_waits_for_more(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=[""] * 5 + ["http_402"] * 20)
    report = run(tmp_path, endpoint.url)
    assert set(reasons(report).values()) == {"deferred:quota"}
    assert len(reasons(report)) == 15
    assert endpoint.stats()["requests"] <= 5 + 4
    endpoint.configure(script=[])
    assert reasons(run(tmp_path, endpoint.url)) == {}


def test_where_one_account_is_spent_the_other_is_asked(endpoint: Endpoint, tmp_path: Path) -> None:
    with Endpoint(faults={"insufficient_quota": 1.0}) as spent:
        assert reasons(run(tmp_path, spent.url, endpoint.url)) == {}
        assert spent.stats()["requests"] <= 4


@pytest.mark.parametrize("fault", ["http_500", "drop_before", "timeout"])
def test_where_one_endpoint_is_away_the_other_is_asked(endpoint: Endpoint, tmp_path: Path, fault: str) -> None:
    """It fails fast and is hardly ever busy: it mustn't draw the work to itself until that has been tried in vain."""
    with Endpoint(faults={fault: 1.0}) as away:
        assert reasons(run(tmp_path, away.url, endpoint.url, number=150, concurrency=8)) == {}
        assert endpoint.stats()["requests"] == 150
        assert away.stats()["requests"] <= 8 + 8, "it is looked at again after 0.5 s, 1 s, 2 s, ..."


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("tries", [1, 2])
def test_an_address_where_nobody_listens_takes_no_requests_tries(
    endpoint: Endpoint, tmp_path: Path, tries: int, concurrency: int
) -> None:
    for number in (1, 20):
        report = run(tmp_path / f"{number}", NOWHERE, endpoint.url, number=number, concurrency=concurrency, tries=tries)
        assert reasons(report) == {}


def test_one_failure_is_not_an_endpoint_that_stays_away(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_503"])
    assert list(reasons(run(tmp_path, endpoint.url, concurrency=1, tries=1)).values()) == ["deferred:unreachable"]
    assert endpoint.stats()["requests"] == 20


def test_a_key_that_is_refused_leaves_its_work_to_the_others(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOD_KEY", "sk-good-Lk3vQ9")
    monkeypatch.setenv("OLD_KEY", "sk-old-Zt7wB2")
    endpoint.configure(key="sk-good-Lk3vQ9")
    report = run(tmp_path, endpoint.url, keys=("env:OLD_KEY", "env:GOOD_KEY"))
    assert reasons(report) == {}
    [(said, times)] = report.usage["e", "el"].retired.items()
    assert times == 1
    assert "refused the API key (env:OLD_KEY): status 401" in said
    assert endpoint.stats()["requests"] <= 20 + 4
    endpoint.configure(key="sk-another")
    with pytest.raises(EngineError, match="refused the API key"):
        run(tmp_path / "none", endpoint.url, keys=("env:OLD_KEY", "env:GOOD_KEY"))


def test_of_keys_that_are_spent_and_refused_more_money_opens_one(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-good-Lk3vQ9")
    with Endpoint(faults={"http_402": 1.0}) as spent:
        endpoint.configure(key="sk-another")
        for at, urls in enumerate([(spent.url, endpoint.url), (endpoint.url, spent.url)]):
            report = run(tmp_path / f"{at}", *urls, keys=("env:SOME_KEY",))
            assert set(reasons(report).values()) == {"deferred:quota"}
            assert len(report.usage["e", "el"].retired) == 1


def test_a_key_that_is_refused_when_nothing_answers_any_more_ends_the_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_503"] * window.HOLD + ["unauthorized"])
    number = window.HOLD + 1
    with pytest.raises(EngineError, match="refused the API key"):
        run(tmp_path, endpoint.url, number=number, concurrency=number, tries=1)


def test_an_endpoint_that_lets_requests_queue_is_given_as_many_as_it_answers_in_time(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on with what nobody waits for any more: were as many sent again, none would ever be answered."""
    monkeypatch.setattr(window, "FIRST_WAIT", 0.1)
    endpoint.configure(concurrency=1, latency=0.1)
    assert reasons(run(tmp_path, endpoint.url, number=24, concurrency=24, timeout=0.5)) == {}


def test_an_endpoint_that_comes_back_is_asked_again(tmp_path: Path) -> None:
    with Endpoint(latency=0.05) as slow, Endpoint(script=["http_503"] * 5) as back:
        assert reasons(run(tmp_path, back.url, slow.url, number=200)) == {}
        assert back.stats()["requests"] >= 50


@pytest.mark.parametrize(("fault", "reason"), [("http_400", "request_refused"), ("flagged", "filtered")])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_first_text_is_refused_and_the_others_are_translated(
    endpoint: Endpoint, tmp_path: Path, fault: str, reason: str, concurrency: int
) -> None:
    endpoint.configure(script=[fault])
    report = run(tmp_path, endpoint.url, concurrency=concurrency)
    assert list(reasons(report).values()) == [reason]
    assert endpoint.stats()["requests"] == 20  # what is refused isn't asked twice


@pytest.mark.parametrize(("fault", "reason"), [("http_400", "request_refused"), ("flagged", "filtered")])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_what_one_endpoint_refuses_another_may_take(
    endpoint: Endpoint, tmp_path: Path, concurrency: int, fault: str, reason: str
) -> None:
    with Endpoint(faults={fault: 1.0}) as stern:
        for at, urls in enumerate([(stern.url, endpoint.url), (endpoint.url, stern.url)]):
            assert reasons(run(tmp_path / f"{at}", *urls, concurrency=concurrency)) == {}
        assert stern.stats()["requests"] <= 2 * 20
        endpoint.configure(script=[fault])
        report = run(tmp_path / "both", stern.url, endpoint.url, concurrency=concurrency)
        assert list(reasons(report).values()) == [reason]


@pytest.mark.parametrize("fault", ["http_400", "flagged"])
def test_what_an_endpoint_refuses_isnt_asked_there_with_another_key(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    for name in ("ONE_KEY", "OTHER_KEY"):
        monkeypatch.setenv(name, f"sk-{name}-Lk3vQ9")
    endpoint.configure(script=[fault])
    report = run(tmp_path, endpoint.url, keys=("env:ONE_KEY", "env:OTHER_KEY"))
    assert len(reasons(report)) == 1
    assert endpoint.stats()["requests"] == 20


def test_what_one_endpoint_refuses_waits_for_another_that_is_busy(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"http_429_retry_after": 0.5}, retry_after=0.3)
    with Endpoint(faults={"http_400": 1.0}) as stern:
        assert reasons(run(tmp_path, stern.url, endpoint.url, concurrency=8, tries=20)) == {}
        assert stern.stats()["requests"] <= 4 * 20


def test_what_one_endpoint_refuses_holds_up_nothing_while_the_other_is_busy(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_400"] * 3)
    with Endpoint(latency=1.5) as slow:
        assert reasons(run(tmp_path, endpoint.url, slow.url, concurrency=1, timeout=10)) == {}
        last = max(entry["arrived"] for entry in endpoint.log())
        others = sorted(entry["arrived"] for entry in slow.log())
    assert len(others) == 4
    assert last < others[2]


def test_a_text_that_is_refused_again_fails_no_later_run(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_400"])
    run(tmp_path, endpoint.url)
    endpoint.configure(script=["http_400"])
    report = run(tmp_path, endpoint.url)
    assert list(reasons(report).values()) == ["request_refused"]
    assert report.usage["e", "el"].from_memory == 19


@pytest.mark.parametrize("concurrency", [1, 8])
def test_where_nothing_but_refusals_comes_the_engine_cant_be_used(
    endpoint: Endpoint, tmp_path: Path, concurrency: int
) -> None:
    endpoint.configure(faults={"http_400": 1.0})
    with pytest.raises(EngineError, match="could not be processed"):
        run(tmp_path, endpoint.url, concurrency=concurrency)
    # The first refusals may each make room for another request, as they come one by one or at once.
    assert max(window.HOLD, concurrency) <= endpoint.stats()["requests"] < concurrency + window.HOLD


def test_many_refusals_at_first_wait_for_what_is_in_flight(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(script=["http_400"] * 6)
    report = run(tmp_path, endpoint.url, concurrency=8)
    assert Counter(reasons(report).values()) == {"request_refused": 6}


def test_a_service_that_asks_for_a_day_isnt_waited_for(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "LONGEST_PAUSE", 0.05)
    endpoint.configure(script=["http_429_retry_after"], retry_after=86_400)
    assert reasons(run(tmp_path, endpoint.url)) == {}


def test_a_service_that_says_at_once_is_given_time(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.configure(faults={"http_429_retry_after": 1.0}, retry_after=0)
    back = threading.Timer(1.2, lambda: endpoint.configure(faults={}))
    back.start()
    assert reasons(run(tmp_path, endpoint.url, number=3)) == {}
    back.join()


def test_the_order_of_further_parameters_asks_nothing_anew() -> None:
    one, other = OpenAI("m", extra={"top_p": 1, "stop": None}), OpenAI("m", extra={"stop": None, "top_p": 1})
    assert one.signature_of("en", "pt") == other.signature_of("en", "pt")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT", "date": "Wed, 21 Oct 2026 07:28:30 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:30 -0000", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "soon", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-5"}, None),
    ],
)
def test_when_to_try_again(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("status", "error", "spent"),
    [
        (402, {}, True),
        (429, {"code": "insufficient_quota"}, True),
        (429, {"type": "insufficient_quota", "code": None}, True),
        (400, {"code": "billing_hard_limit_reached", "type": "invalid_request_error"}, True),
        (429, {"code": "rate_limit_exceeded"}, False),
        (400, {"code": None, "type": "invalid_request_error"}, False),
    ],
)
def test_what_says_that_the_money_is_spent(status: int, error: dict[str, str | None], spent: bool) -> None:
    assert is_spent(status, error) is spent


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 402, "message": "Insufficient credits"}}, 402),
        ({"error": {"code": "429", "message": "Provider returned error"}}, 429),
        ({"error": {"code": "rate_limit_exceeded"}}, 200),
        ({"error": {"code": 7}, "choices": []}, 200),
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, 200),
        ({"error": None, "choices": [{}]}, None),
        ({"error": {"code": 502}, "choices": [{}]}, None),
        (["error"], None),
    ],
)
def test_errors_that_come_in_place_of_an_answer(body: object, status: int | None) -> None:
    assert error_within(body) == status


def test_an_error_in_place_of_an_answer_is_told_from_a_broken_one() -> None:
    with pytest.raises(Unavailable, match="error_reply"):
        raise_if_temporary(200, {"message": "upstream overloaded"}, {})


def test_a_wrong_key_at_gemini_is_no_texts_fault() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    error = {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}
    told, others = (
        complaint(400, error_of([{"error": {**error, **more}}]), "http://a", "m", "env:KEY", [])
        for more in ({"details": details}, {"message": "No such parameter."})
    )
    assert not isinstance(told, Refused)
    assert str(told) == "http://a refused the API key (env:KEY): status 400: API key not valid."
    assert isinstance(others, Refused)
    assert str(others).endswith("status 400: No such parameter.")
