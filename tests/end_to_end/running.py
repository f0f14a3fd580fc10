"""Runs the command as a person does: in a process of its own."""

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.end_to_end.fork_server import ForkServer

LANGLOOM = Path(sys.executable).with_name("langloom")
TIMEOUT = 300
"""Seconds after which a command is given up."""

_BEGAN = dict(os.environ)
"""The environment of the tests, before commands that run in their process change it."""


def environment(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that needs no network."""
    return {**_BEGAN, "HF_HUB_OFFLINE": "1", "COLUMNS": "200", **(further or {})}


_SERVER = ForkServer(environment())
atexit.register(_SERVER.stop)


def listening() -> None:
    """Let a process have its Ctrl-C as from a terminal (`preexec_fn`): who runs in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def program(
    *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program `langloom` itself with these arguments, and return its status and what it said."""
    command = [str(LANGLOOM), *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=TIMEOUT)


def forked(
    script: Path, *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a Python script in a process that has langloom's imports already: see `fork_server.py`."""
    return _SERVER.run([str(script), *map(str, words)], cwd, environment(env), TIMEOUT)


def langloom(
    *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Do what `program` does without its imports, which take 2 s."""
    return forked(LANGLOOM, *words, cwd=cwd, env=env)


def output_of(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run `langloom`, which must end with status 0, and return what it printed as its result."""
    ran = langloom(*words, cwd=cwd, env=env)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def output_of_program(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Do what `output_of` does by the program itself."""
    ran = program(*words, cwd=cwd, env=env)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
