"""The fake Hub's large file storage: by SHA-256, filled through LFS or through the Xet client's local storage."""

import hashlib
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import hf_xet

HEADER, RECORD = 48, 48
"""Bytes of a shard file's header, and of each record in it."""

END = b"\xff" * 32
VERIFIED, DESCRIBED = 1 << 31, 1 << 30
"""Flags of a file's record: one more record for each segment follows, and one with the file's SHA-256."""


@dataclass
class Blobs:
    """Blobs by their SHA-256.

    Attributes:
      folder: where they lie.
      xet: the folder of the Xet client's local storage; None where the Hub offers LFS only.
      received: SHA-256 of each blob that was sent through LFS, in order, also those sent again.
    """

    folder: Path
    xet: Path | None = None
    received: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where a blob lies."""
        return self.folder / sha256

    def has(self, sha256: str) -> bool:
        """Say whether a blob is there, having looked for it in the Xet storage, too."""
        return self.path(sha256).is_file() or bool(self.xet and self._fetch(sha256))

    def put(self, sha256: str, data: bytes) -> bool:
        """Keep what was sent; False where it isn't what it says."""
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        self.path(sha256).write_bytes(data)
        self.received.append(sha256)
        return True

    def _fetch(self, sha256: str) -> bool:
        """Take a file out of the Xet storage; a copy is read, since the client that writes it holds a lock."""
        with TemporaryDirectory() as temporary:
            copy, target = Path(temporary) / "cas", Path(temporary) / "file"
            assert self.xet
            if not self.xet.is_dir():
                return False
            shutil.copytree(self.xet, copy)
            found = {sha: (xet, size) for shard in copy.rglob("*.mdb") for sha, xet, size in files_of(shard)}
            if sha256 not in found:
                return False
            with hf_xet.XetSession().new_file_download_group(endpoint=f"local://{copy}") as group:
                group.start_download_file(hf_xet.XetFileInfo(*found[sha256]), str(target))
            data = target.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            return False
        self.path(sha256).write_bytes(data)
        return True


def files_of(shard: Path) -> Iterator[tuple[str, str, int]]:
    """Yield SHA-256, Xet hash and size of each file that a shard file of Xet's format describes."""
    data, at = shard.read_bytes(), HEADER
    while at + RECORD <= len(data) and data[at : at + 32] != END:
        xet = _spelt(data[at : at + 32])
        flags, segments = struct.unpack_from("<II", data, at + 32)
        at += RECORD
        size = sum(struct.unpack_from("<I", data, at + RECORD * number + 36)[0] for number in range(segments))
        at += RECORD * segments * (2 if flags & VERIFIED else 1)
        if flags & DESCRIBED:
            yield _spelt(data[at : at + 32]), xet, size
            at += RECORD


def _spelt(value: bytes) -> str:
    """Return a hash as Xet spells it: four little-endian numbers in hexadecimal."""
    return "".join(f"{number:016x}" for number in struct.unpack("<4Q", value))
