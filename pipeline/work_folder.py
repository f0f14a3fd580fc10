"""The work folder: what it may hold, and how it is cleared."""

import re
import shutil
from pathlib import Path

from pipeline import remote_output
from transforms.files import is_local

FOLDERS = (
    *("parts", "rejects", "keys", "lent", "translations", "asking"),
    *("tokens", "grouped", "shards", "output-rejects"),
)
LOG = "job.log"
RESULT = re.compile(r"result-[0-9a-f]{8}\.json")


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
