"""Runs scripts in processes of their own that needn't wait for imports: they are forked from one that has them.

Importing Beam, Arrow and the rest takes as long as most runs of these tests, and few of them are about it. `ForkServer`
starts this file as a process, which imports what langloom's commands import and then forks a child for each script: a
fresh process that runs the script itself, with the words, the folder, the environment, the output and the exit status
that it would have anyway. The server starts no thread and runs no command, so that scripts have nothing in common but
what importing leaves: the seed of Python's hashes, and what modules read from the environment when they are imported
(`INHERITED`). What depends on those, or on how the program is started or interrupted, is tested by `running.program`.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from typing import Any

from pipeline import cli

INHERITED = ("HF_", "PYTHON", "LD_", "OPENBLAS_", "OMP_")
"""How variables begin that count when modules are imported: a script can't have them otherwise than the server."""

READY = "ready\n"
"""What the server says first."""


class ForkServer:
    """The server, started by the first script, and ended by `stop`; `env` is what everything is imported in."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env)
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, command: Sequence[str], cwd: Path | None, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a Python script with its words in a process of its own, and return its status and what it said.

        Raises ValueError for an environment that it can't have, and subprocess.TimeoutExpired, having killed it, when
        it takes longer than `timeout` seconds.
        """
        for name in {*env, *self._env}:
            if name.startswith(INHERITED) and env.get(name) != self._env.get(name):
                raise ValueError(f"{name} is read when modules are imported: use running.program")
        with TemporaryDirectory() as folder:
            out, err = (Path(folder, name) for name in ("out", "err"))
            order = {
                "command": list(command),
                "cwd": str(cwd or Path.cwd()),
                "env": dict(env),
                "said": [str(out), str(err)],
            }
            status = self._ask(order, timeout)
            return subprocess.CompletedProcess(list(command), status, out.read_text("utf-8"), err.read_text("utf-8"))

    def _ask(self, order: Mapping[str, Any], timeout: float) -> int:
        if self._process is None:
            self._process = self._start()
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        if not select([self._process.stdout], [], [], timeout)[0]:
            self.stop()
            raise subprocess.TimeoutExpired(order["command"], timeout)
        return int(self._process.stdout.readline())

    def _start(self) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-P", __file__], env=self._env, start_new_session=True, **pipes)
        if process.stdout.readline() != READY:
            raise RuntimeError(f"the fork server ended with status {process.wait()}; it says why on standard error")
        return process

    def stop(self) -> None:
        """Kill the server and the script that it runs, if any."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None


def _import_all(_: Namespace) -> int:
    """Import what commands and engines import where they need it, and all that a recipe can name."""
    import aiohttp  # noqa: F401
    import openai.resources.chat  # noqa: F401

    from pipeline import plan, publish, run, show, tm  # noqa: F401
    from pipeline.steps import catalogue

    catalogue()
    return 0


def _become(began: Mapping[str, str], command: list[str], cwd: str, env: Mapping[str, str], said: list[str]) -> None:
    """Be the script, in this folder and environment; `began` is the server's."""
    os.chdir(cwd)
    for name in began.keys() - env.keys():
        del os.environ[name]
    os.environ.update(env)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for descriptor, file in enumerate([os.open(os.devnull, os.O_RDONLY), *(os.open(each, flags) for each in said)]):
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = command
    runpy.run_path(command[0], run_name="__main__")


def serve() -> None:
    """Answer each line of standard input, a script, by its exit status; minus the signal's number if one ended it."""
    began = dict(os.environ)
    cli._guarded(_import_all, Namespace())  # a command that only imports, under the conditions of all others
    if threading.active_count() > 1:
        sys.exit(f"importing started threads, which a fork would lose: {threading.enumerate()}")
    _answer(READY)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(began, **json.loads(line))
            return
        _, status = os.waitpid(child, 0)
        _answer(f"{os.waitstatus_to_exitcode(status)}\n")


def _answer(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
