"""An object store as a Beam file system of this process: `langloomtest://bucket/name`."""

import io
from collections.abc import Iterator
from typing import ClassVar

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem


class _Upload(io.BytesIO):
    """An object that appears when it is closed."""

    def __init__(self, objects: dict[str, bytes], path: str) -> None:
        super().__init__()
        self._objects, self._path = objects, path

    def close(self) -> None:
        if not self.closed:
            self._objects[self._path] = self.getvalue()
        super().close()


class ObjectStore(FileSystem):
    """A store that keeps everything in a dict, and has no folders."""

    objects: ClassVar[dict[str, bytes]] = {}
    checksums: ClassVar[bool] = True

    @classmethod
    def scheme(cls) -> str:
        return "langloomtest"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path, data in self.objects.items():
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(data), 1.0)

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        if path not in self.objects:
            raise BeamIOError("no such object", {path: FileNotFoundError(path)})
        return io.BytesIO(self.objects[path])

    def exists(self, path: str) -> bool:
        return path in self.objects

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.objects[path]), 1.0)

    def last_updated(self, path: str) -> float:
        return 1.0

    def checksum(self, path: str) -> str:
        if not self.checksums:
            raise NotImplementedError
        return str(hash(self.objects[path]))

    def create(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        return _Upload(self.objects, path)

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, target in zip(source_file_names, destination_file_names, strict=True):
            self.objects[target] = self.objects[source]

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            del self.objects[path]

    mkdirs = rename = size = None  # type: ignore[assignment] # stores have no folders, and move nothing
