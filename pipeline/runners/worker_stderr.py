"""What a worker process may print on standard error."""

import io
import re
from typing import TextIO

from pipeline.runners.job_errors import is_explained

LAUNCHER_GONE = re.compile(
    r"^Logging client failed: |\bgrpc[./]|RpcError|Channel closed|closed channel|KeyError: 'bundle_"
)
"""What a worker prints whose launcher is gone: calls that end, and bundles that were taken from it meanwhile."""


class WorkerStderr(io.TextIOBase):
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
        self._dropped = self._muted or is_explained(text) or bool(LAUNCHER_GONE.search(text))
        if not (self._dropped or ends):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def fileno(self) -> int:
        return self._stream.fileno()
