"""What is pickled into a graph says nothing of the machine that it was built on."""

import sys
from functools import lru_cache
from pathlib import PurePath

from apache_beam.internal import cloudpickle_pickler


def hide_folders() -> None:
    """Let Beam pickle functions under the paths of their files below the folder that they were imported from.

    A function that is pickled by value (a lambda, or a closure) holds the path of its file, for tracebacks: whole, that
    tells the launcher's user, and makes equal graphs different. Beam leaves it as it is unless told otherwise.
    """
    cloudpickle_pickler.DEFAULT_CONFIG.filepath_interceptor = without_folder


def without_folder(path: str) -> str:
    """Return a file's path below the longest folder of `sys.path` that holds it; elsewhere, its name."""
    return _below(path, tuple(sys.path))


@lru_cache(maxsize=1024)  # a graph has hundreds of functions, of few files
def _below(path: str, imported: tuple[str, ...]) -> str:
    folders = [folder for folder in imported if folder and PurePath(path).is_relative_to(folder)]
    return PurePath(path).relative_to(max(folders, key=len)).as_posix() if folders else PurePath(path).name
