"""The engine `openai_batch`: what it sends, and how it reads what comes back."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date
from typing import Any

import httpx2
import orjson
import pytest
from openai import OpenAI as Client

from tests.fakes.endpoint import Endpoint
from transforms.translate.engines import Answer, Batched, BatchState, EngineError, Local, Query, Remote, Unavailable
from transforms.translate.engines.openai import OpenAI
from transforms.translate.engines.openai_batch import OpenAIBatch
from transforms.translate.engines.openai_batch_service import Service

QUERY = Query(("A garden",), "en", "pt")
KEY = "sk-Qm7vK2xW9pLz4TtR"


ENDPOINT = {"batch_seconds": 0.1}


@pytest.fixture
def service(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("SOME_KEY", KEY)
    with OpenAIBatch("m", base_url=endpoint.url, api_key="env:SOME_KEY").service() as service:
        yield service


def test_it_is_driven_by_batches_alone() -> None:
    engine = OpenAIBatch("m")
    assert isinstance(engine, Batched)
    assert not isinstance(engine, Remote | Local)
    assert not isinstance(OpenAI("m"), Batched)
    assert engine.groups(16) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_requests": 0}, "batch_requests is 0: it must be from 1 to 50000"),
        ({"batch_requests": 50_001}, "batch_requests"),
        ({"batch_bytes": 200_000_001}, "batch_bytes"),
        ({"poll": 0}, "poll is 0"),
        ({"wait": -1}, "wait is -1"),
        ({"timeout": 0}, "timeout"),
        ({"max_tries": 0}, "max_tries"),
        ({"base_url": "localhost"}, "base_url"),
        ({"base_url": "http://"}, "base_url is 'http://': it must be an address"),
        ({"base_url": "http://[::1"}, "it must be an address"),
        ({"base_url": "http://there:99999/v1"}, "it must be an address"),
        ({"base_url": "http://there /v1"}, "it must be an address"),
        ({"extra": {"model": "x"}}, "extra"),
        ({"extra": {"top_p": float("nan")}}, "extra can't be sent as JSON"),
        ({"extra": {"since": date(2026, 1, 1)}}, "extra can't be sent as JSON"),
        ({"prompt": "none"}, "prompt"),
        ({"max_segment_chars": 1}, "max_segment_chars"),
        ({"signature": "human"}, "signature is 'human'"),
        ({"signature": "two\nlines"}, "signature is"),
        ({"signature": " "}, "signature is"),
    ],
)
def test_parameters_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OpenAIBatch("m", **settings)


@pytest.mark.parametrize(
    "sampling",
    [{}, {"temperature": 0.3, "seed": 4}, {"max_tokens": 9}, {"prompt": "default"}, {"extra": {"top_p": 0.5}}],
)
def test_its_signature_is_that_of_openai(sampling: dict[str, Any]) -> None:
    live = OpenAI("m", **sampling).signature_of("en", "pt")
    assert OpenAIBatch("m", poll=1.0, wait=5.0, batch_requests=3, **sampling).signature_of("en", "pt") == live
    assert OpenAIBatch("other", **sampling).signature_of("en", "pt") != live


def test_a_signature_that_is_given_is_that_of_all_models_it_is_given_to() -> None:
    engines = [OpenAI("m", signature="ours"), OpenAI("n", seed=4, signature="ours"), OpenAIBatch("o", signature="ours")]
    assert {engine.signature_of("en", "pt") for engine in engines} == {"ours"}


def test_every_incidental_parameter_is_one() -> None:
    names = {field.name for field in fields(OpenAIBatch)}
    assert names >= OpenAIBatch.incidental
    assert {"model", "temperature", "seed", "max_tokens", "prompt", "extra"} <= names - OpenAIBatch.incidental


def test_a_line_holds_what_openai_would_send() -> None:
    engine = OpenAIBatch("m", temperature=0.5, extra={"reasoning_effort": "low"})
    line = engine.line("abc-0", QUERY)
    assert line.endswith(b"}\n") and line.count(b"\n") == 1
    row = orjson.loads(line)
    assert (row["custom_id"], row["method"], row["url"]) == ("abc-0", "POST", "/v1/chat/completions")
    body = OpenAI("m", temperature=0.5, extra={"reasoning_effort": "low"}).body(QUERY)
    assert row["body"] == {**body, "reasoning_effort": "low"}


def test_a_place_is_the_endpoint_without_its_name() -> None:
    one, same = OpenAIBatch("m", base_url="http://a.example/v1"), OpenAIBatch("n", base_url="http://a.example/v1/")
    assert one.place() == same.place() != OpenAIBatch("m", base_url="http://b.example/v1").place()
    assert "a.example" not in one.place()


def completion(text: str, finish: str = "stop", **message: Any) -> dict[str, Any]:
    return {
        "choices": [{"message": {"content": text, **message}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }


def answered(status: int, body: Any) -> bytes:
    return orjson.dumps({"custom_id": "a-0", "response": {"status_code": status, "body": body}, "error": None})


def refused(status: int, code: str | None = None, kind: str = "", message: str = "") -> bytes:
    return answered(status, {"error": {"message": message, "type": kind, "code": code}})


def unanswered(code: str) -> bytes:
    return orjson.dumps({"custom_id": "a-0", "response": None, "error": {"code": code, "message": ""}})


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        (answered(200, completion("Um jardim")), Answer("Um jardim", None, 7, 3)),
        (answered(200, completion("Um", "length")), Answer("Um", "cut", 7, 3)),
        (answered(200, completion("", "content_filter")), Answer("", "filtered", 7, 3)),
        (answered(200, completion("", refusal="No.")), Answer("No.", "refusal", 7, 3)),
        (refused(400, "content_filter"), Answer("", "filtered")),
        (refused(400, "content_policy_violation"), Answer("", "filtered")),
        (refused(400, "context_length_exceeded"), Answer("", "too_long")),
        (refused(413), Answer("", "too_long")),
        (answered(400, {"error": {"code": 400, "type": "content_filter"}}), Answer("", "filtered")),
    ],
)
def test_results_are_answers(service: Any, row: bytes, answer: Answer) -> None:
    assert service.read(row, QUERY) == answer


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (unanswered("batch_expired"), "expired"),
        (unanswered("batch_cancelled"), "cancelled"),
        (unanswered("request_timeout"), "expired"),
        (refused(429, "rate_limit_exceeded"), "rate_limited"),
        (refused(429, "insufficient_quota", "insufficient_quota"), "quota"),
        (refused(500), "server_error"),
        (answered(503, "<html>"), "overloaded"),
        (answered(200, {"error": {"code": 502, "message": "the provider failed"}}), "server_error"),
        (answered(200, {"error": {"code": 402, "message": "no credits"}}), "quota"),
        (answered(200, {}), "malformed"),
        (answered(200, None), "malformed"),
        (b'{"custom_id": "a-0", "resp', "malformed"),
        (b"[]", "malformed"),
    ],
)
def test_results_that_may_be_sent_again(service: Any, row: bytes, reason: str) -> None:
    with pytest.raises(Unavailable) as raised:
        service.read(row, QUERY)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (refused(401), "refused the API key"),
        (refused(404, "model_not_found"), "has no model 'm'"),
        (
            refused(400, "unsupported", message=f"No temperature for {KEY}, please"),
            "No temperature for \\*\\*\\*, plea",
        ),
        (refused(403, message="Your country is not supported"), "refused the API key.*: Your country"),
        (answered(400, "no object"), "status 400: no object"),
        (answered(400, {"error": "model is required"}), "status 400: model is required"),
        (answered(422, {"detail": [{"msg": "field required"}]}), "status 422: .*field required"),
        (answered(400, {}), "status 400$"),
        (answered(200, {"error": {"code": 403, "message": "no access"}}), "refused the API key.*: no access"),
    ],
)
def test_results_that_say_that_nothing_will_work(service: Any, row: bytes, message: str) -> None:
    with pytest.raises(EngineError, match=message) as raised:
        service.read(row, QUERY)
    assert KEY not in str(raised.value)


def test_of_two_lines_for_one_request_the_answer_counts(endpoint: Endpoint) -> None:
    good, bad = answered(200, completion("Um jardim")), unanswered("batch_expired")
    with OpenAIBatch("m", base_url=endpoint.url).service() as one:
        files = tuple(one.upload(data) for data in (good + b"\n" + good + b"\n\n", bad + b"\n{"))
        found, whole = one.results(BatchState("ended", "", files))
        assert (found["a-0"], whole) == (good, True)
        one.delete(files)


def test_a_batch_is_found_by_its_mark(service: Any) -> None:
    file = service.upload(OpenAIBatch("m").line("a-0", QUERY))
    first, second = service.create(file, "11"), service.create(file, "22")
    assert (service.find("11", 0.0), service.find("22", 0.0), service.find("33", 0.0)) == (first, second, None)
    assert service.find("11", 4e9) is None
    assert service.look("batch_x") is None
    service.delete([file, "file-that-isnt-there"])


@pytest.mark.parametrize(("data", "kind"), [(b"<html>Sign in</html>", "text/html"), (b"{}", "application/json")])
def test_a_page_in_place_of_an_answer_is_none(data: bytes, kind: str) -> None:
    page = httpx2.MockTransport(lambda _: httpx2.Response(200, content=data, headers={"content-type": kind}))
    with Client(api_key="x", max_retries=0, http_client=httpx2.Client(transport=page)) as client:
        service = Service(OpenAIBatch("m"), client, "", [])
        calls: list[Callable[[], Any]] = [
            lambda: service.upload(b"{}\n"),
            lambda: service.create("file-1", "11"),
            lambda: service.look("batch_1"),
            lambda: service.results(BatchState("ended", "", ("file-1",))),
        ]
        for call in calls:
            with pytest.raises(Unavailable):
                call()


def test_an_endpoint_without_batches_says_so(endpoint: Endpoint) -> None:
    with (
        OpenAIBatch("m", base_url=endpoint.url + "/other").service() as service,
        pytest.raises(EngineError, match="use the engine `openai` there"),
    ):
        service.upload(b"{}\n")


def test_an_endpoint_that_is_away_may_be_asked_again() -> None:
    with Endpoint() as gone:
        pass
    with OpenAIBatch("m", base_url=gone.url).service() as service:
        service.delete(["file-x"])
        with pytest.raises(Unavailable, match="connection"):
            service.upload(b"{}\n")
