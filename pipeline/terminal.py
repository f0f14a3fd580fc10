"""Where the command writes: results to stdout, all else to stderr; 120 columns wide where there is no terminal.

A reader that goes away, as `head` does, has what it wanted: the rest of the results is dropped, and the command ends as
it would have. Results that can't be written for another reason are an error. What is said on stderr is never one: a run
doesn't end because a terminal was closed, or a log's disk is full.
"""

import codecs
import json
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import IO, Any, cast

from rich.console import Console

from transforms.write_errors import WriteError

WIDTH = 120


def results() -> Console:
    """Return the console for results."""
    return Console(file=_stdout(), width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False)


def messages() -> Console:
    """Return the console for progress, warnings and errors; lines are not wrapped elsewhere than on a terminal."""
    stderr = cast(IO[str], _Stderr(sys.stderr))
    return Console(file=stderr, highlight=False, markup=False, soft_wrap=True)


def say(text: str) -> None:
    """Write a result."""
    _stdout().write(text)
    _stdout().flush()


def flush() -> None:
    """Write out what libraries left in stdout, so that Python has nothing to complain of at its end."""
    with suppress(OSError, ValueError):
        _stdout().flush()


def open_missing_streams() -> None:
    """Open on /dev/null the standard streams that this process lacks, so that no other file gets their numbers."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: PTH123, SIM115 - for as long as the process


def escape_unencodable() -> None:
    """Let characters that stdout's encoding lacks be escaped as in JSON, so that programs read JSON as it was."""
    codecs.register_error("json", _escaped)
    cast(TextIOWrapper, sys.stdout).reconfigure(errors="json")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _stdout() -> IO[str]:
    return cast(IO[str], _Stdout(sys.stdout))


class _Stream:
    """A standard stream, but for what becomes of errors."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Stdout(_Stream):
    def write(self, text: str) -> int:
        self._carefully(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        self._carefully(self._stream.flush)

    def _carefully(self, act: Any, *arguments: Any) -> None:
        try:
            act(*arguments)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            if not isinstance(error, BrokenPipeError):
                raise WriteError(f"standard output can't be written: {error.strerror or error}") from error


class _Stderr(_Stream):
    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()
