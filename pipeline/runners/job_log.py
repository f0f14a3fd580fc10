"""What is logged while a job runs, kept in a file."""

import io
import logging
import sys
from pathlib import Path
from types import TracebackType

from pipeline.output.work_folder import LOG
from transforms.write_errors import as_write_error


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
