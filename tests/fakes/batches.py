"""Files and batches, in a small faithful form of the Batch API; they live as long as the process."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Any

import orjson

from tests.fakes import answers, faults
from tests.fakes.batch_objects import Batch, File, multipart, page
from tests.fakes.chat import Chat, Outcome, Question, understand
from tests.fakes.wire import HttpReply, HttpRequest, json_reply

MOST_LINES = 50_000
MOST_METADATA = 16


class Batches:
    """All files and batches, and the work on them."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.files: dict[str, File] = {}
        self.batches: dict[str, Batch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, request: HttpRequest) -> HttpReply | None:
        """Return the response to a request for files or batches, or None if it is for something else."""
        parts = request.path.removeprefix("/v1/").split("/")
        name = parts[1] if len(parts) > 1 else ""
        actions: dict[tuple[str, str, str], Callable[[], HttpReply]] = {
            ("POST", "files", ""): lambda: self._upload(request),
            ("GET", "files", ""): lambda: json_reply(page(request, self.files)),
            ("POST", "batches", ""): lambda: self._create(request),
            ("GET", "batches", ""): lambda: json_reply(page(request, self.batches)),
        }
        if not name:
            action = actions.get((request.method, parts[0], ""))
            return action() if action else None
        if parts[0] == "files":
            return self._file(request.method, name, parts[2:])
        return self._batch(request.method, name, parts[2:]) if parts[0] == "batches" else None

    def _file(self, method: str, name: str, rest: list[str]) -> HttpReply | None:
        if name not in self.files:
            return answers.not_found(f"No such File object: {name}")
        if method == "DELETE":
            del self.files[name]
            return json_reply({"id": name, "object": "file", "deleted": True})
        if rest == ["content"]:
            return HttpReply(200, self.files[name].data, content_type="application/octet-stream")
        return None if rest else json_reply(self.files[name].to_json())

    def _batch(self, method: str, name: str, rest: list[str]) -> HttpReply | None:
        if name not in self.batches:
            return answers.not_found(f"No batch found with id '{name}'.")
        batch = self.batches[name]
        if method == "POST" and rest == ["cancel"]:
            if batch.status not in ("validating", "in_progress"):
                return answers.error(
                    409, f"Cannot cancel a batch with status '{batch.status}'.", "invalid_request_error"
                )
            batch.enter("cancelling")
            return json_reply(batch.to_json())
        return None if rest else json_reply(batch.to_json())

    def _upload(self, request: HttpRequest) -> HttpReply:
        fields = multipart(request.headers.get("content-type", ""), request.body)
        if "file" not in fields or "purpose" not in fields:
            return answers.bad_request("a file and its purpose are required")
        name, data = fields["file"]
        return json_reply(self._keep(name, fields["purpose"][1].decode(), data).to_json())

    def _keep(self, name: str, purpose: str, data: bytes) -> File:
        number = f"{len(self.files)} {time.monotonic_ns()}".encode()
        file = File(
            "file-" + hashlib.blake2b(number, digest_size=11).hexdigest(), name, purpose, data, int(time.time())
        )
        self.files[file.id] = file
        return file

    def _create(self, request: HttpRequest) -> HttpReply:
        try:
            asked = orjson.loads(request.body)
            file, endpoint, window = asked["input_file_id"], asked["endpoint"], asked["completion_window"]
        except (orjson.JSONDecodeError, KeyError, TypeError) as problem:
            return answers.bad_request(f"The request is no batch: {problem!r}")
        metadata = asked.get("metadata")
        if file not in self.files or self.files[file].purpose != "batch":
            return answers.bad_request(f"Invalid input_file_id: {file} is no file with the purpose batch")
        if endpoint != "/v1/chat/completions" or window != "24h" or len(metadata or ()) > MOST_METADATA:
            return answers.bad_request("only /v1/chat/completions, 24h and 16 entries of metadata are supported")
        name = "batch_" + hashlib.blake2b(f"{file} {len(self.batches)}".encode(), digest_size=12).hexdigest()
        batch = self.batches[name] = Batch(name, endpoint, window, file, metadata)
        batch.enter("validating")
        task = asyncio.get_running_loop().create_task(self._work(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return json_reply(batch.to_json())

    async def _work(self, batch: Batch) -> None:
        """Bring a batch from state to state: a tenth of its time validating, a fifth finalizing."""
        settings = self.chat.settings
        await asyncio.sleep(settings.batch_seconds * 0.1)
        lines, batch.errors = _validate(self.files[batch.input].data)
        enqueued = sum(self.chat.prompt_tokens(question) for _, question in lines)
        if settings.batch_tokens and enqueued > settings.batch_tokens:
            batch.errors = [_problem("token_limit_exceeded", "Enqueued token limit reached", None)]
        if settings.batch_end == "failed" and not batch.errors:
            batch.errors = [_problem("server_error", "The batch failed", None)]
        if batch.errors:
            batch.enter("failed")
            return
        batch.total = len(lines)
        if batch.status == "validating":
            batch.enter("in_progress")
        do = round(len(lines) * settings.batch_share) if settings.batch_end == "expired" else len(lines)
        done: list[tuple[str, Outcome | None]] = []
        for index, (identifier, question) in enumerate(lines):
            if index * 20 // len(lines) != (index - 1) * 20 // len(lines):  # twenty pauses
                await asyncio.sleep(settings.batch_seconds * 0.7 / min(20, len(lines)))
            if batch.status == "cancelling" or index >= do:
                break
            done.append((identifier, await self._line(batch, question)))
        cancelled, expired = batch.status == "cancelling", settings.batch_end == "expired"
        if not cancelled:
            batch.enter("finalizing")
        await asyncio.sleep(settings.batch_seconds * 0.2)
        if expired and not cancelled:
            done += [(identifier, None) for identifier, _ in lines[do:]]
            batch.failed += len(lines) - do
        self._write(batch, done)
        batch.enter("cancelled" if cancelled else "expired" if expired else "completed")

    async def _line(self, batch: Batch, question: Question) -> Outcome:
        entry = self.chat.log.arrive("")
        outcome = await self.chat.decide(question)
        if outcome.fault in faults.BROKEN and outcome.fault != "slow":  # within the service there is no wire to break
            failed = answers.failed("http_500", "", 0)
            assert failed
            outcome = Outcome(outcome.fault, failed)
        entry.text, entry.hash, entry.batch = question.text, question.hash, batch.id
        entry.fault, entry.status = outcome.fault, outcome.reply.status
        entry.prompt, entry.completion = outcome.prompt, outcome.completion
        self.chat.log.finish(entry)
        batch.prompt += outcome.prompt
        batch.completion += outcome.completion
        good = outcome.reply.status == 200
        batch.completed += good
        batch.failed += not good
        return outcome

    def _write(self, batch: Batch, done: list[tuple[str, Outcome | None]]) -> None:
        """Write the two files; lines are in no order that follows the input's, as in the real ones."""
        good, bad = [], []
        for identifier, outcome in sorted(done, key=lambda line: hashlib.blake2b(line[0].encode()).digest()):
            number = hashlib.blake2b(f"{batch.id} {identifier}".encode(), digest_size=12).hexdigest()
            line: dict[str, Any] = {
                "id": f"batch_req_{number}",
                "custom_id": identifier,
                "response": None,
                "error": None,
            }
            if outcome is None:
                message = "This request could not be executed before the completion window expired."
                line["error"] = {"code": "batch_expired", "message": message}
            else:
                body = _parsed(outcome.reply)
                line["response"] = {"status_code": outcome.reply.status, "request_id": number, "body": body}
            (good if outcome and outcome.reply.status == 200 else bad).append(orjson.dumps(line) + b"\n")
        if good:
            batch.output = self._keep(f"{batch.id}_output.jsonl", "batch_output", b"".join(good)).id
        if bad:
            batch.error = self._keep(f"{batch.id}_error.jsonl", "batch_output", b"".join(bad)).id


def _parsed(reply: HttpReply) -> Any:
    return orjson.loads(reply.body) if reply.content_type == "application/json" else {"message": reply.body.decode()}


def _problem(code: str, message: str, line: int | None) -> dict[str, Any]:
    return {"code": code, "message": message, "param": None, "line": line}


def _validate(data: bytes) -> tuple[list[tuple[str, Question]], list[dict[str, Any]]]:
    """Return the lines of an input file by `custom_id`, and what is wrong with it."""
    lines: dict[str, Question] = {}
    errors: list[dict[str, Any]] = []
    rows = data.splitlines()
    if not rows or len(rows) > MOST_LINES:
        return [], [_problem("invalid_file", f"The file has {len(rows)} lines: 1 to {MOST_LINES} are allowed", None)]
    for number, row in enumerate(rows, 1):
        try:
            line = orjson.loads(row)
            identifier, question = line["custom_id"], understand(orjson.dumps(line["body"]))
            if (line["method"], line["url"]) != ("POST", "/v1/chat/completions"):
                raise ValueError("method and url must be those of the batch's endpoint")
        except (ValueError, KeyError, TypeError) as problem:
            errors.append(_problem("invalid_json_line", f"This line is no request: {problem!r}", number))
            continue
        if identifier in lines:
            errors.append(_problem("duplicate_custom_id", f"The custom_id {identifier!r} occurs twice", number))
        lines[identifier] = question
    return list(lines.items()), errors
