"""An output folder that is read back: the names of its files, its manifest, and its shards and rejects.

The manifest is data, and may be a stranger's: no path in it is followed before it is known to be one that langloom
writes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystem import BeamIOError

from transforms.files import exists, is_local, list_files, open_stored, read_bytes
from transforms.read.files import why

CARD = "README.md"
MANIFEST = "manifest.json"

REPORT = "report.html"
"""What `langloom report` puts beside the manifest: it tells of that output alone, and goes with it."""

SHARD = re.compile(
    r"data/(?P<dataset>[A-Za-z0-9][A-Za-z0-9_.-]{0,99})/(?P<split>[A-Za-z][A-Za-z0-9_]*)"
    r"-(?P<number>\d{5,})-of-(?P<of>\d{5,})\.(?P<ending>(?!(?:.*\.)?py$)[A-Za-z0-9]+(?:\.[A-Za-z0-9]+)*)"
)
"""Names of shards, below the output folder and in the repository."""

REJECTS = re.compile(r"rejects/part-\d{5,}-of-\d{5,}\.parquet")
"""Names of files of rejects."""


AGAIN = "run the recipe again with --force"
"""What to do about an output that was altered: without --force, `run` takes it for complete and leaves it alone."""


class OutputError(Exception):
    """An output folder isn't langloom's, isn't what its manifest says, or can't be written: exit status 2.

    The text says what to do.
    """


def read_manifest(folder: str) -> dict[str, Any] | None:
    """Return the manifest of an output folder; None where there is none, OutputError where it isn't one of ours."""
    path = f"{folder}/{MANIFEST}"
    try:
        if not exists(path):
            return None
    except (ValueError, BeamIOError) as error:  # Beam knows no such file system, or lacks what it takes
        raise OutputError(f"output {folder}: {why(error)}") from None
    try:
        data = json.loads(read_bytes(path))
    except (ValueError, IsADirectoryError):
        data = None
    if not isinstance(data, dict) or not {"complete", "signature"} <= set(data):
        raise OutputError(f"{path} is something else: langloom didn't make that folder; choose another")
    return data


@contextmanager
def known_manifest(folder: str) -> Iterator[dict[str, Any]]:
    """Give an output's manifest to what tells of it; OutputError where there is none, or it isn't as it should be."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise OutputError(f"{folder} is no output of langloom: it holds no {MANIFEST}")
    try:
        yield manifest
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise OutputError(f"{folder}/{MANIFEST} isn't as langloom writes it: {AGAIN}") from error


def parquet_shards(split: Mapping[str, Any]) -> list[str]:
    """Return the paths below the output folder of a split's Parquet shards, in order of position.

    ValueError where a path is none that langloom writes.
    """
    paths = [file["path"] for file in split["files"]]
    for path in paths:
        if not SHARD.fullmatch(path):
            raise ValueError(path)
    return [path for path in paths if path.endswith(".parquet")]


def reject_files(folder: str) -> list[str]:
    """Return the paths below an output folder of its files of rejects, in order of their names."""
    names = (path.replace("\\", "/").rpartition("/")[2] for path, _ in list_files(f"{folder}/rejects", "part-*"))
    return [path for name in names if REJECTS.fullmatch(path := f"rejects/{name}")]


@contextmanager
def opened(folder: str, path: str, schema: pa.Schema) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file of an output; OutputError where it, or what is read of it, isn't as it was written.

    Args:
      folder: the output folder.
      path: of the file, below the folder.
      schema: the columns that it must have, and their types.
    """
    whole = f"{folder}/{path}"
    try:
        with pq.ParquetFile(whole if is_local(whole) else pa.PythonFile(open_stored(whole), "r")) as parquet:
            there = parquet.schema_arrow
            for field in schema:
                if field.name not in there.names:
                    raise pa.ArrowInvalid(f"it has no column {field.name}")
                if (found := there.field(field.name).type) != field.type:
                    raise pa.ArrowInvalid(f"its column {field.name} is {found}, not {field.type}")
            yield parquet
    except (OSError, pa.ArrowException) as error:
        said = " ".join(str(error).split())
        raise OutputError(f"{whole} can't be read ({said}): {AGAIN}") from error
