"""The output folder on an object store, where nothing can be moved at once: what has no manifest isn't complete.

The manifest is removed first and written last. A mark stands in the folder in between, so that what a killed run left
can be told from what somebody else put there.
"""

import re
import shutil
from collections.abc import Mapping

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from sinks.written import MANIFEST, REPORT
from transforms.files import is_local, write_bytes
from transforms.many_files import AT_ONCE, map_files, remove, remove_all

MARK = ".langloom-swap"
"""A file in an output folder that is being replaced: it tells what a killed run left from what a user put there."""

PASSING = 4
"""So many files are copied at once where they pass through this machine: each takes some 50 MB of memory."""

NO_PATTERN = "Beam takes *, ? and [ in names on other file systems for patterns: choose a folder without them"


def has_pattern(folder: str) -> bool:
    """Say whether Beam would take the name of a folder that isn't on this machine for a pattern, and delete by it."""
    return not is_local(folder) and bool(re.search(r"[*?\[]", folder))


def files_below(folder: str) -> list[str]:
    """Return the paths of all files below a folder, sorted."""
    found = FileSystems.match([f"{folder.rstrip('/')}/**"])[0].metadata_list
    return sorted(file.path for file in found)


def place(folder: str, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Replace what is in the folder.

    Args:
      folder: the output folder.
      files: where each file of the work folder goes, relative to the folder.
      texts: what else is written, by name; the manifest is one of them.
    """
    write_bytes(f"{folder}/{MARK}", b"")
    remove(f"{folder}/{MANIFEST}")
    before = [path for path in files_below(folder) if path.startswith((f"{folder}/data/", f"{folder}/rejects/"))]
    remove_all([f"{folder}/{REPORT}", *before])
    sources = {f"{folder}/{path}": source for source, path in files.items()}
    passing = not all(_is_beside(source, folder) for source in files)
    for _ in map_files(lambda target: _copy(sources[target], target), sources, PASSING if passing else AT_ONCE):
        pass
    for name, text in sorted(texts.items(), key=lambda entry: entry[0] == MANIFEST):
        write_bytes(f"{folder}/{name}", text.encode())
    remove(f"{folder}/{MARK}")


def _is_beside(source: str, target: str) -> bool:
    """Say whether two paths are in the same kind of store, which copies by itself."""
    return bool(FileSystems.get_scheme(source) == FileSystems.get_scheme(target))


def _copy(source: str, target: str) -> None:
    if _is_beside(source, target):
        FileSystems.copy([source], [target])
        return
    with (
        FileSystems.open(source, compression_type=CompressionTypes.UNCOMPRESSED) as read,
        FileSystems.create(target, compression_type=CompressionTypes.UNCOMPRESSED) as written,
    ):
        shutil.copyfileobj(read, written, 16 << 20)
