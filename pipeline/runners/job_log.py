"""What is logged while a job runs, kept in a file."""

import io
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.output.work_folder import LOG
from transforms.write_errors import as_write_error


@contextmanager
def job_log(folder: str) -> Iterator[Path]:
    """Send what is logged while a job runs to a file instead of the terminal; yield its path.

    So goes what Python prints on standard error: workers in this process print their tracebacks. The file is made when
    something is logged. Drivers and workers far away keep logs of their own.
    """
    path, root = Path(folder) / LOG, logging.getLogger()
    with as_write_error(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    handlers, stderr = root.handlers[:], sys.stderr
    handler = _LogFile(path, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
    sys.stderr = _Lines(logging.getLogger("stderr"))
    try:
        yield path
    finally:
        sys.stderr = stderr
        root.handlers[:] = handlers
        handler.close()


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
