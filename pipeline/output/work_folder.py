"""The work folder: what it may hold, how it is cleared, and that one run at a time is at work there."""

import fcntl
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pipeline.output import remote
from pipeline.output.folder import place_of
from sinks.written import OutputError
from transforms.files import exists, is_local, write_bytes
from transforms.many_files import remove, remove_all

FOLDERS = (
    "parts", "rejects", "keys", "lent", "translations", "asking", "tokens", "grouped", "shards", "output-rejects",
)  # fmt: skip
"""Folders of a work folder that are langloom's."""

LOG = "job.log"
RESULT = re.compile(r"result-[0-9a-f]{8}\.json")

MARK = ".langloom-work"
"""A file in a work folder: what has the names above there is langloom's, which removes it, and no person's."""


@contextmanager
def alone(work: str, output: str) -> Iterator[None]:
    """Let no other run begin in a local work folder, or write a local output folder from another work folder.

    Two would put together and clear the same files at the same time. OutputError where another one is at work. The
    locks are on the work folder and on OUTPUT.work, and end with the process.
    """
    wait = "wait until it ends, or choose another folder with --output"
    refusals = {}
    if is_local(output):
        refusals[Path(f"{place_of(output)}.work").resolve()] = f"another run is about to write {output}: {wait}"
    if is_local(work):
        refusals[Path(work).resolve()] = f"another run is at work in {work}: {wait} or --work"
    with ExitStack() as stack:
        for folder, refusal in refusals.items():
            stack.enter_context(_locked(folder, refusal))
        yield


@contextmanager
def _locked(folder: Path, refusal: str) -> Iterator[None]:
    held = _held(folder, refusal)
    try:
        yield
    finally:
        if held is not None:
            with suppress(OSError):  # something is in it
                folder.rmdir()
            os.close(held)


def _held(folder: Path, refusal: str) -> int | None:
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # whoever writes there first tells it
            return None
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise OutputError(refusal) from None
        except OSError:  # a file system without locks
            return held
        with suppress(FileNotFoundError):
            if os.path.samestat(folder.stat(), os.fstat(held)):
                return held
        os.close(held)  # who held it removed it meanwhile


def check_apart(output: str, work: str) -> None:
    """Raise OutputError where the output folder would be replaced with work in it, or cleared with what is work."""
    if remote.has_pattern(work):
        raise OutputError(f"the work folder {work}: {remote.NO_PATTERN}")
    if is_below(work, output):
        raise OutputError(f"the work folder {work} is in the output folder {output}: choose another one with --work")
    if any(is_below(output, f"{work}/{name}") for name in FOLDERS):
        raise OutputError(f"the output folder {output} is where {work} holds unfinished work: choose another one")


def is_below(path: str, folder: str) -> bool:
    """Say whether a path is a folder, or in it."""
    if is_local(path) != is_local(folder):
        return False
    if is_local(path):
        return Path(path).resolve().is_relative_to(Path(folder).resolve())
    return f"{path}/".startswith(f"{folder}/")


def result_file(work: str) -> str:
    """Return where a job is to describe itself: each job has a file of its own, of a name like RESULT."""
    return f"{work}/result-{uuid.uuid4().hex[:8]}.json"


def is_claimed(work: str) -> bool:
    """Say whether what a work folder holds is langloom's."""
    return exists(f"{work}/{MARK}")


def claim(work: str, fresh: bool, named: bool) -> None:
    """Mark a work folder as langloom's, without the work of earlier runs where a fresh one is asked for.

    Args:
      work: the work folder.
      fresh: remove the work of earlier runs first.
      named: whether a person named the folder (`--work`). OutputError then if it holds files, and no mark, under names
        that langloom uses: they would be removed with its work. OUTPUT.work, which nobody names, is langloom's even
        without a mark, since jobs that were started from a template leave none.
    Raises OSError where the mark can't be written.
    """
    claimed = is_claimed(work)
    if claimed and not fresh:
        return
    if fresh and (claimed or not named):
        clear(work)
    if is_local(work):
        held = [path.name for path in Path(work).iterdir()] if Path(work).is_dir() else []
    else:
        held = [path.removeprefix(f"{work}/") for path in remote.files_below(work)]
    clashing = [name for name in sorted(held) if _has_our_name(name)]
    if clashing and named:
        raise OutputError(
            f"{work}/{clashing[0]} isn't known to be langloom's, which would remove it with its work: move it away, or "
            "choose another folder with --work"
        )
    write_bytes(f"{work}/{MARK}", b"")


def _has_our_name(name: str) -> bool:
    """Say whether a file or folder, by its path in the work folder, has a name that langloom gives."""
    return name.partition("/")[0] in FOLDERS or name == LOG or bool(RESULT.fullmatch(name))


def clear(work: str) -> None:
    """Remove what langloom keeps in a work folder; its mark goes last."""
    if not is_local(work):
        held = {path: path.removeprefix(f"{work}/") for path in remote.files_below(work)}
        remove_all(path for path, name in held.items() if _has_our_name(name))
        remove(f"{work}/{MARK}")
        return
    folder = Path(work)
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _has_our_name(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    (folder / MARK).unlink(missing_ok=True)


def kept(work: str) -> str:
    """Return a line that says where unfinished work is kept; empty where there is none."""
    if is_local(work) and not any((Path(work) / "parts").glob("*.arrow")):
        return ""
    return f"\nWhat is done is kept in {work}: run the same command to go on"
