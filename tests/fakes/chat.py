"""Chat completions: what is asked, what is answered, and which fault is suffered."""

import asyncio
import hashlib
import re
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from tests.fakes import answers, faults
from tests.fakes.faults import Reply
from tests.fakes.limits import Limits
from tests.fakes.log import Entry, Log
from tests.fakes.settings import Settings
from tests.fakes.translations import PURE, counter, firefox, firefox_thread
from tests.fakes.wire import HttpReply, HttpRequest, json_reply

_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True)
class Question:
    """A request's body, understood.

    Attributes:
      raw: its bytes, by which faults are drawn.
      model: the model's name.
      said: the contents of the messages.
      text: what follows the last blank line of the last user message.
      segments: the strings that the text is an array of, or None.
      most: the greatest number of tokens of the answer, or None.
    """

    raw: bytes
    model: str
    said: tuple[str, ...]
    text: str
    segments: tuple[str, ...] | None
    most: int | None

    @property
    def hash(self) -> str:
        """Return the hash of the text."""
        return short_hash(self.text)


def short_hash(text: str) -> str:
    """Return a hash of a text, in 16 hexadecimal digits."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def understand(raw: bytes) -> Question:
    """Read the body of a request; raise ValueError if it isn't one."""
    try:
        body = orjson.loads(raw)
        said = tuple(_content(message) for message in body["messages"])
        asked = [text for text, message in zip(said, body["messages"], strict=True) if message["role"] == "user"][-1]
        text = _BLANK_LINE.split(asked)[-1]
        most = body.get("max_completion_tokens") or body.get("max_tokens")
        return Question(raw, body["model"], said, text, _segments(text), most)
    except (KeyError, IndexError, TypeError, AttributeError) as problem:
        raise ValueError(repr(problem)) from problem


def _content(message: dict[str, Any]) -> str:
    content = message["content"] or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def _segments(text: str) -> tuple[str, ...] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        segments = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return tuple(segments) if segments and all(isinstance(one, str) for one in segments) else None


@dataclass(frozen=True)
class Outcome:
    """What becomes of a question: a fault or "", the response that would be sent, and its tokens."""

    fault: str
    reply: HttpReply
    prompt: int = 0
    completion: int = 0


class Chat:
    """The model behind the endpoint, and all that it remembers."""

    def __init__(self, settings: Settings) -> None:
        self.reset()
        self.configure(settings)

    def reset(self) -> None:
        """Forget all requests."""
        self.log = Log()
        self.limits = Limits()
        self._seen: Counter[bytes] = Counter()

    def configure(self, settings: Settings) -> None:
        """Behave as these settings say from now on."""
        self.settings = settings
        self._count: Callable[[str], int] = counter(settings.tokens)
        self._shares = faults.spread(settings.faults)
        self._script = deque(settings.script)

    async def answer(self, request: HttpRequest) -> tuple[HttpReply, Callable[[], None]]:
        """Return the response to a request, and what to call when it has been sent."""
        key = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        log = self.log
        entry = log.arrive(short_hash(key) if key else "")
        try:
            reply = await self._admit(request, key, entry)
        except BaseException:
            log.finish(entry)
            raise
        entry.status = 0 if reply.drop == 0 else reply.status
        return reply, lambda: log.finish(entry)

    async def _admit(self, request: HttpRequest, key: str, entry: Entry) -> HttpReply:
        """Answer, unless the key is wrong, the body isn't understood or a limit is reached."""
        settings, limits = self.settings, self.limits
        entry.fault = "rejected"
        if settings.key and key != settings.key:
            return answers.wrong_key(key)
        try:
            question = understand(request.body)
        except ValueError as problem:
            return answers.bad_request(f"The request is no chat completion: {problem}")
        entry.text, entry.hash = question.text, question.hash
        refused = limits.refuse(settings, self.prompt_tokens(question))
        if refused:
            return refused
        if not await limits.enter(settings):
            return answers.rate_limited("concurrent requests", None)
        try:
            return await self._serve(request, question, key, entry)
        finally:
            limits.leave()

    async def _serve(self, request: HttpRequest, question: Question, key: str, entry: Entry) -> HttpReply:
        """Answer after the latency, with the fault that it may be."""
        seen = self._seen[question.raw]
        outcome = await self.decide(question, key)
        entry.fault, entry.prompt, entry.completion = outcome.fault, outcome.prompt, outcome.completion
        self.limits.spend(outcome.prompt, outcome.completion)
        settings = self.settings
        if settings.latency and outcome.fault not in faults.STATUS:
            vary = faults.number(settings.seed, seen, question.raw, "latency") * 2 - 1
            await asyncio.sleep(settings.latency * (1 + settings.jitter * vary))
        reply = outcome.reply
        if outcome.fault == "slow":
            await asyncio.sleep(settings.slow)
        if outcome.fault == "timeout":
            await request.gone(settings.hang)
        if outcome.fault in ("timeout", "drop_before"):
            return HttpReply(200, b"", drop=0)
        if outcome.fault == "drop_within":
            return HttpReply(200, reply.body, drop=150 + len(reply.body) // 2)
        if outcome.fault == "truncated_json":
            return HttpReply(200, reply.body[: len(reply.body) // 2])
        return reply

    async def decide(self, question: Question, key: str = "") -> Outcome:
        """Draw a fault and make the response, without waiting for anything but a translation."""
        seen = self._seen[question.raw]
        self._seen[question.raw] += 1
        source = question.segments or (question.text,)
        fault = self._fault(question, seen)
        if not faults.applies(fault, source):
            fault = ""
        failed = answers.failed(fault, key, self.settings.retry_after)
        if failed:
            return Outcome(fault, failed)
        message = Reply(tuple([await self._translate(one) for one in source]), question.segments is not None)
        if fault in faults.CONTENT:
            message = faults.spoil(fault, message, source, self._number(question, seen, "variant"))
        content, finish = answers.said(message), message.finish
        tokens, most = self._count(content), question.most
        if most and tokens > most:
            content, tokens, finish = content[: len(content) * most // tokens], most, "length"
        tokens += self.settings.thoughts
        prompt = self.prompt_tokens(question)
        name = "chatcmpl-" + hashlib.blake2b(question.raw, digest_size=12, salt=seen.to_bytes(8)).hexdigest()
        data = answers.completion(name, question.model, content, finish, (prompt, tokens), int(time.time()))
        return Outcome(fault, json_reply(data), prompt, tokens)

    def prompt_tokens(self, question: Question) -> int:
        """Return the tokens of the messages, with three for the frame of each."""
        return sum(self._count(said) + 3 for said in question.said)

    def _fault(self, question: Question, seen: int) -> str:
        if self._script:
            return self._script.popleft()
        return faults.draw(self._shares, self._number(question, seen, "fault")) if self._shares else ""

    def _number(self, question: Question, seen: int, purpose: str) -> float:
        return faults.number(self.settings.seed, seen, question.raw, purpose)

    async def _translate(self, text: str) -> str:
        if self.settings.translate == "firefox":
            return await asyncio.get_running_loop().run_in_executor(firefox_thread, firefox, text)
        return PURE[self.settings.translate](text)
