import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

JOB = """
    import os, sys, threading
    import apache_beam as beam
    from pipeline.runners import fork_server
    from pipeline.runners.local import local_runner
    from pipeline.runners.options import pipeline_options

    def seen(value):
        return value, os.getppid(), os.getcwd(), os.environ["COLOUR"], os.environ.get("GONE")

    def run():
        options = pipeline_options({}, ["--direct_running_mode=multi_processing"])
        with beam.Pipeline(local_runner(options), options=options) as pipeline:
            _ = pipeline | beam.Create([1]) | beam.Map(seen) | beam.Map(print)
"""


def said(script: str, folder: Path, fails: bool = False) -> list[str]:
    """Return the lines that a program of its own prints, which begins as `JOB` does and may fail in part."""
    words = [sys.executable, "-c", textwrap.dedent(JOB) + textwrap.dedent(script)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    ran = subprocess.run(words, cwd=folder, env=buffered, capture_output=True, text=True, timeout=120, check=True)
    assert ("Traceback" in ran.stderr) == fails
    return ran.stdout.splitlines()


@pytest.mark.parametrize("beginning", ["fork_server.begin()", ""])
def test_workers_have_the_environment_and_the_folder_that_the_launcher_has_when_they_start(
    beginning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONE", "here")
    (tmp_path / "later").mkdir()
    script = f"""
        {beginning}
        os.environ["COLOUR"] = "blue"
        del os.environ["GONE"]
        os.chdir("later")
        run()
        print(os.getpid())
    """
    worked, launcher = said(script, tmp_path)
    assert worked.startswith("(1, ")
    assert worked.endswith(f", {str(tmp_path / 'later')!r}, 'blue', None)")
    assert launcher not in worked, "a worker is the server's child"


def test_children_are_waited_for_whatever_becomes_of_their_signals(tmp_path: Path) -> None:
    script = """
        import signal
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # as some programs leave it to those that they start
        fork_server.begin()
        os.environ["COLOUR"] = "blue"
        run()
    """
    assert len(said(script, tmp_path)) == 1


def test_a_program_with_threads_forks_nothing(tmp_path: Path) -> None:
    script = """
        over = threading.Event()
        threading.Thread(target=over.wait).start()
        fork_server.begin()
        over.set()
        print(fork_server._server)
    """
    assert said(script, tmp_path) == ["None"]


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ("", "a worker process ended by itself (status 1) in the middle of its work"),  # it has no launcher
        ("fork_server._fork = fails", "a worker process can't be started: Resource temporarily unavailable"),
        ("fork_server._next = lambda orders: os._exit(3)", "the process that starts worker processes was killed"),
        ("fork_server._serve = fails", "the process that starts worker processes was killed"),
    ],
)
def test_a_worker_that_ends_otherwise_is_told(spoilt: str, told: str, tmp_path: Path) -> None:
    script = f"""
        import errno
        from pipeline.runners.lost_worker import LostWorkerError

        def fails(*_):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

        {spoilt}
        fork_server.begin()
        try:
            fork_server.wait(fork_server._server.start({{}}))
        except LostWorkerError as error:
            print(error)
    """
    fails = spoilt in ("", "fork_server._serve = fails")
    assert said(script, tmp_path, fails=fails) == [told]


def test_what_is_printed_before_is_printed_once(tmp_path: Path) -> None:
    script = """
        print("before")
        fork_server.begin()
        os.environ["COLOUR"] = "blue"
        run()
    """
    before, worked = said(script, tmp_path)
    assert before == "before"
    assert worked.startswith("(1, ")
