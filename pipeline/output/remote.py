"""The output folder on an object store, where nothing can be moved at once: what has no manifest isn't complete.

The manifest is removed first and written last. A mark stands in the folder in between, so that what a killed run left
can be told from what somebody else put there.
"""

import re
import shutil
from collections.abc import Iterable, Mapping

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from transforms.files import exists, is_local, write_bytes

REPORT = "report.html"
"""What `langloom report` puts beside the manifest: it tells of that output alone, and goes with it."""

NO_PATTERN = "Beam takes *, ? and [ in names on other file systems for patterns: choose a folder without them"


def has_pattern(folder: str) -> bool:
    """Say whether Beam would take the name of a folder that isn't on this machine for a pattern, and delete by it."""
    return not is_local(folder) and bool(re.search(r"[*?\[]", folder))


def files_below(folder: str) -> list[str]:
    """Return the paths of all files below a folder, sorted."""
    found = FileSystems.match([f"{folder.rstrip('/')}/**"])[0].metadata_list
    return sorted(file.path for file in found)


def remove(paths: Iterable[str]) -> None:
    """Delete files; those that are gone already are no concern."""
    there = [path for path in paths if exists(path)]
    if there:
        FileSystems.delete(there)


def place(folder: str, mark: str, manifest: str, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Replace what is in the folder.

    Args:
      folder: the output folder.
      mark: name of the mark.
      manifest: name of the manifest, which is one of the texts.
      files: where each file of the work folder goes, relative to the folder.
      texts: what else is written, by name.
    """
    write_bytes(f"{folder}/{mark}", b"")
    remove([f"{folder}/{manifest}", f"{folder}/{REPORT}"])
    remove(path for path in files_below(folder) if path.startswith((f"{folder}/data/", f"{folder}/rejects/")))
    for source, path in files.items():
        _copy(source, f"{folder}/{path}")
    for name, text in sorted(texts.items(), key=lambda entry: entry[0] == manifest):
        write_bytes(f"{folder}/{name}", text.encode())
    remove([f"{folder}/{mark}"])


def _copy(source: str, target: str) -> None:
    if FileSystems.get_scheme(source) == FileSystems.get_scheme(target):
        FileSystems.copy([source], [target])
        return
    with (
        FileSystems.open(source, compression_type=CompressionTypes.UNCOMPRESSED) as read,
        FileSystems.create(target, compression_type=CompressionTypes.UNCOMPRESSED) as written,
    ):
        shutil.copyfileobj(read, written, 16 << 20)
