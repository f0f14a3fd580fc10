"""What the fake endpoint can be told to do, on the command line, at the start or while it runs."""

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import faults
from tests.fakes.translations import PURE


@dataclass(frozen=True)
class Settings:
    """How the endpoint behaves. All times are in seconds.

    Attributes:
      model: the name in the list of models; any other is answered too.
      translate: `greek`, `echo`, `upper` or `firefox` (real, English to Portuguese).
      tokens: who counts tokens: `o200k`, `bytes`, or `auto` for the first if it is installed.
      thoughts: tokens that each completion has beside what it says.
      seed: of faults and jitter.
      latency: how long an answer takes.
      jitter: the share of the latency by which it varies, both ways.
      concurrency: how many requests are served at a time (0: any number).
      over: what becomes of more: `queue`, or `reject` with 429.
      rpm: requests accepted in any `window` (0: any number).
      tpm: tokens (of prompts and completions) accepted in any `window` (0: any number).
      window: what a minute is for `rpm` and `tpm`.
      quota: tokens after which each request is answered with `insufficient_quota` (0: any number).
      key: the API key that is required ("": none).
      retry_after: what `Retry-After` says for the fault `http_429_retry_after`.
      slow: how long the fault `slow` takes.
      hang: after how long the fault `timeout` closes the connection, if the client doesn't.
      faults: the probability of each kind of fault; `mix` spreads its own over all kinds of `faults.MIX`.
      script: faults of the next requests, in order, "" for none; each is used once, before any is drawn.
      batch_seconds: how long a batch takes.
      batch_end: how it ends: `completed`, `expired` or `failed`.
      batch_share: the share of an expired batch's lines that were done.
      batch_tokens: prompt tokens that may be enqueued in one batch (0: any number); a batch beyond it fails.
    """

    model: str = "fake"
    translate: str = "greek"
    tokens: str = "auto"
    thoughts: int = 0
    seed: int = 0
    latency: float = 0.0
    jitter: float = 0.0
    concurrency: int = 0
    over: str = "queue"
    rpm: int = 0
    tpm: int = 0
    window: float = 60.0
    quota: int = 0
    key: str = ""
    retry_after: float = 1.0
    slow: float = 5.0
    hang: float = 600.0
    faults: Mapping[str, float] = field(default_factory=dict)
    script: Sequence[str] = ()
    batch_seconds: float = 0.2
    batch_end: str = "completed"
    batch_share: float = 0.5
    batch_tokens: int = 0

    def __post_init__(self) -> None:
        _one_of("translate", self.translate, (*PURE, "firefox"))
        _one_of("over", self.over, ("queue", "reject"))
        _one_of("batch_end", self.batch_end, ("completed", "expired", "failed"))
        faults.check(self.faults)
        for kind in self.script:
            _one_of("script", kind, ("", *faults.KINDS))

    def changed(self, changes: Mapping[str, Any]) -> "Settings":
        """Return the settings with some of them changed; raise ValueError for one that doesn't exist."""
        for name in changes:
            _one_of("settings", name, [one.name for one in dataclasses.fields(self)])
        return dataclasses.replace(self, **changes)


def parse(arguments: Sequence[str]) -> tuple[Settings, argparse.Namespace]:
    """Return the settings that a command line asks for, and what it says of the process itself."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.endpoint", description="A faulty endpoint for tests.")
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (0: any free port)")
    parser.add_argument("--with-parent", action="store_true", help="end when the standard input does")
    for one in dataclasses.fields(Settings):
        kind = json.loads if one.name in ("faults", "script") else type(one.default)
        parser.add_argument("--" + one.name.replace("_", "-"), type=kind, default=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    given = {name: value for name, value in vars(options).items() if name not in ("port", "with_parent")}
    return Settings(**given), options


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(known)}")
