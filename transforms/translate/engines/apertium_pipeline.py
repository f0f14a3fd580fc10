"""Apertium's programs as a pipeline of processes, which takes one text at a time."""

import os
import selectors
import subprocess
import time
import weakref
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Protocol

from transforms.translate.engines import MissingExtra

INSTALL = "apt-get install apertium-eng-cat"


class Broken(Exception):  # noqa: N818 - it is handled, not reported
    """A pipeline didn't answer. Its message is the reason."""


class _Part(Protocol):
    def ask(self, data: bytes, deadline: float) -> bytes: ...
    def close(self) -> None: ...


class Pipeline:
    """The stages of a mode: those that remember nothing are kept open, the others are started for each text."""

    def __init__(self, stages: Sequence[tuple[str, ...]]) -> None:
        self._parts: list[_Part] = []
        for anew, group in groupby(stages, _remembers):
            together = list(group)
            self._parts += [_Once(stage) for stage in together] if anew else [_Open(together)]

    def ask(self, data: bytes, timeout: float) -> bytes:
        """Return what the last stage makes of a text; raise Broken where one ends or takes too long."""
        deadline = time.monotonic() + timeout
        for part in self._parts:
            data = part.ask(data, deadline)
        return data

    def close(self) -> None:
        """End the processes."""
        for part in self._parts:
            part.close()


def _remembers(stage: tuple[str, ...]) -> bool:
    """Return whether what a stage says depends on the texts before.

    It does in the statistical tagger: of 1,000 sentences, up to three changed with their order in eng-spa and in en-gl,
    for all texts that followed, and none where it was started anew. With the perceptron tagger (`-x`) none did.
    """
    options = [word for word in stage[1:] if word.startswith("-")]
    perceptron = any(word == "--perceptron" or (word[1] != "-" and "x" in word) for word in options if len(word) > 1)
    return Path(stage[0]).name == "apertium-tagger" and not perceptron


def _start(command: Sequence[str], source: "int | IO[bytes]") -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}  # older programs read and write in the locale's encoding
    try:
        return subprocess.Popen(  # noqa: S603 - the command is a mode's, which whoever runs this installed; no shell
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
    except FileNotFoundError as error:
        raise MissingExtra(f"the engine apertium needs the program {command[0]}: {INSTALL}") from error


def _end(processes: "Sequence[subprocess.Popen[bytes]]", owner: int) -> None:
    """End processes, if they belong to this one."""
    if owner != os.getpid():
        return
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


class _Once:
    """A stage that is started for each text. The next process is started before it is needed, and loads meanwhile."""

    def __init__(self, stage: Sequence[str]) -> None:
        self._stage = stage
        self._next = [_start(stage, subprocess.PIPE)]
        self._finalizer = weakref.finalize(self, _end, self._next, os.getpid())

    def ask(self, data: bytes, deadline: float) -> bytes:
        process = self._next.pop()
        self._next.append(_start(self._stage, subprocess.PIPE))
        try:
            out, _ = process.communicate(data, max(0.001, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Broken("timeout") from None
        finally:
            _end([process], os.getpid())
        if process.returncode:
            raise Broken("crash")
        return out

    def close(self) -> None:
        self._finalizer()


class _Open:
    """Stages that are joined by pipes and kept open: a null character ends a text and its translation (`-z`)."""

    def __init__(self, stages: Sequence[tuple[str, ...]]) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._finalizer = weakref.finalize(self, _end, self._processes, os.getpid())
        source: int | IO[bytes] = subprocess.PIPE
        for program, *words in stages:
            process = _start([program, "-z", *words], source)
            self._processes.append(process)
            if not isinstance(source, int):
                source.close()  # the next stage has it: an end must reach the stage before
            assert process.stdout
            source = process.stdout
        first, last = self._processes[0].stdin, self._processes[-1].stdout
        assert first
        assert last
        self._into, self._from = first.fileno(), last.fileno()
        os.set_blocking(self._into, False)

    def ask(self, data: bytes, deadline: float) -> bytes:
        out, rest, nothing_asked = bytearray(), memoryview(data + b"\0"), True
        with selectors.DefaultSelector() as selector:
            selector.register(self._into, selectors.EVENT_WRITE)
            selector.register(self._from, selectors.EVENT_READ)
            while not out.endswith(b"\0"):
                ready = {key.fd for key, _ in selector.select(max(0, deadline - time.monotonic()))}
                if not ready:
                    raise Broken("timeout")
                if self._from in ready:
                    if nothing_asked:
                        raise Broken("crash")  # an end, or what belongs to the text before
                    out += self._read()
                elif self._into in ready:
                    rest, nothing_asked = rest[self._write(rest) :], False
                    if not rest:
                        selector.unregister(self._into)
        if rest or out.count(b"\0") > 1:
            raise Broken("crash")  # what comes now belongs to no text
        return bytes(out[:-1])

    def _read(self) -> bytes:
        block = os.read(self._from, 1 << 16)
        if not block:
            raise Broken("crash")
        return block

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._into, data)
        except BrokenPipeError:
            raise Broken("crash") from None

    def close(self) -> None:
        self._finalizer()
