"""Answers: what the memory holds for the segments of one run, as files in the work folder.

When all asking has ended, the memory is read once for each bucket of segments, and what it says is written as one file,
sorted by key; where nothing is remembered, the file says why. Parts look their segments up in these files, which are
mapped, never loaded whole.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from transforms.example import digest_after
from transforms.files import is_whole_arrow, open_arrow, written
from transforms.parts import ArrowFile
from transforms.translate.judge import Request

MOST_FILES = 256
"""Answers lie in at most so many files: a process that looks them up may have all of them open."""

SCHEMA = pa.schema(
    [
        pa.field("key", pa.binary(16), nullable=False),
        pa.field("translation", pa.string(), nullable=False),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("digits", pa.bool_(), nullable=False),
        pa.field("failure", pa.string(), nullable=False),
        pa.field("said", pa.string(), nullable=False),
    ]
)


class Found(NamedTuple):
    """What is known of a segment: a translation and its origin, or why there is none and what was said instead."""

    translation: str
    origin: str
    digits: bool
    failure: str = ""
    said: str = ""


@lru_cache(maxsize=1 << 14)  # more than a batch has: a key is asked for when segments are cut, asked and answered
def segment_key(request: Request) -> bytes:
    """Return the 16 bytes that stand for a segment in a run, whatever engine translates it."""
    further = [part for term in request.terms for part in term]
    return digest_after(("wanted", request.source, request.target), request.text, str(request.candidate), *further)


def range_of(key: bytes, ranges: int) -> int:
    """Return in which of so many equal ranges of keys a segment falls."""
    return int.from_bytes(key[:4], "big") * ranges >> 32


def write_answers(work: str, found: Mapping[bytes, Found]) -> str:
    """Write what was found as a file named by its content, and return its path.

    What was said doesn't count: an endpoint that refuses in other words each time makes no part anew.
    """
    keys = sorted(found)
    rows = [(key, *found[key]) for key in keys]
    columns = [pa.array([row[at] for row in rows], field.type) for at, field in enumerate(SCHEMA)]
    batch = pa.RecordBatch.from_arrays(columns, schema=SCHEMA)
    fields = (str(value) for key in keys for value in found[key]._replace(said=""))
    path = f"{work}/translations/{digest_after(('answers',), *keys, *fields).hex()}.arrow"
    if not is_whole_arrow(path):
        with written(ArrowFile(path)) as file:
            file.write(batch)
    return path


class Answers:
    """All answers of a run: one file for each bucket, which is a range of keys."""

    def __init__(self, files: Mapping[int, str], buckets: int) -> None:
        self._files, self._buckets = files, buckets

    def find(self, requests: Iterable[Request]) -> dict[Request, Found]:
        """Return what is known of these segments; KeyError for one that nobody asked."""
        wanted: dict[int, dict[bytes, Request]] = {}
        for request in requests:
            key = segment_key(request)
            wanted.setdefault(range_of(key, self._buckets), {})[key] = request
        found = {}
        for bucket, mine in wanted.items():
            batch, held = _load(self._files[bucket])
            rows = np.searchsorted(held, np.array(list(mine), "S16"))
            columns = (column.to_pylist() for column in batch.take(pa.array(rows)).columns)
            for (key, request), (its_key, *values) in zip(mine.items(), zip(*columns, strict=True), strict=True):
                if its_key != key:
                    raise KeyError(f"no answer for segment {key.hex()}")
                found[request] = Found(*values)
        return found


@lru_cache(maxsize=MOST_FILES)
def _load(path: str) -> tuple[pa.RecordBatch, Any]:
    """Return a file's batch (mapped) and its keys as an array."""
    batch = open_arrow(path).get_batch(0)
    buffer = batch.column("key").buffers()[1]
    return batch, np.frombuffer(buffer, "S16", count=batch.num_rows)
