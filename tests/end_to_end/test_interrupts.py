"""Ctrl-C and SIGTERM in the middle of a run with worker processes: a clear message, no half output, and a rerun."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from bilingual import write_sources
from outputs import hashes

from tests.end_to_end.running import LANGLOOM, environment, output_of

RECIPE = Path(__file__).with_name("bilingual.yaml")
WORKERS = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]


def listening() -> None:
    """Start as from a terminal: who runs in the background has Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sources, and the output of a run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    write_sources(folder / "data")
    output_of("run", RECIPE, "--set", f"data={folder / 'data'}", "--output", folder / "out")
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_so_and_goes_on(number: signal.Signals, whole: Path, tmp_path: Path) -> None:
    arguments = ["run", str(RECIPE), "--set", f"data={whole / 'data'}"]
    command = [str(LANGLOOM), *arguments, "--output", str(tmp_path / "out"), *WORKERS]
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listening
    ) as process:
        until = time.monotonic() + 120
        while not list((tmp_path / "out.work").glob("parts/*.arrow")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, number)  # a terminal sends Ctrl-C to the workers too
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "error: interrupted; what is done is kept: run the same command to go on"
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    output_of(*arguments, "--output", tmp_path / "out")
    assert hashes(tmp_path / "out") == hashes(whole / "out")
