"""The work folder: what it may hold, and how it is cleared."""

import re
import shutil
from pathlib import Path

from transforms.files import is_local

FOLDERS = ("parts", "rejects", "translations", "grouped", "shards", "output-rejects", "asking")
LOG = "job.log"
RESULT = re.compile(r"result-[0-9a-f]{8}\.json")


def clear(work: str) -> None:
    """Remove what langloom keeps in a local work folder, and the folder itself if nothing else is in it."""
    folder = Path(work)
    if not is_local(work) or not folder.is_dir():
        return
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for path in folder.iterdir():
        if RESULT.fullmatch(path.name) or path.name == LOG:
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
