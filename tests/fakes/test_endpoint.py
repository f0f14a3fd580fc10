"""The fake endpoint is a process that the official client can talk to, and that says what it has seen."""

import asyncio
import json
import time
from urllib.request import Request, urlopen

import openai
import pytest

from tests.fakes.asking import TEXT, ask, body, client
from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import counter, greek


def test_the_official_client_gets_a_translation_and_its_usage(endpoint):
    with client(endpoint) as api:
        answer = api.chat.completions.create(**body())
        assert [model.id for model in api.models.list()] == ["fake"]
    choice = answer.choices[0]
    assert choice.message.content == greek(TEXT)
    assert "X0X" in choice.message.content and "48" in choice.message.content
    assert choice.finish_reason == "stop"
    count = counter("auto")
    assert answer.usage.completion_tokens == count(greek(TEXT))
    assert answer.usage.prompt_tokens == sum(count(message["content"]) + 3 for message in body()["messages"])


def test_the_asynchronous_client_too(endpoint):
    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="k") as api:
            asked = [api.chat.completions.create(**body(f"text {number}")) for number in range(40)]
            return [answer.choices[0].message.content for answer in await asyncio.gather(*asked)]

    assert asyncio.run(all_of_them()) == [greek(f"text {number}") for number in range(40)]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"faults": {"htpp_500": 0.1}}, "no kind of fault"),
        ({"faults": {"http_500": 0.7, "mix": 0.4}}, "more than 1"),
        ({"faults": {"mix": -0.1}}, "not from 0 to 1"),
        ({"translate": "french"}, "none of greek"),
        ({"script": ["nothing"]}, "'nothing' is none of"),
        ({"over": "wait"}, "none of queue"),
    ],
)
def test_wrong_settings(settings, problem):
    with pytest.raises(ValueError, match=problem):
        Endpoint(**settings)


def test_a_wrong_key_is_shown_in_part(endpoint):
    endpoint.configure(key="sk-right")
    with client(endpoint, key="sk-wrong-0123456789abcd") as api:
        for call in (lambda: api.chat.completions.create(**body()), api.models.list):
            with pytest.raises(openai.AuthenticationError, match=r"sk-wrong\*+abcd"):
                call()
    with client(endpoint, key="sk-right") as api:
        api.chat.completions.create(**body())
    assert [one["status"] for one in endpoint.log()] == [401, 200]
    assert len({one["key"] for one in endpoint.log()}) == 2
    assert "sk-" not in json.dumps(endpoint.log())


def test_the_log_and_the_numbers(endpoint):
    before = time.monotonic()
    for text in ("one", "two", "one"):
        ask(endpoint, text)
    log, stats = endpoint.log(), endpoint.stats()
    assert [one["text"] for one in log] == ["one", "two", "one"]
    assert all(before < one["arrived"] <= one["finished"] < time.monotonic() for one in log)
    assert (stats["requests"], stats["texts"], stats["good"], stats["paid_twice"], stats["in_flight"]) == (
        3,
        2,
        3,
        1,
        0,
    )
    assert stats["first_arrival"] == log[0]["arrived"] and stats["last_finish"] == log[2]["finished"]
    assert stats["total_tokens"] == sum(one["prompt"] + one["completion"] for one in log)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"model": "m", "messages": []}', b'{"messages": 3}'])
def test_what_is_no_request(endpoint, data):
    with pytest.raises(OSError, match="400"):
        urlopen(Request(f"{endpoint.url}/chat/completions", data, method="POST"))


def test_what_is_not_there(endpoint):
    with pytest.raises(openai.NotFoundError, match="Invalid URL"), client(endpoint) as api:
        api.embeddings.create(model="m", input="x")


def test_it_starts_anew_with_the_settings_it_was_started_with(endpoint):
    endpoint.configure(translate="upper", faults={"empty": 1.0})
    assert ask(endpoint).message.content == ""
    with client(endpoint) as api:
        api.files.create(file=b"{}", purpose="batch")
        endpoint.restart()
        assert not list(api.files.list())
    assert endpoint.stats()["requests"] == 0
    assert ask(endpoint).message.content == greek(TEXT)
    endpoint.configure(latency=0.01)
    assert ask(endpoint).message.content == greek(TEXT), "settings from before the restart are sent again"


def test_the_process_ends_with_the_block_and_may_come_back_at_its_port():
    with Endpoint(translate="echo") as one:
        port, process = one.port, one._process
        assert ask(one).message.content == TEXT
    assert process.poll() is not None
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/_stats")
    with Endpoint(port=port) as again:
        assert again.port == port and again.stats()["requests"] == 0
