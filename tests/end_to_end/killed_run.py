"""Runs `langloom` so that the kernel kills it at an exact moment, or so that it notes its files before it ends.

python killed_run.py MOMENT LISTING ARGUMENTS...

MOMENT is `never`, or `WHEN PATTERN NUMBER`: `before` or `after` the NUMBERth file whose path matches PATTERN gets its
final name (parts, shards: `transforms.files.NewFile`; folders of the output: `Path.rename`). LISTING is a file that a
run which is about to clear its work folder writes: path, inode and time of modification of everything in it.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import cli, run
from pipeline.output import finish
from transforms.files import NewFile
from transforms.read import block


def listing(work: Path) -> dict[str, tuple[int, int]]:
    """Return the inode and the time of modification (ns) of every finished file in a work folder."""
    found = {}
    for path in sorted(work.rglob("*")):
        if path.is_file() and path.suffix != ".tmp":
            status = path.stat()
            found[path.relative_to(work).as_posix()] = (status.st_ino, status.st_mtime_ns)
    return found


def _dying(method: Callable[..., Any], path_of: Callable[..., str], moment: str) -> Callable[..., Any]:
    when, pattern, number = moment.split()
    seen = 0

    def call(*arguments: Any) -> Any:
        nonlocal seen
        due = bool(re.search(pattern, path_of(*arguments)))
        seen += due
        if due and seen == int(number) and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = method(*arguments)
        if due and seen == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def _noting(clear: Callable[[str], None], file: str) -> Callable[[str], None]:
    def call(work: str) -> None:
        Path(file).write_text(json.dumps(listing(Path(work))))
        clear(work)

    return call


if __name__ == "__main__":
    moment, file, *arguments = sys.argv[1:]
    block.BLOCK_BYTES = 20_000
    run.clear = finish.clear = _noting(run.clear, file)
    if moment != "never":
        NewFile.commit = _dying(NewFile.commit, lambda new: new.path, moment)  # type: ignore[method-assign]
        Path.rename = _dying(Path.rename, lambda path, target: f"{path} {target}", moment)  # type: ignore[method-assign]
    sys.exit(cli.main(arguments))
