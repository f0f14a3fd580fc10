"""A worker process of the local runner that ends in the middle of a job, killed for its memory perhaps: the job ends.

Beam notices some of these deaths, in words of its own, and waits for ever after others: a worker that died before it
called, or between two bundles.
"""

import logging
import signal
import threading
from collections.abc import Callable
from types import TracebackType

from grpc import RpcError

from pipeline.interrupts import leave
from pipeline.status import FAILED, fail

GRACE = 10.0
"""Seconds in which Beam may end the job by itself."""


class LostWorkerError(Exception):
    """A worker process ended in the middle of a job; raised in the thread that waits for it."""


class WorkerWatch:
    """Waits for the deaths of worker processes while a job runs (a context manager).

    Attributes:
      lost: what became of a worker, in a sentence; empty as long as all of them live.
    """

    def __init__(self, last_words: Callable[[], str], grace: float = GRACE) -> None:
        """Make one that is told by `last_words` what else to say where the job doesn't end by itself."""
        self.lost = ""
        self._last_words, self._grace = last_words, grace
        self._over = threading.Event()
        self._hook: Callable[[threading.ExceptHookArgs], object] = threading.excepthook

    def __enter__(self) -> "WorkerWatch":
        self._hook, threading.excepthook = threading.excepthook, self._failed
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        threading.excepthook = self._hook

    def is_news(self, record: logging.LogRecord) -> bool:
        """Say whether what is logged tells anything: what follows from a worker's death doesn't."""
        return not self.lost and not (record.exc_info and isinstance(record.exc_info[1], RpcError))

    def _failed(self, failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.exc_value, LostWorkerError):
            if not issubclass(failure.exc_type, RpcError):  # what follows from a broken connection is no news
                self._hook(failure)
            return
        self.lost = self.lost or str(failure.exc_value)
        if not self._over.wait(self._grace):
            fail(FAILED, f"{self.lost}{self._last_words()}")
            leave(FAILED)


def described(code: int) -> str:
    """Return in a sentence how a worker process ended, by its status or minus the number of a signal."""
    if code != -signal.SIGKILL:
        how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended by itself (status {code})"
        return f"a worker process {how} in the middle of its work"
    return (
        "a worker process was killed (SIGKILL), as systems do that run out of memory: give the run more memory, or "
        "fewer workers, such as `-- --direct_running_mode=multi_processing --direct_num_workers=1`"
    )
