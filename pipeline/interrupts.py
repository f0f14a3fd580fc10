"""Ctrl-C, SIGTERM and a terminal that is closed: the first ends a command with a message, a second one at once."""

import atexit
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

KEPT = "interrupted; what is done is kept: run the same command to go on"

RESUMABLE = frozenset({"run", "publish", "tm"})
"""Commands that keep what is done, and go on from it when they are run again; the others begin anew."""

RECEIVED = threading.Event()
"""Set once a signal has come: libraries may turn the KeyboardInterrupt into another error, or into a text."""

INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a command; the last one comes when its terminal is closed, and `nohup` has it ignored."""


def message(words: Sequence[str]) -> str:
    """Return what a command with these words says when it is interrupted."""
    return KEPT if RESUMABLE & set(words[:1]) else "interrupted"


class Interrupted(KeyboardInterrupt):
    """An interrupt that leaves something behind; the text says what."""


def listen() -> None:
    """Let the first of these signals raise KeyboardInterrupt, and the next end the process; ignored ones stay so."""
    for number in INTERRUPTING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    RECEIVED.set()
    for each in INTERRUPTING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    # The runner's threads lose what they serve.
    threading.excepthook = _ignore
    logging.disable()
    raise KeyboardInterrupt


def _ignore(_: threading.ExceptHookArgs) -> None:
    return


def end(status: int) -> None:
    """End the process without freeing its memory first, which takes Python a second; exit functions are called.

    Returns where threads are still to be waited for: then Python itself ends the process.
    """
    others = set(threading.enumerate()) - {threading.main_thread()}
    if all(thread.daemon for thread in others):
        atexit._run_exitfuncs()
        leave(status)


def leave(status: int) -> NoReturn:
    """End the process at once: threads aren't waited for, and say nothing of their work that is cut off."""
    flush()
    os._exit(status)


def flush() -> None:
    """Let what was printed appear."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # one that is missing, whose terminal is gone, or closed
            stream.flush()
