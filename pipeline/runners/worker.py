"""A worker process of the local runner: Beam's, but what it logs goes to the launcher and not to the terminal."""

import logging
import os
import signal
import sys
import threading

from pipeline.interrupts import INTERRUPTING


def work() -> None:
    """Serve the launcher that `os.environ` says how to reach, and end with it, whichever way it ends."""
    from apache_beam.runners.worker import sdk_worker_main
    from grpc import RpcError

    from pipeline.runners.worker_stderr import WorkerStderr

    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    sys.stderr = stderr = WorkerStderr(sys.stderr)
    for number in INTERRUPTING:
        signal.signal(number, lambda *_: stderr.mute())

    def failed(failure: threading.ExceptHookArgs) -> None:
        if issubclass(failure.exc_type, RpcError):
            os._exit(1)
        threading.__excepthook__(failure)

    threading.excepthook = failed
    try:
        sdk_worker_main.main(sys.argv)
    except RpcError:
        os._exit(1)  # the launcher is gone; Beam's threads would complain of that at an ordinary exit
