"""The cluster that `make test-spark` or `make test-flink` started, and langloom on it."""

import os
import subprocess
from pathlib import Path

from tests.end_to_end.running import LANGLOOM, environment
from tests.end_to_end.test_paid_translation import KEY

ROOT = Path(__file__).resolve().parents[2]
NAME = os.environ.get("LANGLOOM_CLUSTER", "")
"""`spark` or `flink`; empty where no cluster was started for the tests."""


def on_cluster(*instead: str, without: tuple[str, ...] = ()) -> list[str]:
    """Return the words that have `langloom run` use the cluster; options take the place of those of the same name."""
    given = (ROOT / f".{NAME}" / "options").read_text().split()
    gone = {word.partition("=")[0] for word in instead} | {f"--{name}" for name in without}
    return ["--", *(word for word in given if word.partition("=")[0] not in gone), *instead]


def elsewhere(key: str = KEY) -> dict[str, str]:
    """Return the environment of a launcher; Beam starts worker processes by the name `python`."""
    return environment({"PAID_KEY": key, "PATH": f"{LANGLOOM.parent}:{os.environ['PATH']}"})


def run(*words: object, cwd: Path, key: str = KEY) -> subprocess.CompletedProcess[str]:
    """Run `langloom run`, which takes longer here."""
    command = [str(LANGLOOM), "run", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=elsewhere(key), capture_output=True, text=True, timeout=900)
