"""An object store as a Beam file system of this process: `langloomtest://bucket/name`."""

import io
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import ClassVar

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem


class _Upload(io.BytesIO):
    """An object that appears when it is closed."""

    def __init__(self, store: "ObjectStore", path: str) -> None:
        super().__init__()
        self._store, self._path = store, path

    def close(self) -> None:
        if not self.closed:
            with self._store.requested("put", self._path):
                self._store.objects[self._path] = self.getvalue()
        super().close()


class Traffic:
    """What has been asked of a store.

    Attributes:
      seconds: how long each request takes.
      requests: (what was done, path) of each.
      in_flight, most: how many requests are under way, and how many have been at once.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.requests: list[tuple[str, str]] = []
        self.in_flight = self.most = 0
        self._lock = Lock()

    @contextmanager
    def request(self, what: str, path: str) -> Iterator[None]:
        """Count a request, and let it take its time."""
        with self._lock:
            self.requests.append((what, path))
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
        try:
            time.sleep(self.seconds)
            yield
        finally:
            with self._lock:
                self.in_flight -= 1


class ObjectStore(FileSystem):
    """A store that keeps everything in a dict, and has no folders."""

    objects: ClassVar[dict[str, bytes]] = {}
    checksums: ClassVar[bool] = True
    traffic: ClassVar[Traffic] = Traffic()

    def requested(self, what: str, path: str) -> AbstractContextManager[None]:
        return self.traffic.request(what, path)

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
        with self.requested("list", dir_or_prefix):
            found = list(self.objects.items())
        for path, data in found:
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(data), 1.0)

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        with self.requested("get", path):
            data = self.objects.get(path)
        if data is None:
            raise BeamIOError("no such object", {path: FileNotFoundError(path)})
        return io.BytesIO(data)

    def exists(self, path: str) -> bool:
        with self.requested("head", path):
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
        return _Upload(self, path)

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, target in zip(source_file_names, destination_file_names, strict=True):
            with self.requested("copy", source):
                self.objects[target] = self.objects[source]

    def delete(self, paths: list[str]) -> None:
        failed = {}
        for path in paths:
            with self.requested("delete", path):
                if self.objects.pop(path, None) is None:
                    failed[path] = FileNotFoundError(path)
        if failed:
            raise BeamIOError("Delete operation failed", failed)

    mkdirs = rename = size = None  # type: ignore[assignment] # stores have no folders, and move nothing
