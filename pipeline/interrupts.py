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

LASTING = frozenset({"run", "publish", "tm"})
"""Commands that leave something behind which they go on from; the others begin anew."""

CAME = threading.Event()
"""Set once the first of them has come: libraries may make other errors of the interrupt, or texts."""

INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a command; the last one comes when its terminal is closed, and `nohup` has it ignored."""


def message(words: Sequence[str]) -> str:
    """Return what a command with these words says when it is interrupted."""
    return KEPT if LASTING & set(words[:1]) else "interrupted"


class Interrupted(KeyboardInterrupt):
    """An interrupt that leaves something behind; the text says what."""


def listen() -> None:
    """Let all of them be what Ctrl-C is, and the next one end the process at once; one that is ignored stays so."""
    for number in INTERRUPTING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    CAME.set()
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
    """End the process at once, instead of freeing everything in it first, which takes Python a second.

    What is to be done at its end is done. Returns where threads are to be waited for: then Python must end it.
    """
    others = set(threading.enumerate()) - {threading.main_thread()}
    if all(thread.daemon for thread in others):
        atexit._run_exitfuncs()
        leave(status)


def leave(status: int) -> NoReturn:
    """End the process without waiting for threads, whose work is cut off and who would complain of it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a terminal that is gone
            stream.flush()
    os._exit(status)
