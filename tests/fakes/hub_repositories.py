"""What the fake Hub holds: repositories with commits, branches and tags, and the blobs that they point to."""

import hashlib
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

LARGE = (".parquet", ".arrow", ".gz", ".zst")
"""Endings that the Hub's own .gitattributes give to large file storage."""

LARGE_BYTES = 10 << 20

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class File:
    """A file of a tree.

    Attributes:
      oid: the git hash of its content, or of the pointer to it.
      size: bytes of the content.
      sha256: of the content, where it lies in large file storage; else "".
      data: the content, where it is in git itself.
    """

    oid: str
    size: int
    sha256: str = ""
    data: bytes = b""


@dataclass(frozen=True)
class Commit:
    """A commit: what it says, what it holds, and the one before it."""

    oid: str
    parent: str
    title: str
    tree: Mapping[str, File]


@dataclass
class Repository:
    """A data set's repository; `main` is there from the start, with the Hub's .gitattributes."""

    name: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        attributes = "".join(f"*{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in LARGE)
        self.commit("main", "initial commit", {".gitattributes": regular(attributes.encode())})

    def commit(self, branch: str, title: str, tree: Mapping[str, File]) -> str:
        """Add a commit to a branch and return its hash."""
        parent = self.branches.get(branch, "")
        oid = hashlib.sha1(f"{self.name} {branch} {parent} {next(_NUMBERS)}".encode()).hexdigest()
        self.commits[oid] = Commit(oid, parent, title, dict(tree))
        self.branches[branch] = oid
        return oid

    def resolve(self, revision: str) -> Commit | None:
        """Return the commit that a branch, a tag or a hash means."""
        oid = self.branches.get(revision) or self.tags.get(revision) or revision
        return self.commits.get(oid)

    def tree(self, revision: str = "main") -> dict[str, File]:
        """Return the files of a revision."""
        commit = self.resolve(revision)
        assert commit, revision
        return dict(commit.tree)

    def history(self, branch: str = "main") -> list[Commit]:
        """Return a branch's commits, the newest first."""
        found, oid = [], self.branches[branch]
        while oid:
            found.append(self.commits[oid])
            oid = found[-1].parent
        return found


def regular(data: bytes) -> File:
    """Return a file that git itself holds."""
    return File(hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest(), len(data), data=data)


def pointer(sha256: str, size: int) -> File:
    """Return a file that lies in large file storage."""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
    return File(regular(text.encode()).oid, size, sha256)


def is_large(path: str, size: int, sample: bytes) -> bool:
    """Say whether the Hub wants a file in large file storage."""
    return path.endswith(LARGE) or size >= LARGE_BYTES or b"\0" in sample


def is_ignored(path: str, patterns: str) -> bool:
    """Say whether a .gitignore leaves a file out; as much of its language as tests need."""
    lines = [line.strip() for line in patterns.splitlines() if line.strip() and not line.startswith("#")]
    return any(fnmatch(part, line.strip("/")) for line in lines for part in re.split("/", path))
