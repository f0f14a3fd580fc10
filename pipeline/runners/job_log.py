"""What a cluster says of a job: kept in a file, and told to a person in a sentence."""

import io
import logging
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import TextIO

from pipeline.output.work_folder import LOG
from transforms.read.files import SourceError
from transforms.third_parties import ThirdPartyError
from transforms.translate.engines import EngineError, Refused
from transforms.translate.shards import DamagedShardError
from transforms.write_errors import WriteError, as_write_error

LAUNCHER_GONE = re.compile(
    r"^Logging client failed: |\bgrpc[./]|RpcError|Channel closed|closed channel|KeyError: 'bundle_"
)
"""What a worker prints whose launcher is gone: calls that end, and bundles that were taken from it meanwhile."""

TOLD = (DamagedShardError, EngineError, Refused, SourceError, WriteError)
"""Errors of workers whose messages are for people; what they came through is nobody's concern."""


class JobLog:
    """Sends what is logged while a job runs to a file instead of the terminal (a context manager).

    So goes what Python prints on standard error: workers in this process print their tracebacks. The file is made when
    something is logged. Drivers and workers far away keep logs of their own.

    Attributes:
      path: the file.
    """

    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / LOG
        self._before: list[logging.Handler] = []
        self._stderr = sys.stderr
        self._handler: logging.Handler | None = None

    def __enter__(self) -> "JobLog":
        with as_write_error(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
        root = logging.getLogger()
        self._before = root.handlers[:]
        self._handler = _LogFile(self.path, encoding="utf-8", delay=True)
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.handlers[:] = [self._handler]
        self._stderr, sys.stderr = sys.stderr, _Lines(logging.getLogger("stderr"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.stderr = self._stderr
        logging.getLogger().handlers[:] = self._before
        if self._handler:
            self._handler.close()

    @property
    def where(self) -> str:
        """Return a line that says where the log is; empty where nothing was logged."""
        return f"\nThe job's log is in {self.path}" if self.path.is_file() else ""


class _LogFile(logging.FileHandler):
    """A log that is left as it is where it can't be written: on a full disk, what the run itself says is enough."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        return


class _Lines(io.TextIOBase):
    """A stream whose lines are logged as errors."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def write(self, text: str) -> int:
        if text.strip():
            self._logger.error(text.rstrip())
        return len(text)


def reason(error: BaseException | str) -> str:
    """Return the message of what went wrong on a worker, without the traces that runners wrap it in.

    That is the last line of the last Python traceback, the exception's own; where there is none, the first line of what
    the runner says, which for a runner in Java is the message of its exception.
    """
    text = re.sub(r"^Pipeline \S+ failed in state \w+: ", "", str(error))
    lines = [
        line for line in text.splitlines() if line.strip() and not re.match(r"\s*(at \S+\(|\.\.\. \d+ more)", line)
    ]
    if not lines:
        return type(error).__name__
    traces = [at for at, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    said = lines[0]
    if traces:
        # What a frame says is indented; the exception's own line is the first that isn't.
        said = next((line for line in lines[traces[-1] + 1 :] if not line.startswith(" ")), lines[-1])
    elif not _is_java(said):
        said = lines[-1]
    if said.strip() == "unknown error":  # what Beam says for a job server that says nothing
        return "the job failed, and its cluster gave no reason: the log of its driver has it"
    said = re.sub(r" \[while running .*\]$", "", said.strip())
    said = re.sub(r"^(?:(?:\w+\.)+\w+: )*(?:\w+\.)+(\w+: )", r"\1", said)
    return re.sub(rf"^({'|'.join(kind.__name__ for kind in (*TOLD, ThirdPartyError))}): ", "", said)


def is_told(text: str) -> bool:
    """Say whether what is logged tells of an error that is for people: the run's own message says it, and better."""
    return any(re.search(rf"\b{kind.__name__}\b", text) for kind in TOLD)


def _is_java(line: str) -> bool:
    return bool(re.match(r"((java|org|com|scala)\.|Job aborted)", line.strip()))


class News(io.TextIOBase):
    """Standard error of a worker process, without what the launcher says better.

    Beam prints the traceback of whatever a worker fails with, a launcher that is gone among it, and that this one takes
    no more logs.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._dropped = self._muted = False

    def mute(self) -> None:
        """Drop all that follows: the run was interrupted, and what fails of it now is no news."""
        self._muted = True

    def write(self, text: str) -> int:
        ends = text == "\n" and self._dropped
        self._dropped = self._muted or is_told(text) or bool(LAUNCHER_GONE.search(text))
        if not (self._dropped or ends):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()
