"""Files on any Beam file system: named by paths and globs, relative ones resolved."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from posixpath import expanduser

from apache_beam.io.filesystem import CompressionTypes, FileSystem
from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local
from transforms.suggestions import did_you_mean

MOST_NAMES = 1000
"""Of a larger folder, no more names are compared with one that isn't there."""

Paths = str | tuple[str, ...]
"""A path or glob, or several of them."""


class SourceError(Exception):
    """A source isn't there, is empty, or can't be read as what the recipe says it is."""


@dataclass(frozen=True)
class File:
    """A file of a source: its path, its size in bytes, and a label that is the same on every machine."""

    path: str
    size: int
    label: str

    @property
    def compressed(self) -> bool:
        """Whether the name says that the bytes are compressed, so that no part of the file can be read alone."""
        return _is_packed(self.path)


def compression(path: str) -> str:
    """Return Beam's name for the compression that the file's name tells."""
    kind: str = CompressionTypes.detect_compression_type(path)
    return kind


def _is_packed(path: str) -> bool:
    return compression(path) != str(CompressionTypes.UNCOMPRESSED)


def resolve(base: str, paths: Paths) -> Paths:
    """Return the paths, relative ones taken from the folder `base`."""
    if isinstance(paths, str):
        return _resolved(base, paths)
    return tuple(_resolved(base, path) for path in paths)


def _resolved(base: str, path: str) -> str:
    if not is_local(path):
        return path
    path = str(Path(expanduser(path)))  # which leaves a `~` that is no person's alone
    if Path(path).is_absolute():
        return path
    if re.search(r"[*?\[]", path):
        # Beam's patterns quote nothing; a class of the character and NUL, which no name holds, is as good.
        base = re.sub(r"([*?\[])", "[\0\\1]", base)
    joined: str = os.path.normpath(Path(base) / path) if is_local(base) else FileSystems.join(base, path)
    return joined


def find_files(paths: Paths) -> list[File]:
    """Return the files that these paths and globs name, in name order, each once.

    Raises SourceError, naming the path, where one is missing, is a folder, or matches nothing.
    """
    found: dict[str, int] = {}
    for path in [paths] if isinstance(paths, str) else paths:
        found.update(_matches(path))
    names = sorted(found)
    return [File(name, found[name], label) for name, label in zip(names, _labels(names), strict=True)]


def _matches(path: str) -> Iterator[tuple[str, int]]:
    try:
        if is_local(path) and Path(path).is_dir():
            raise SourceError(f"{path} is a folder: name its files, for example with the glob {path}/*")
        if is_local(path) and Path(path).is_file():
            # A name that exists is no glob, whatever characters it holds.
            yield path, Path(path).stat().st_size
            return
        matches = list(_found(path))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} can't be looked up: {why(error)}") from error
    if not matches:
        if re.search(r"[*?\[]", path):
            raise SourceError(f"no file matches {path}{_packed(path)}")
        raise SourceError(f"there is no file {path}{_nearest(path)}")
    yield from matches


def _packed(path: str) -> str:
    """Return a question about a glob that packed files match, where those of one don't."""
    try:
        endings = sorted({Path(name).suffix for name, _ in _found(f"{path}.*") if _is_packed(name)})
        fit = [f"{path}{ending}" for ending in endings if any(True for _ in _found(f"{path}{ending}"))]
    except (OSError, ValueError, SourceError):
        return ""
    return f"; did you mean {fit[0]!r}?" if fit else ""


def _nearest(path: str) -> str:
    """Return a question about what is there instead: `train.en.gz` beside `train.en`, else the name most like it."""
    folder, name = Path(path).parent, Path(path).name
    if not is_local(path):
        return ""
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError:  # there is no such folder, or it can't be listed
        return ""
    packed = [each for each in names if each.startswith(f"{name}.") or name.startswith(f"{each}.")]
    return did_you_mean(name, packed or names[:MOST_NAMES])


def _found(path: str) -> Iterator[tuple[str, int]]:
    yield from _walk(path) if is_local(path) else _match(path)


def _match(path: str) -> Iterator[tuple[str, int]]:
    for result in FileSystems.match(_patterns(path)):
        for match in result.metadata_list:
            yield match.path, match.size_in_bytes


def _walk(path: str) -> Iterator[tuple[str, int]]:
    """Yield what Beam would, but look into no folder that can't hold it.

    OSError where such a folder can't be read, and SourceError where what matches is a link that leads nowhere: Beam
    passes over both, and their rows. SourceError where it is no file either, since reading a pipe would wait for ever.
    """
    wanted = [re.compile(FileSystem.translate_pattern(pattern)) for pattern in _patterns(path)]
    parts = path.split("/")
    start = re.split(r"[*?\[]", path)[0].rpartition("/")[0]
    for folder, below, names in os.walk(start or "/", onerror=_refuse_unreadable):
        inside = f"{folder.rstrip('/')}/"  # as the glob is written: Path would leave out ./ and //
        if "**" not in path:
            level = parts[: inside.count("/") + 1]
            way = re.compile(FileSystem.translate_pattern("/".join(level)))
            below[:] = [name for name in below if len(level) < len(parts) and way.match(f"{inside}{name}")]
        for name in (f"{inside}{name}" for name in names):
            if any(pattern.match(name) for pattern in wanted):
                found = Path(name)
                if found.is_symlink() and not found.exists():
                    raise SourceError(f"{found} is a link to {found.readlink()}, which isn't there")
                if not found.is_file():
                    raise SourceError(f"{found} is no file, and sources are read more than once: put it into a file")
                yield name, found.stat().st_size


def _refuse_unreadable(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _patterns(path: str) -> list[str]:
    """Return what a glob is to Beam, for which `**/` is one folder at least: as to shells, it may be none, too."""
    first, *rest = re.split(r"/(?:\*\*/)+", path)
    found = [first]
    for part in rest:
        found = [f"{each}{between}{part}" for each in found for between in ("/**/", "/")]
    return found


def _labels(names: list[str]) -> list[str]:
    """Return the names without the folders that all of them share."""
    folders = [name.split("/")[:-1] for name in names]
    same = [len(set(parts)) == 1 for parts in zip(*folders, strict=False)]
    shared = [*same, False].index(False)
    return ["/".join(name.split("/")[shared:]) for name in names]


def why(error: BaseException) -> str:
    """Return in one line what went wrong, without Beam's wrapping."""
    details = getattr(error, "exception_details", None)
    causes = details.values() if isinstance(details, dict) and details else [error]
    return "; ".join(" ".join(str(cause).split()) or type(cause).__name__ for cause in causes)
