"""How long the fake endpoint takes, and how much it takes on: at a time, a minute, in all."""

import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from tests.fakes.asking import TEXT, ask, body, client, raw
from tests.fakes.translations import greek


def test_latency_jitter_and_the_peak(endpoint):
    endpoint.configure(latency=0.1, jitter=0.5)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: ask(endpoint, f"text {number}"), range(6)))
    took = [one["finished"] - one["arrived"] for one in endpoint.log()]
    assert min(took) >= 0.05 and max(took) - min(took) > 0.01
    assert 2 <= endpoint.stats()["peak_in_flight"] <= 6


@pytest.mark.parametrize("over", ["queue", "reject"])
def test_requests_at_a_time(endpoint, over):
    endpoint.configure(latency=0.1, concurrency=2, over=over)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda number: raw(endpoint, f"text {number}"), range(6)))
    rejected = sum(answer == ("HTTPError", 429) for answer in answers)
    assert rejected == (0 if over == "queue" else 4)
    assert endpoint.stats()["peak_serving"] == 2
    assert endpoint.stats()["faults"] == ({} if over == "queue" else {"rejected": 4})


def test_who_waits_comes_before_who_arrives(endpoint):
    endpoint.configure(latency=0.05, concurrency=2)
    start = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: raw(endpoint, f"text {number}"), range(12)))
    assert time.monotonic() - start >= 6 * 0.05
    assert endpoint.stats()["peak_in_flight"] > 2


def test_requests_a_minute(endpoint):
    endpoint.configure(rpm=3, window=2.0)
    assert [raw(endpoint, f"{number}")[0] for number in range(4)][3] == "HTTPError"
    with client(endpoint, max_retries=2) as api:  # waits as long as it is told
        assert api.chat.completions.create(**body()).choices[0].message.content == greek(TEXT)
    arrived = [one["arrived"] for one in endpoint.log() if one["status"] == 200]
    assert len(arrived) == 4 and arrived[3] - arrived[0] >= 2.0


def test_tokens_a_minute(endpoint):
    ask(endpoint)
    used = endpoint.stats()["total_tokens"]
    endpoint.reset()
    endpoint.configure(tpm=2 * used, window=60)
    assert isinstance(raw(endpoint, TEXT), list) and isinstance(raw(endpoint, TEXT), list)
    assert raw(endpoint, TEXT) == ("HTTPError", 429)


def test_the_quota(endpoint):
    endpoint.configure(quota=10)
    ask(endpoint)
    with pytest.raises(openai.RateLimitError) as raised:
        ask(endpoint)
    assert raised.value.code == "insufficient_quota"
