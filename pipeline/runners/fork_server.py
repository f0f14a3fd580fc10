"""Worker processes of the local runner, forked by a process that has imported all that they need.

To import Beam, Arrow and langloom takes a process two seconds of a core, and 70 MB. A fork has them at once, and shares
the memory with the others as long as none of them changes it.

The server is forked from the launcher before anything there starts a thread (`begin`): a fork has only the thread that
made it, and what the others had locked stays locked. A program that didn't begin so has it started as a program of its
own when it asks for its first worker. The server forks workers and tells how they ended, and nothing else happens in
it. It ends with the launcher.
"""

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from select import select
from typing import NoReturn

from pipeline.interrupts import INTERRUPTING, leave
from pipeline.runners.startup import import_beam, uncollected
from pipeline.runners.worker import work

_server: "ForkServer | None" = None


class ForkServer:
    """The launcher's end of the server."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def start(self, environment: Mapping[str, str]) -> socket.socket:
        """Start a worker in this environment and the current folder; `ended` waits at what is returned."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._orders, [b"!"], [theirs.fileno()])
        ours.sendall(json.dumps([str(Path.cwd()), dict(environment)]).encode())
        ours.shutdown(socket.SHUT_WR)
        return ours


def ended(worker: socket.socket) -> int:
    """Wait for a worker's end; return its status, or minus the number of the signal that killed it, or its server."""
    with worker:
        return int(worker.recv(16) or -signal.SIGKILL)


def begin() -> None:
    """Fork the server from this process, unless it has one, or threads."""
    global _server
    if _server or threading.active_count() > 1:
        return
    gc.freeze()  # what the collector visits changes, and is shared no longer
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whoever started this process may have it ignored
    ours, theirs = socket.socketpair()
    signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTING)
    process = os.fork()
    if process == 0:
        ours.close()
        _ignore_interrupts()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTING)
    if process == 0:
        _serve(theirs)
    theirs.close()
    atexit.register(os.waitpid, process, 0)
    atexit.register(ours.close)
    _server = ForkServer(ours)


def server() -> ForkServer:
    """Return the server of this process, which is started now unless there is one."""
    global _server
    if _server is None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-c", f"from {__name__} import main; main()", str(theirs.fileno())]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603 - this module
        atexit.register(process.wait)
        atexit.register(ours.close)
        _server = ForkServer(ours)
    return _server


def _ignore_interrupts() -> None:
    """Leave it to the launcher to end its workers: a terminal sends Ctrl-C to all."""
    for number in INTERRUPTING:
        signal.signal(number, signal.SIG_IGN)


def _serve(orders: socket.socket) -> NoReturn:
    """Fork a worker for each order, and tell how it ended, until the launcher is gone."""
    workers: dict[int, tuple[int, socket.socket]] = {}
    while True:
        for ready in select([orders.fileno(), *workers], [], [])[0]:
            if ready in workers:
                os.close(ready)
                _tell_end(*workers.pop(ready))
            else:
                alive, process, launcher = _fork(orders)
                workers[alive] = process, launcher


def _fork(orders: socket.socket) -> tuple[int, int, socket.socket]:
    """Fork a worker; return what is at its end when that ends, its process and the connection to the launcher."""
    said, connections, _, _ = socket.recv_fds(orders, 1, 1)
    if not said:
        os._exit(0)
    launcher = socket.socket(fileno=connections[0])
    alive, living = os.pipe()
    process = os.fork()
    if process == 0:
        orders.close()
        _become_worker(launcher)
    os.close(living)
    return alive, process, launcher


def _tell_end(process: int, launcher: socket.socket) -> None:
    _, status = os.waitpid(process, 0)
    with launcher, suppress(OSError):  # a launcher that doesn't wait any more
        launcher.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become_worker(launcher: socket.socket) -> NoReturn:
    status = 1
    try:
        with launcher, launcher.makefile("rb") as file:
            folder, environment = json.load(file)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
    finally:
        leave(status)


def main() -> None:
    """Import what workers need, and serve at the connection of this number."""
    _ignore_interrupts()
    with uncollected():
        import_beam()
        from pipeline import run  # noqa: F401
    _serve(socket.socket(fileno=int(sys.argv[1])))
