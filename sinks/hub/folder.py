"""What of an output folder is published. Nothing is sent that the manifest doesn't vouch for.

The manifest is data: no path in it is followed before it is known to be one that langloom writes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sinks.card import for_repository
from sinks.licenses import unstated
from sinks.written import AGAIN, CARD, MANIFEST, REJECTS, SHARD, OutputError, known_manifest
from transforms.files import is_local

MOST_FILES = 25_000
"""Files that the Hub takes in a commit."""

READERS = 4
"""Files that are read and hashed at a time."""


@dataclass(frozen=True)
class Item:
    """A file of the repository to be.

    Attributes:
      path: its name in the repository.
      size: bytes.
      sha256: in hexadecimal.
      file: where it lies; None where `data` is the content.
      data: the content of what doesn't lie there as it is sent.
    """

    path: str
    size: int
    sha256: str
    file: Path | None = None
    data: bytes = field(default=b"", repr=False)

    @cached_property
    def git_hash(self) -> str:
        """Return what git calls the content; the whole file is read."""
        data = self.file.read_bytes() if self.file else self.data
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Folder:
    """An output folder that may be published: its manifest, and what is sent of it."""

    manifest: Mapping[str, Any]
    items: list[Item]


def read_folder(folder: str, repo: str, with_rejects: bool) -> Folder:
    """Return the card, the manifest, all shards and, where asked for, the rejects.

    Read are manifest.json, README.md and every shard, to the last byte. OutputError where the output is incomplete, a
    file is missing, altered, unknown or no plain file, or a licence isn't stated.

    Args:
      folder: the output folder.
      repo: OWNER/NAME, which the card is made to name.
      with_rejects: whether to publish what was rejected, too.
    """
    if not is_local(folder):
        raise OutputError(f"{folder} isn't on this machine: only local folders are published; copy it here first")
    root = Path(folder).resolve()
    with known_manifest(folder) as manifest:
        _check_complete(folder, manifest)
        entries, missing = list(_entries(manifest)), unstated(manifest)
        rejected = manifest["rejects"]["files"], manifest["rejects"]["rows"]
    if not entries:
        raise OutputError(f"{folder} holds no examples: there is nothing to publish")
    if len(entries) > MOST_FILES:
        raise OutputError(
            f"{folder} has {len(entries):,} shards, and the Hub takes {MOST_FILES:,} at once: write larger ones, "
            "such as `write: {parquet: {bytes_per_shard: 500000000}}`"
        )
    if missing:
        raise OutputError(missing)
    _refuse_strangers(root, {path for path, _ in entries})
    with ThreadPoolExecutor(READERS) as pool:
        shards = list(pool.map(lambda entry: _shard(root, *entry), entries))
    rejects = _rejects(root, rejected) if with_rejects else []
    told = _plain(root, MANIFEST).read_bytes()
    try:
        unchanged = json.loads(told) == manifest
    except ValueError:
        unchanged = False
    if not unchanged:
        raise OutputError(f"{folder} was made anew while it was being read: publish it again")
    card = _made(CARD, for_repository(_card(root), repo).encode())
    return Folder(manifest, [card, _made(MANIFEST, told), *shards, *rejects])


def _made(path: str, data: bytes) -> Item:
    return Item(path, len(data), hashlib.sha256(data).hexdigest(), data=data)


def _check_complete(folder: str, manifest: Mapping[str, Any]) -> None:
    """Raise OutputError where the output isn't complete, ValueError where the manifest isn't as it should be."""
    if not all(isinstance(text := manifest[key], str) and text.isprintable() for key in ("name", "signature")):
        raise ValueError  # they are shown, and go into a commit's message
    if manifest["complete"] is not True:
        left = manifest.get("deferred")
        waits = f": {left} examples wait for their translation" if isinstance(left, int) and left else ""
        raise OutputError(f"{folder} is incomplete{waits}; run the recipe again, and publish then")


def _entries(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield path and SHA-256 of each shard that the manifest names, having checked that they are whole splits."""
    for dataset, described in manifest["datasets"].items():
        for split, each in described["splits"].items():
            files = [(file["path"], file["sha256"], file["rows"]) for file in each["files"]]
            _check_split(dataset, split, each["rows"], files)
            yield from ((path, sha256) for path, sha256, _ in files)


def _check_split(dataset: str, split: str, rows: int, files: Iterable[tuple[str, str, int]]) -> None:
    """Raise OutputError unless these are shards 0 to n-1 of n, and hold as many rows as the split."""
    numbers: dict[str, list[int]] = {"parquet": []}
    held, of = 0, {0} if not rows else set()
    for path, _, number in files:
        found = SHARD.fullmatch(path)
        if not found or (found["dataset"], found["split"]) != (dataset, split):
            raise OutputError(f"{MANIFEST} names {path!r} as a shard of {dataset}/{split}, which it can't be")
        numbers.setdefault(found["ending"], []).append(int(found["number"]))
        of.add(int(found["of"]))
        held += number if found["ending"] == "parquet" else 0
    if len(of) != 1 or held != rows or any(sorted(each) != list(range(*of)) for each in numbers.values()):
        raise OutputError(f"{MANIFEST} doesn't name all shards of {dataset}/{split}: {AGAIN}")


def _refuse_strangers(root: Path, known: set[str]) -> None:
    """Raise OutputError where data/ holds what the manifest doesn't name; hidden files don't count."""
    for path in sorted((root / "data").rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_dir() and name not in known and not any(part.startswith(".") for part in name.split("/")):
            raise OutputError(f"{name} is not in {MANIFEST}: move it away, or {AGAIN}")


def _shard(root: Path, path: str, sha256: str) -> Item:
    item = _item(root, path)
    if item.sha256 != sha256:
        raise OutputError(f"{path} was altered: its SHA-256 isn't the one in {MANIFEST}; {AGAIN}")
    return item


def _item(root: Path, path: str) -> Item:
    file = _plain(root, path)
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        return Item(path, opened.tell(), sha256, file)


def _plain(root: Path, path: str) -> Path:
    """Return a file below the folder; OutputError where it isn't there, or a link leads elsewhere."""
    file = root / path
    if not file.is_file():
        raise OutputError(f"{path} isn't there: the folder is half an output; {AGAIN}")
    if file.resolve() != file:
        raise OutputError(f"{path} is a link: only plain files are published")
    return file


def _rejects(root: Path, told: tuple[int, int]) -> list[Item]:
    """Return the files of rejects; the manifest tells their number and their rows, but no hashes."""
    names = (path.relative_to(root).as_posix() for path in sorted((root / "rejects").glob("*")))
    items = [_item(root, name) for name in names if REJECTS.fullmatch(name)]
    if (len(items), sum(map(_rows, items))) != told:
        raise OutputError(f"rejects/ isn't what {MANIFEST} says: {AGAIN}, or leave out --with-rejects")
    return items


def _rows(item: Item) -> int:
    try:
        return int(pq.read_metadata(item.file).num_rows)
    except (OSError, pa.ArrowInvalid):
        raise OutputError(f"{item.path} is no Parquet file any more: {AGAIN}") from None


def _card(root: Path) -> str:
    try:
        return _plain(root, CARD).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise OutputError(f"{CARD} isn't UTF-8 text") from None
