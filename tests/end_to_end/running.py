"""Runs the command as a person does: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LANGLOOM = Path(sys.executable).with_name("langloom")


def environment(further: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a process that needs no network."""
    return {**os.environ, "HF_HUB_OFFLINE": "1", "COLUMNS": "200", **(further or {})}


def langloom(
    *words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess:
    """Run `langloom` with these arguments, and return its status and what it said."""
    command = [str(LANGLOOM), *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment(env), capture_output=True, text=True, timeout=300)


def output_of(*words: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run `langloom`, which must end with status 0, and return what it printed as its result."""
    ran = langloom(*words, cwd=cwd, env=env)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
