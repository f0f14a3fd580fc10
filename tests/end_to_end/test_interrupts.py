"""Ctrl-C, SIGTERM, a closed terminal and a killed worker in the middle of a run with worker processes: a clear message,
no half output, and a rerun."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest
from bilingual import write_sources
from outputs import hashes

from tests.end_to_end.running import LANGLOOM, environment, listening, output_of

RECIPE = Path(__file__).with_name("bilingual.yaml")
WORKERS = ["--", "--direct_running_mode=multi_processing", "--direct_num_workers=2"]


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


def test_a_run_that_is_interrupted_while_its_workers_start_ends(whole: Path, tmp_path: Path) -> None:
    """Beam waits for workers that it has started, and forgets those that haven't called when it closes them."""
    command = [str(LANGLOOM), "run", str(RECIPE), "--set", f"data={whole / 'data'}", "--output", str(tmp_path / "out")]
    with subprocess.Popen([*command, *WORKERS], env=environment(), stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not has_come("begun", process.pid, tmp_path):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        process.terminate()
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert said.splitlines()[-1] == "error: interrupted; what is done is kept: run the same command to go on"


def test_an_interrupt_while_this_process_translates_says_so(tmp_path: Path) -> None:
    """Beam makes a text of what ends a bundle in the launcher's own process, an interrupt too."""
    recipe = Path(__file__).resolve().parents[2] / "configs" / "quickstart.yaml"
    command = [str(LANGLOOM), "run", str(recipe), "--output", str(tmp_path / "out")]
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listening
    ) as process:
        until = time.monotonic() + 120
        while not list((tmp_path / "langloom-memory").glob("journal/*.jsonl")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines()[-1] == "error: interrupted; what is done is kept: run the same command to go on"
    assert "Traceback" not in said


def opened(terminal: int) -> None:
    """Let a terminal be the one that controls this process, as a person's does, also where tests run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_a_terminal_that_is_closed_ends_the_run(tmp_path: Path) -> None:
    write_sources(tmp_path / "data")
    words = ["run", str(RECIPE), "--set", f"data={tmp_path / 'data'}", "--output", str(tmp_path / "out"), *WORKERS]
    person, terminal = pty.openpty()
    with subprocess.Popen(
        [str(LANGLOOM), *words],
        env=environment(),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
        preexec_fn=lambda: opened(terminal),
    ) as process:
        os.close(terminal)
        until = time.monotonic() + 120
        while not list((tmp_path / "out.work").glob("parts/*.arrow")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        os.close(person)
        assert process.wait(60) == 1
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "out.work").glob("parts/*.arrow"))


def killed_worker(launcher: int) -> None:
    """Kill one of a launcher's worker processes, as the kernel does when memory runs out."""
    os.kill(min(workers_of(launcher)), signal.SIGKILL)


def workers_of(launcher: int) -> set[int]:
    """Return the worker processes of a launcher, which its fork server starts."""
    return {worker for server in children(launcher) for worker in children(server)}


def children(process: int) -> set[int]:
    """Return the processes that a process started and that haven't ended."""
    found = (path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children"))
    return {int(each) for line in found for each in line}


@pytest.mark.parametrize("moment", ["begun", "out.work/parts/*.arrow"])
def test_a_worker_that_is_killed_ends_the_run(moment: str, whole: Path, tmp_path: Path) -> None:
    write_sources(tmp_path / "data")
    arguments = ["run", str(RECIPE), "--set", f"data={tmp_path / 'data'}"]
    command = [str(LANGLOOM), *arguments, "--output", str(tmp_path / "out"), *WORKERS]
    with subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not has_come(moment, process.pid, tmp_path):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        killed_worker(process.pid)
        _, said = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "error: a worker process was killed (SIGKILL), as systems do that run out of memory: give the run" in said
    kept = f"What is done is kept in {tmp_path / 'out.work'}: run the same command to go on"
    assert (kept in said) == (moment != "begun")
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    if moment != "begun":
        output_of(*arguments, "--output", tmp_path / "out")
        assert hashes(tmp_path / "out") == hashes(whole / "out")


def has_come(moment: str, launcher: int, folder: Path) -> bool:
    """Say whether the workers have been started, or there is a file of this name."""
    if moment != "begun":
        return bool(list(folder.glob(moment)))
    return bool(workers_of(launcher))
