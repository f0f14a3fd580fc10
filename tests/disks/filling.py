"""Runs `langloom` on a disk that is full at an exact moment.

python filling.py DISK PATTERN NUMBER LEFT ARGUMENTS...

Just before the NUMBERth file whose path matches PATTERN is opened for writing, the folder DISK, a file system of its
own, is filled up but for LEFT bytes; the file `ballast` there is what takes up the room.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from pipeline import cli


class Filling:
    """Watches what this process opens."""

    def __init__(self, disk: Path, pattern: str, number: int, left: int) -> None:
        self._disk, self._pattern, self._number, self._left = disk, pattern, number, left
        self._seen = 0

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | os.PathLike):
            return
        if not arguments[2] & (os.O_WRONLY | os.O_RDWR) or not re.search(self._pattern, os.fspath(arguments[0])):
            return
        self._seen += 1
        if self._seen == self._number:
            self._fill()

    def _fill(self) -> None:
        state = os.statvfs(self._disk)
        room = state.f_bavail * state.f_frsize - self._left
        (self._disk / "ballast").write_bytes(b"\0" * max(0, room))


if __name__ == "__main__":
    disk, pattern, number, left, *arguments = sys.argv[1:]
    sys.addaudithook(Filling(Path(disk), pattern, int(number), int(left)))
    sys.exit(cli.main(arguments))
