"""The Batch API of the fake endpoint, through the official client."""

import json
import time

import openai
import pytest

from tests.fakes.translations import greek

ENDPOINT = {"batch_seconds": 0.2}


@pytest.fixture
def api(endpoint):
    with openai.OpenAI(base_url=endpoint.url, api_key="k", max_retries=0) as api:
        yield api


def lines(number, **changes):
    for index in range(number):
        messages = [{"role": "user", "content": f"Translate:\n\ntext {index}"}]
        line = {"custom_id": f"line-{index}", "method": "POST", "url": "/v1/chat/completions"}
        yield json.dumps({**line, "body": {"model": "m", "messages": messages}, **changes})


def begin(api, rows, **more):
    data = "\n".join(rows).encode()
    file = api.files.create(file=("requests.jsonl", data), purpose="batch")
    assert (file.bytes, file.filename, file.purpose) == (len(data), "requests.jsonl", "batch")
    assert api.files.content(file.id).content == data
    return api.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", **more)


def wait(api, batch, *states):
    states = states or ("completed", "failed", "expired", "cancelled")
    seen = [batch.status]
    until = time.monotonic() + 10
    while batch.status not in states:
        assert time.monotonic() < until, seen
        time.sleep(0.005)
        batch = api.batches.retrieve(batch.id)
        seen += [batch.status] if batch.status != seen[-1] else []
    return batch, seen


def results(api, file):
    return {row["custom_id"]: row for row in map(json.loads, api.files.content(file).text.splitlines())}


def test_a_batch_comes_from_state_to_state(api, endpoint):
    batch, seen = wait(api, begin(api, lines(30), metadata={"run": "one"}))
    assert seen == ["validating", "in_progress", "finalizing", "completed"]
    assert (batch.request_counts.total, batch.request_counts.completed, batch.request_counts.failed) == (30, 30, 0)
    assert batch.metadata == {"run": "one"} and batch.error_file_id is None and batch.errors is None
    assert batch.created_at <= batch.in_progress_at <= batch.finalizing_at <= batch.completed_at < batch.expires_at
    found = results(api, batch.output_file_id)
    said = {name: row["response"]["body"]["choices"][0]["message"]["content"] for name, row in found.items()}
    assert said == {f"line-{index}": greek(f"text {index}") for index in range(30)}
    assert list(found) != list(said := [f"line-{index}" for index in range(30)]) and sorted(found) == sorted(said)
    assert batch.usage.total_tokens == endpoint.stats()["total_tokens"]
    assert {one["batch"] for one in endpoint.log()} == {batch.id}


def test_lines_that_fail_are_in_the_error_file(api, endpoint):
    endpoint.configure(script=["http_500", "timeout", "empty"])
    batch, _ = wait(api, begin(api, lines(5)))
    assert (batch.request_counts.completed, batch.request_counts.failed) == (3, 2)
    errors = results(api, batch.error_file_id)
    assert {row["response"]["status_code"] for row in errors.values()} == {500}
    assert errors["line-0"]["response"]["body"]["error"]["type"] == "server_error"
    assert errors["line-0"]["error"] is None
    good = results(api, batch.output_file_id)
    assert sorted(good) == ["line-2", "line-3", "line-4"]
    assert good["line-2"]["response"]["body"]["choices"][0]["message"]["content"] == ""


def test_an_expired_batch_has_what_was_done(api, endpoint):
    endpoint.configure(batch_end="expired", batch_share=0.25)
    batch, seen = wait(api, begin(api, lines(8)))
    assert seen[-1] == "expired" and batch.expired_at
    assert (batch.request_counts.completed, batch.request_counts.failed) == (2, 6)
    assert len(results(api, batch.output_file_id)) == 2
    errors = results(api, batch.error_file_id)
    assert len(errors) == 6
    assert {(row["error"]["code"], row["response"]) for row in errors.values()} == {("batch_expired", None)}
    assert len(endpoint.log()) == 2


@pytest.mark.parametrize(
    ("rows", "settings", "code"),
    [
        ([*lines(2), "{"], {}, "invalid_json_line"),
        ([*lines(2), *lines(1)], {}, "duplicate_custom_id"),
        ([*lines(1, url="/v1/embeddings")], {}, "invalid_json_line"),
        ([], {}, "invalid_file"),
        ([*lines(2)], {"batch_tokens": 5}, "token_limit_exceeded"),
        ([*lines(2)], {"batch_end": "failed"}, "server_error"),
    ],
)
def test_a_batch_that_fails_says_why(api, endpoint, rows, settings, code):
    endpoint.configure(**settings)
    batch, seen = wait(api, begin(api, rows))
    assert seen[-1] == "failed" and batch.failed_at and batch.output_file_id is None
    assert [error.code for error in batch.errors.data] == [code]
    assert endpoint.log() == []


def test_a_cancelled_batch_keeps_what_was_done(api, endpoint):
    endpoint.configure(batch_seconds=1)
    batch, _ = wait(api, begin(api, lines(40)), "in_progress")
    while api.batches.retrieve(batch.id).request_counts.completed == 0:
        time.sleep(0.01)
    assert api.batches.cancel(batch.id).status == "cancelling"
    batch, _ = wait(api, batch)
    assert batch.status == "cancelled" and batch.cancelling_at and batch.cancelled_at
    done = len(results(api, batch.output_file_id))
    assert 0 < done == batch.request_counts.completed < 40
    with pytest.raises(openai.ConflictError):
        api.batches.cancel(batch.id)


def test_batches_are_listed_newest_first_page_by_page(api):
    made = [begin(api, lines(1), metadata={"run": str(number)}) for number in range(3)]
    first = api.batches.list(limit=2)
    assert [one.metadata["run"] for one in first.data] == ["2", "1"] and first.has_more
    assert [one.id for one in api.batches.list(limit=2)] == [one.id for one in made[::-1]]


def test_what_was_never_there(api):
    for call in (lambda: api.batches.retrieve("batch_x"), lambda: api.files.content("file-x")):
        with pytest.raises(openai.NotFoundError):
            call()
    with pytest.raises(openai.BadRequestError, match="file-x"):
        api.batches.create(input_file_id="file-x", endpoint="/v1/chat/completions", completion_window="24h")


def test_files_can_be_deleted(api):
    file = api.files.create(file=b"\r\n--bytes\x00\r\n", purpose="batch")
    assert api.files.content(file.id).content == b"\r\n--bytes\x00\r\n"
    assert [one.id for one in api.files.list()] == [file.id]
    assert api.files.delete(file.id).deleted
    assert not list(api.files.list())
