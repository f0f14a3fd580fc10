"""Each fault of the fake endpoint is the one that was asked for, and is drawn from the request alone."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import faults
from tests.fakes.asking import TEXT, ask, body, client, raw
from tests.fakes.translations import greek

CHECKS = {
    "empty": lambda text, finish: text == "",
    "cut": lambda text, finish: finish == "length" and greek(TEXT).startswith(text) and 0 < len(text) < len(TEXT),
    "content_filter": lambda text, finish: finish == "content_filter",
    "refusal": lambda text, finish: text in faults.REFUSALS,
    "echo": lambda text, finish: text == TEXT,
    "placeholder_lost": lambda text, finish: text == greek(TEXT).replace("X0X", ""),
    "placeholder_doubled": lambda text, finish: text.count("X0X") == 2,
    "wrong_lines": lambda text, finish: text.count("\n") == 1 and text.replace("\n", " ") == greek(TEXT),
    "chatter": lambda text, finish: text.endswith(greek(TEXT)) and text.startswith(faults.CHATTER),
    "answer": lambda text, finish: text == faults.ANSWER,
    "runaway": lambda text, finish: text.startswith(greek(TEXT)) and text.count("φριενδσ.") > 100,
}


@pytest.mark.parametrize("kind", faults.CONTENT)
def test_answers_that_are_no_translation(endpoint, kind):
    endpoint.configure(faults={kind: 1.0})
    choice = ask(endpoint)
    assert CHECKS[kind](choice.message.content, choice.finish_reason)
    assert endpoint.stats()["faults"] == {kind: 1}
    endpoint.configure(faults={})
    assert ask(endpoint).message.content == greek(TEXT)


@pytest.mark.parametrize(
    ("kind", "error", "status", "retry_after"),
    [
        ("http_429", openai.RateLimitError, 429, None),
        ("http_429_retry_after", openai.RateLimitError, 429, "0.25"),
        ("http_500", openai.InternalServerError, 500, None),
        ("http_503", openai.InternalServerError, 503, None),
        ("insufficient_quota", openai.RateLimitError, 429, None),
        ("unauthorized", openai.AuthenticationError, 401, None),
        ("html", openai.InternalServerError, 502, None),
    ],
)
def test_error_statuses(endpoint, kind, error, status, retry_after):
    endpoint.configure(faults={kind: 1.0}, retry_after=0.25)
    with pytest.raises(error) as raised:
        ask(endpoint)
    assert raised.value.status_code == status
    assert raised.value.response.headers.get("retry-after") == retry_after
    assert (raised.value.code == "insufficient_quota") is (kind == "insufficient_quota")
    assert [(one["status"], one["fault"]) for one in endpoint.log()] == [(status, kind)]


@pytest.mark.parametrize("kind", ["drop_before", "drop_within"])
def test_dropped_connections(endpoint, kind):
    endpoint.configure(faults={kind: 1.0})
    with pytest.raises(openai.APIConnectionError) as raised:
        ask(endpoint)
    assert not isinstance(raised.value, openai.APITimeoutError)


def test_truncated_json_has_the_length_that_it_says(endpoint):
    endpoint.configure(faults={"truncated_json": 1.0})
    with urlopen(Request(f"{endpoint.url}/chat/completions", json.dumps(body()).encode())) as reply:
        data = reply.read()
        assert int(reply.headers["content-length"]) == len(data)
    with pytest.raises(json.JSONDecodeError):
        json.loads(data)


def test_no_answer_until_the_client_goes(endpoint):
    endpoint.configure(faults={"timeout": 1.0})
    with client(endpoint, timeout=0.2) as api, pytest.raises(openai.APITimeoutError):
        api.chat.completions.create(**body())
    until = time.monotonic() + 10
    while endpoint.stats()["in_flight"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    endpoint.configure(hang=0.1)
    with pytest.raises(openai.APIConnectionError):
        ask(endpoint)


def test_late_answers(endpoint):
    endpoint.configure(faults={"slow": 1.0}, slow=0.3)
    start = time.monotonic()
    assert ask(endpoint).message.content == greek(TEXT)
    assert time.monotonic() - start >= 0.3


def test_one_string_too_few(endpoint):
    endpoint.configure(faults={"wrong_lines": 1.0})
    assert json.loads(ask(endpoint, '["one", "two", "three"]').message.content) == ["ονε", "τωο"]


def test_a_fault_that_a_text_cannot_suffer_does_not_happen(endpoint):
    endpoint.configure(faults={"placeholder_lost": 1.0})
    assert ask(endpoint, "none").message.content == "νονε"
    assert endpoint.stats()["faults"] == {}


def test_the_greatest_number_of_tokens_holds(endpoint):
    endpoint.configure(faults={"runaway": 1.0})
    with client(endpoint) as api:
        answer = api.chat.completions.create(**body(max_completion_tokens=60))
    assert (answer.choices[0].finish_reason, answer.usage.completion_tokens) == ("length", 60)


def test_faults_depend_on_the_request_and_not_on_the_order(endpoint):
    texts = [f"some X0X text {number}" for number in range(150)] * 2
    mixed = {"faults": {"mix": 0.5}, "slow": 0.01, "hang": 0.01}

    def run(order, **more):
        endpoint.reset()
        endpoint.configure(**mixed, **more)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda text: raw(endpoint, text), order))
        return sorted((one["text"], one["fault"]) for one in endpoint.log())

    first = run(texts)
    assert run(texts[::-1]) == first
    assert run(texts, seed=1) != first
    kinds = {fault for _, fault in first}
    assert len(kinds) > 15 and kinds <= {"", *faults.MIX}
    assert 100 < sum(fault != "" for _, fault in first) < 200


def test_the_same_request_may_fare_better_the_next_time(endpoint):
    endpoint.configure(faults={"http_503": 0.5})
    for _ in range(20):
        raw(endpoint, TEXT)
    assert set(endpoint.stats()["statuses"]) == {"200", "503"}


@given(st.floats(0, 1), st.integers(0, 10**6))
def test_the_mix_is_spread_equally(share, at):
    shares = faults.spread({"mix": share})
    assert sum(shares.values()) == pytest.approx(share)
    assert (faults.draw(shares, at / 10**6) in faults.MIX) == (at / 10**6 < sum(shares.values())) or share == 0


def test_faults_by_script_come_in_order(endpoint):
    endpoint.configure(script=["", "empty", "http_500"])
    assert ask(endpoint).message.content == greek(TEXT)
    assert ask(endpoint).message.content == ""
    with client(endpoint, max_retries=1) as api:
        assert api.chat.completions.create(**body()).choices[0].message.content == greek(TEXT)
    assert [one["fault"] for one in endpoint.log()] == ["", "empty", "http_500", ""]
