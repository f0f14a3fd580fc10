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

from pipeline.interrupts import INTERRUPTING, flush
from pipeline.runners.lost_worker import LostWorkerError, described
from pipeline.runners.startup import import_beam, uncollected
from pipeline.runners.worker import work

_server: "ForkServer | None" = None


class ForkServer:
    """The launcher's end of the server."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def start(self, environment: Mapping[str, str]) -> socket.socket:
        """Start a worker in this environment and the current folder; return what to `wait` at."""
        ours, theirs = socket.socketpair()
        with suppress(ConnectionError):  # a server that has ended, which `wait` finds out
            with theirs:
                socket.send_fds(self._orders, [b"!"], [theirs.fileno()])
            ours.sendall(json.dumps([str(Path.cwd()), dict(environment)]).encode())
            ours.shutdown(socket.SHUT_WR)
        return ours


def wait(worker: socket.socket) -> None:
    """Wait until a worker has ended; LostWorkerError unless that was by itself, with status 0."""
    with worker:
        try:
            said = worker.recv(1000).decode()
        except OSError:  # the server ended before the worker began
            said = ""
    if not said:
        raise LostWorkerError("the process that starts worker processes was killed")
    if not said.removeprefix("-").isdigit():
        raise LostWorkerError(f"a worker process can't be started: {said}")
    if int(said):
        raise LostWorkerError(described(int(said)))


def begin() -> None:
    """Fork the server from this process, unless it has one, or threads."""
    global _server
    if _server or threading.active_count() > 1:
        return
    if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:  # whoever started this process left it so
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    gc.freeze()  # what the collector visits changes, and is shared no longer
    flush()
    ours, theirs = socket.socketpair()
    with theirs:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTING)
        try:
            process = os.fork()
            if process == 0:
                _become_server(ours, theirs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    atexit.register(os.waitpid, process, 0)
    atexit.register(ours.close)
    _server = ForkServer(ours)


def _become_server(launcher: socket.socket, orders: socket.socket) -> NoReturn:
    """Serve in a fork of the launcher, and never come back to what that goes on with."""
    try:
        launcher.close()
        _ignore_interrupts()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTING)
        _serve(orders)
    except BaseException:  # noqa: BLE001 - the process ends here
        traceback.print_exc()
    finally:
        os._exit(1)


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
                process, launcher = workers.pop(ready)
                _, status = os.waitpid(process, 0)
                _tell(launcher, str(os.waitstatus_to_exitcode(status)))
                continue
            launcher = _next(orders)
            try:
                alive, process = _fork(launcher, orders)
                workers[alive] = process, launcher
            except OSError as error:
                _tell(launcher, f"{error.strerror}")


def _next(orders: socket.socket) -> socket.socket:
    """Return the connection to the launcher that the next worker is to have; end where the launcher is gone."""
    said, connections, _, _ = socket.recv_fds(orders, 1, 1)
    if not said:
        os._exit(0)
    return socket.socket(fileno=connections[0])


def _fork(launcher: socket.socket, orders: socket.socket) -> tuple[int, int]:
    """Fork a worker; return a descriptor that is at its end when that ends, and its process."""
    alive, living = os.pipe()
    try:
        process = os.fork()
        if process == 0:
            orders.close()
            _become_worker(launcher)
    except OSError:
        os.close(alive)
        raise
    finally:
        os.close(living)
    return alive, process


def _tell(launcher: socket.socket, said: str) -> None:
    with launcher, suppress(OSError):  # a launcher that doesn't wait any more
        launcher.send(said.encode())


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
        try:
            flush()
        finally:
            os._exit(status)


def main() -> None:
    """Import what workers need, and serve at the connection of this number."""
    _ignore_interrupts()
    with uncollected():
        import_beam()
        from pipeline import run  # noqa: F401
    _serve(socket.socket(fileno=int(sys.argv[1])))
