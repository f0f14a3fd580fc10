"""What a graph holds, pickles opened: Beam compresses and encodes them, so that no search looks into them."""

import base64
import binascii
import bz2
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

PICKLE = re.compile(rb"(?:QlpoO|eJ|eN)[A-Za-z0-9+/]{20,}={0,2}")
"""base64 of what begins as bzip2's or zlib's data do."""

UNPACKERS = {b"BZ": bz2.decompress, b"x\x9c": zlib.decompress, b"x\xda": zlib.decompress}


def opened(graph: bytes) -> bytes:
    """Return the graph, and after it what each pickle in it holds."""
    return b"\n".join([graph, *_pickles(graph)])


def _pickles(data: bytes) -> Iterator[bytes]:
    for found in PICKLE.finditer(data):
        inner = _unpacked(found.group())
        if inner:
            yield inner
            yield from _pickles(inner)


def _unpacked(text: bytes) -> bytes:
    """Return what was packed; nothing where it only looked so. What follows in the graph may look like more of it."""
    for cut in range(4):
        try:
            packed = base64.b64decode(text[: len(text) - cut], validate=True)
            return UNPACKERS[packed[:2]](packed)
        except (binascii.Error, KeyError, OSError, ValueError, zlib.error):
            continue
    return b""


def paths_of_this_machine(graph: bytes) -> set[str]:
    """Return the paths in an opened graph that lie in the home or working folder, or where Python's files are."""
    folders = {Path.home(), Path.cwd(), Path(__file__).resolve().parents[2], Path(sys.prefix), Path(sys.base_prefix)}
    found = {path.decode() for path in re.findall(rb"/[\w.-]+(?:/[\w.@ -]+)+", graph)}
    return {
        path for path in found if "site-packages" in path or any(path.startswith(f"{folder}/") for folder in folders)
    }


def parts_of(secret: str, graph: bytes, length: int = 6) -> list[str]:
    """Return the pieces of a secret, of so many characters, that are in an opened graph."""
    pieces = (secret[at : at + length] for at in range(len(secret) - length + 1))
    return [piece for piece in pieces if piece.encode() in graph]
