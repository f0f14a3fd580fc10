"""The first Ctrl-C or SIGTERM is an exception; another one, of either kind, ends the process at once."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import signal, sys, time
from pipeline import interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
interrupts.listen()
try:
    print("listening", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_the_second_ends_at_once(first: signal.Signals, second: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "listening\n"
        process.send_signal(first)
        assert process.stdout.readline() == "interrupted\n"
        process.send_signal(second)
        assert process.wait(10) == -second
