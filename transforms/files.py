"""Files on any Beam file system: they appear under their name when complete, and are mapped where they are local."""

import errno
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Any, Protocol, TypeVar

import pyarrow as pa
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from transforms.write_errors import as_write_error


def is_local(path: str) -> bool:
    """Say whether the path is on this machine's own file system: it names no scheme."""
    return FileSystems.get_scheme(path) is None


def exists(path: str) -> bool:
    """Say whether there is a file of this name."""
    return bool(FileSystems.exists(path))


def is_whole(path: str, size: int | None = None) -> bool:
    """Say whether a file is there, of so many bytes or, where that isn't known, not empty.

    A machine that lost its power may leave files empty or cut. Of an object in a store it is only asked if it is there.
    """
    if not is_local(path):
        return exists(path)
    with suppress(FileNotFoundError):
        found = Path(path).stat().st_size
        return found > 0 if size is None else found == size
    return False


def list_files(folder: str, pattern: str) -> list[tuple[str, int]]:
    """Return (path, bytes) of the folder's files of this pattern, in order of names; none if there is no folder.

    Beam would take a local folder's name for a pattern, too, in which `[` stands for something else.
    """
    if is_local(folder):
        return sorted(_listed(folder, pattern))
    found = FileSystems.match([FileSystems.join(folder, pattern)])[0].metadata_list
    return sorted((file.path, file.size_in_bytes) for file in found)


def _listed(folder: str, pattern: str) -> Iterator[tuple[str, int]]:
    for path in Path(folder).glob(pattern):
        with suppress(FileNotFoundError):  # another fold may remove it
            if S_ISREG((status := path.stat()).st_mode):
                yield str(path), status.st_size


def open_stored(path: str) -> Any:
    """Open a file for reading, as it is stored, whatever its name's ending; OSError where it isn't there."""
    with _as_file_not_found(path):
        return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


@contextmanager
def _as_file_not_found(path: str) -> Iterator[None]:
    """Turn a store's own error for a missing file, or one that vanishes while it is read, into FileNotFoundError."""
    try:
        yield
    except _google_not_found() as error:
        raise FileNotFoundError(errno.ENOENT, "there is no such file", path) from error


def _google_not_found() -> tuple[type[Exception], ...]:
    """Return what gs:// raises where nothing is there, which is no OSError."""
    try:
        from google.api_core.exceptions import NotFound
    except ImportError:
        return ()
    return (NotFound,)


class NewFile:
    """A file being written, which appears under its name when `commit` is called.

    Locally it has a temporary name until then. On an object store the object appears when its upload ends; `abandon`
    can't stop that, so readers must be able to tell a cut file from a whole one. Where a local file can't be written,
    on a full disk perhaps, that is a WriteError; a `commit` that fails leaves nothing.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._temporary = f"{path}.{uuid.uuid4().hex[:8]}.tmp" if is_local(path) else ""
        if self._temporary:
            with as_write_error(Path(path).parent):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                self.file: Any = io.BufferedWriter(_NewLocalFile(self._temporary, "wb"))
        else:
            self.file = FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED)

    def commit(self) -> None:
        """Close the file and let it appear."""
        if not self._temporary:
            self.file.close()
            return
        try:
            self.file.close()
            with as_write_error(Path(self.path).parent):
                Path(self._temporary).replace(self.path)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Close the file and, where possible, leave nothing."""
        if not self._temporary:
            self.file.close()
            return
        with suppress(OSError):  # what is buffered may find no room
            self.file.close()
        Path(self._temporary).unlink(missing_ok=True)


class _New(Protocol):
    """A file being written: a `NewFile`, or one that is made of it."""

    def commit(self) -> None: ...
    def abandon(self) -> None: ...


File = TypeVar("File", bound=_New)


@contextmanager
def written(new: File) -> Iterator[File]:
    """Let a file appear that the block has written, and leave nothing where the block fails."""
    try:
        yield new
    except BaseException:
        new.abandon()
        raise
    new.commit()


class _NewLocalFile(io.FileIO):
    """A file whose write errors name its folder."""

    def write(self, data: Any) -> int:
        with as_write_error(Path(str(self.name)).parent):
            return super().write(data)


def write_bytes(path: str, data: bytes) -> None:
    """Write a small file whole."""
    with written(NewFile(path)) as new:
        new.file.write(data)


def read_bytes(path: str) -> bytes:
    """Return the content of a file as it is stored."""
    with _as_file_not_found(path), open_stored(path) as file:
        data: bytes = file.read()
    return data


def read_range(path: str, start: int, end: int) -> bytes:
    """Return the bytes of a file from `start` up to, not including, `end`; OSError where the file ends before."""
    if is_local(path):
        with Path(path).open("rb") as local:
            local.seek(start)
            data = local.read(end - start)
    else:
        with open_stored(path) as file:
            file.seek(start)
            data = file.read(end - start)
    if len(data) != end - start:
        raise OSError(f"{path} ends at byte {start + len(data)}, before {end}")
    return data


def open_arrow(path: str) -> Any:
    """Open an Arrow IPC file: memory-mapped where it is local, so that only what is used is read."""
    return pa.ipc.open_file(pa.memory_map(path) if is_local(path) else pa.BufferReader(read_bytes(path)))


def is_whole_arrow(path: str) -> bool:
    """Say whether an Arrow IPC file is there, and not cut: it ends with its footer."""
    with suppress(OSError, pa.ArrowInvalid):
        open_arrow(path)
        return True
    return False
