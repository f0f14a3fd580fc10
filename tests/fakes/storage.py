"""Cloud Storage by `gcp-storage-emulator`, in a process of its own that ends with the `with` block."""

import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

import orjson

BUCKET = "langloom-test"


class Storage:
    """An empty bucket in memory, at `gs://langloom-test`."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        words = ["start", "--host", "127.0.0.1", "--port", str(port), "--in-memory", "--quiet"]
        self._command = [sys.executable, "-m", "gcp_storage_emulator", *words, "--default-bucket", BUCKET]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return bool(urlopen(self.url, timeout=5).read())
        except (URLError, OSError):
            return False

    def names(self, below: str = "") -> list[str]:
        """Return the paths of the objects below a `gs://` path."""
        prefix = _object(below) if below else ""
        listed: dict[str, Any] = orjson.loads(
            urlopen(f"{self.url}/storage/v1/b/{BUCKET}/o?prefix={quote(prefix)}").read()
        )
        return sorted(f"gs://{BUCKET}/{item['name']}" for item in listed.get("items", []))

    def read(self, path: str) -> bytes:
        """Return an object's content; FileNotFoundError where there is none."""
        try:
            data: bytes = urlopen(
                f"{self.url}/download/storage/v1/b/{BUCKET}/o/{quote(_object(path), safe='')}?alt=media"
            ).read()
        except HTTPError as error:
            raise FileNotFoundError(path) from error
        return data

    def write(self, path: str, data: bytes) -> None:
        """Write an object."""
        url = f"{self.url}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={quote(_object(path), safe='')}"
        urlopen(Request(url, data, {"Content-Type": "application/octet-stream"}, method="POST")).read()


def _object(path: str) -> str:
    return path.removeprefix(f"gs://{BUCKET}/")
