"""OpenAI's Batch API: an account's files and batches, through the `openai` library."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import orjson

from transforms.translate.engines import CLOCK_SKEW, Answer, BatchState, EngineError, Query, Unavailable
from transforms.translate.engines.openai_errors import (
    SPENT,
    complaint,
    error_of,
    error_within,
    raise_if_temporary,
    text_failure,
)
from transforms.translate.prompts import load_prompt
from transforms.translate.replies import read_reply
from transforms.translate.secrets import redacted, without_keys

if TYPE_CHECKING:
    from transforms.translate.engines.openai_batch import OpenAIBatch

ENDPOINT = "/v1/chat/completions"
"""What each line of a batch is for."""

WINDOW: Literal["24h"] = "24h"
"""The only time that the API offers for a batch."""

MARK = "langloom"
"""The entry of a batch's metadata by which it is found again."""

T = TypeVar("T")


class Service:
    """The files and batches of an account."""

    def __init__(self, engine: "OpenAIBatch", client: Any, where: str, keys: Sequence[str]) -> None:
        self._engine, self._client, self._where, self._keys = engine, client, where, keys

    def upload(self, data: bytes) -> str:
        """Hand in the lines of a batch."""
        create = self._client.files.create
        return self._known(self._call(lambda: _name(create(file=(f"{MARK}.jsonl", data), purpose="batch"))), "files")

    def create(self, file: str, mark: str) -> str:
        """Start a batch of a file's lines."""
        create = self._client.batches.create
        asked = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": WINDOW, "metadata": {MARK: mark}}
        return self._known(self._call(lambda: _name(create(**asked))), "batches")

    def find(self, mark: str, since: float) -> str | None:
        """Return the batch with this mark; the newest are listed first."""
        return self._call(lambda: self._find(mark, since - CLOCK_SKEW))

    def _find(self, mark: str, since: float) -> str | None:
        for batch in self._client.batches.list(limit=100):
            if (batch.metadata or {}).get(MARK) == mark:
                return _name(batch)
            if batch.created_at < since:
                break
        return None

    def look(self, batch: str) -> BatchState | None:
        """Return how a batch stands."""
        return self._call(lambda: self._state(self._client.batches.retrieve(batch)))

    def _state(self, found: Any) -> BatchState:
        _name(found)
        results = tuple(file for file in (found.output_file_id, found.error_file_id) if file)
        if found.status == "failed":
            return BatchState("failed", self._problem(found), results)
        if found.status == "cancelled":
            return BatchState("cancelled", "", results)
        return BatchState("ended" if found.status in ("completed", "expired") else "running", "", results)

    def _problem(self, batch: Any) -> str:
        """Return why a batch failed as a whole."""
        errors = (batch.errors.data if batch.errors else None) or []
        codes = {str(error.code) for error in errors}
        if "token_limit_exceeded" in codes:
            return "enqueued"
        if codes & SPENT:
            return "quota"
        said = (
            "; ".join(dict.fromkeys(f"{error.code}: {error.message}" for error in errors[:5])) or "it doesn't say why"
        )
        return self._redacted(said)

    def results(self, state: BatchState) -> tuple[dict[str, bytes], bool]:
        """Return what became of lines."""
        found: dict[str, bytes] = {}
        whole = True
        for file in state.results:
            lines = self._call(lambda file=file: _lines(self._client.files.content(file).content))  # type: ignore[misc]
            if lines is None:
                whole = False
                continue
            for identifier, line in lines.items():
                found.setdefault(identifier, line)  # answers come before errors: what is paid for counts
        return found, whole

    def read(self, result: bytes, query: Query) -> Answer:
        """Return the answer of a line of an output or error file."""
        try:
            row = orjson.loads(result)
            response = row.get("response")
            if not response:
                code = str((row.get("error") or {}).get("code"))
                raise Unavailable("cancelled" if "cancel" in code else "expired")
            body = response["body"]
            status = int(response["status_code"])
            if refused := error_within(body) if status == 200 else status:
                return self._refused(refused, body)
            [answer] = without_keys(read_reply(body, query, load_prompt(self._engine.prompt)), self._keys)
            return answer
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise Unavailable("malformed") from None

    def delete(self, files: Sequence[str]) -> None:
        """Delete files, where that works."""
        for file in files:
            try:
                self._call(lambda file=file: self._client.files.delete(file))  # type: ignore[misc]
            except (Unavailable, EngineError):
                continue

    def _refused(self, status: int, body: Any) -> Answer:
        """Return why the text of a line fails; Unavailable or EngineError where it isn't the text."""
        error = error_of(body)
        if failure := text_failure(status, error):
            return Answer("", failure)
        raise_if_temporary(status, error, {})
        raise self._complaint(status, error)

    def _call(self, call: Callable[[], T]) -> T | None:
        """Return what a call gives; None where the endpoint says that there is no such thing.

        What isn't what the API gives (a page that something between here and there puts in its place) is no answer.
        """
        import openai

        try:
            return call()
        except openai.APIStatusError as error:
            if error.status_code == 404:
                return None
            body = error_of(error.body)
            raise_if_temporary(error.status_code, body, error.response.headers)
            raise self._complaint(error.status_code, body) from None
        except openai.APITimeoutError:
            raise Unavailable("timeout") from None
        except (openai.APIConnectionError, openai.APIResponseValidationError, ValueError, AttributeError, TypeError):
            raise Unavailable("connection") from None

    def _known(self, thing: T | None, path: str) -> T:
        if thing is None:
            raise EngineError(f"{self._engine.base_url} has no {path}: use the engine `openai` there")
        return thing

    def _complaint(self, status: int, error: Mapping[str, Any]) -> EngineError:
        return complaint(status, error, self._engine.base_url, self._engine.model, self._where, self._keys)

    def _redacted(self, text: str) -> str:
        return redacted(text[:300], self._keys)


def _name(thing: Any) -> str:
    """Return what a file or batch is called at the service; ValueError where it is none."""
    if not isinstance(thing.id, str):
        raise ValueError("it has no name")
    return thing.id


def _lines(content: bytes) -> dict[str, bytes]:
    """Return the lines of a file of results by their identifiers, the first of each; ValueError where it is none."""
    lines: dict[str, bytes] = {}
    for line in content.split(b"\n"):
        if line.strip():
            lines.setdefault(_identifier(line), line)
    if lines and not any(lines):
        raise ValueError("no line is a result")
    return lines


def _identifier(line: bytes) -> str:
    try:
        return str(orjson.loads(line)["custom_id"])
    except (ValueError, KeyError, TypeError):
        return ""
