"""The first Ctrl-C, SIGTERM or SIGHUP is an exception; another one, of any kind, ends the process at once."""

import signal
import subprocess
import sys

import pytest

from pipeline import cli

SCRIPT = """
import signal, sys, time
from pipeline import interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
interrupts.listen()
try:
    print("listening", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_second_ends_at_once(first: signal.Signals, second: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "listening\n"
        process.send_signal(first)
        assert process.stdout.readline() == "interrupted\n"
        process.send_signal(second)
        assert process.wait(10) == -second


def test_what_is_ignored_stays_so() -> None:
    ignoring = SCRIPT.replace(
        "interrupts.listen()", "signal.signal(signal.SIGHUP, signal.SIG_IGN)\ninterrupts.listen()"
    )
    with subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "listening\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "interrupted\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["steps"], "interrupted"),
        (["plan", "recipe.yaml"], "interrupted"),
        (["run", "recipe.yaml"], "interrupted; what is done is kept: run the same command to go on"),
    ],
)
def test_while_libraries_are_imported(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "import_beam", interrupted)
    monkeypatch.setattr(cli.interrupts, "leave", sys.exit)
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert (left.value.code, capsys.readouterr().err) == (1, f"error: {said}\n")
