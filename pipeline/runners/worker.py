"""A worker process of the local runner: Beam's, but what it logs goes to the launcher and not to the terminal."""

import logging
import os
import signal
import sys
import threading

from pipeline.interrupts import INTERRUPTING
from pipeline.runners.startup import import_beam, uncollected


def main() -> None:
    """Serve the launcher that started this process, and end with it, whichever way it ends."""
    for number in INTERRUPTING:
        signal.signal(number, signal.SIG_IGN)  # a terminal sends Ctrl-C to all; the launcher ends its workers
    logging.basicConfig(handlers=[logging.NullHandler()])  # before Beam is imported, which logs as it is
    with uncollected():
        import_beam()
        from apache_beam.runners.worker import sdk_worker_main
        from grpc import RpcError

        from pipeline.runners.worker_stderr import WorkerStderr

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


if __name__ == "__main__":
    main()
