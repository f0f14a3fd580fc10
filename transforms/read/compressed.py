"""Opening files on any Beam file system, decompressed as their names say, so that damage is never overlooked."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import zstandard
from apache_beam.io.filesystem import CompressionTypes

from transforms.files import open_stored
from transforms.read.files import SourceError, compression, why

CHUNK = 1 << 20
"""Bytes that are read at once."""


@contextmanager
def opened(path: str, label: str = "", decompress: bool = True) -> Iterator[BinaryIO]:
    """Open a file's bytes, decompressed as its name says; SourceError where they can't be read to their end.

    Beam's own decompression takes a file that was cut off for a complete one, so it isn't used.
    """
    label = label or path
    kind = compression(path) if decompress else CompressionTypes.UNCOMPRESSED
    try:
        with open_stored(path) as raw:
            yield _decompressed(raw, kind)
    except (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise SourceError(f"{label}: broken {kind} data: {why(error)}") from error
    except OSError as error:
        how = "" if kind == CompressionTypes.UNCOMPRESSED else f" as {kind}"
        raise SourceError(f"{label} can't be read{how}: {why(error)}") from error


def _decompressed(raw: BinaryIO, kind: str) -> BinaryIO:
    if kind == CompressionTypes.UNCOMPRESSED:
        return raw
    if kind == CompressionTypes.GZIP:
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    return cast(BinaryIO, io.BufferedReader(_Frames(raw, _FRAMES[kind]), CHUNK))


def _zstd_frame() -> Any:
    # Files written with --long need a window above the default limit.
    return zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()


class _Bounded:
    """A frame of bz2 or xz that gives at most CHUNK bytes at once, however well they were compressed."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> Any:
        return getattr(self._frame, name)

    def decompress(self, data: bytes) -> bytes:
        """Return some of what follows; there is more where `needs_input` is false."""
        found: bytes = self._frame.decompress(data, CHUNK)
        return found


_FRAMES: dict[str, Callable[[], Any]] = {
    CompressionTypes.BZIP2: lambda: _Bounded(bz2.BZ2Decompressor()),
    CompressionTypes.LZMA: lambda: _Bounded(lzma.LZMADecompressor()),
    CompressionTypes.ZSTD: _zstd_frame,
    CompressionTypes.DEFLATE: zlib.decompressobj,
}


class _Frames(io.RawIOBase):
    """The concatenated frames of a compressed file; EOFError where the last one is cut off.

    What follows a frame must be another: `bz2.BZ2File` and `lzma.LZMAFile` take it for the end where it is damaged.
    Only zeros, with which files are filled up, are passed over.
    """

    def __init__(self, raw: BinaryIO, frame: Callable[[], Any]) -> None:
        self._raw, self._new = raw, frame
        self._frame: Any = None
        self._rest = b""
        self._between = False
        self._output = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._output:
            if self._frame is not None and self._frame.eof:
                self._rest, self._frame, self._between = self._frame.unused_data, None, True
            data = self._input()
            if data is None:
                return 0
            if self._frame is None:
                data = data.lstrip(b"\0") if self._between else data
                if not data:
                    continue
                self._frame = self._new()
            self._output = memoryview(self._frame.decompress(data))
        count = min(len(buffer), len(self._output))
        buffer[:count] = self._output[:count]
        self._output = self._output[count:]
        return count

    def _input(self) -> bytes | None:
        """Return the next bytes to decompress; None at the end of the file."""
        data, self._rest = self._rest, b""
        if self._frame is not None and not getattr(self._frame, "needs_input", True):
            return data
        data = data or self._raw.read(CHUNK >> 3)
        if not data and self._frame is not None:
            raise EOFError("the data ends in the middle of a frame")
        return data or None
