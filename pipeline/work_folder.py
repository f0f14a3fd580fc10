"""The work folder: what it may hold, how it is cleared, and that one run at a time is at work there."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline import remote_output
from pipeline.errors import OutputError
from transforms.files import is_local

FOLDERS = (
    *("parts", "rejects", "keys", "lent", "translations", "asking"),
    *("tokens", "grouped", "shards", "output-rejects"),
)
LOG = "job.log"
RESULT = re.compile(r"result-[0-9a-f]{8}\.json")


@contextmanager
def alone(work: str) -> Iterator[None]:
    """Let no other run begin in a local work folder, which two would put together and clear at the same time.

    OutputError where another one is at work. The lock is on the folder itself, and ends with the process.
    """
    held = _held(work) if is_local(work) else None
    try:
        yield
    finally:
        if held is not None:
            os.close(held)
            with suppress(OSError):  # something is in it
                Path(work).rmdir()


def _held(work: str) -> int | None:
    try:
        Path(work).mkdir(parents=True, exist_ok=True)
        held = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # whoever writes there first tells it
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        said = f"another run is at work in {work}: wait until it ends, or choose another folder with --output or --work"
        raise OutputError(said) from None
    except OSError:  # a file system without locks
        pass
    return held


def clear(work: str) -> None:
    """Remove what langloom keeps in a work folder, and the folder itself if nothing else is in it."""
    if not is_local(work):
        kept = tuple(f"{work}/{name}/" for name in FOLDERS)
        remote_output.remove(
            path
            for path in remote_output.files_below(work)
            if path.startswith(kept) or RESULT.fullmatch(path.removeprefix(f"{work}/"))
        )
        return
    folder = Path(work)
    if not folder.is_dir():
        return
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.iterdir():
        if RESULT.fullmatch(path.name) or path.name == LOG:
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
