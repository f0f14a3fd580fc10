"""What is said where another package's source, rule, step, engine or sink fails: whose it is, and what it raised."""

import sys
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OURS = ("transforms", "sinks", "pipeline")
"""The packages that langloom consists of."""


class ThirdPartyError(Exception):
    """Code that another package registers failed (status 1).

    The text names the class, the exception, and the place: in the class's file where a library raised it.
    """


@contextmanager
def naming_third_parties(made: object) -> Iterator[None]:
    """Raise ThirdPartyError for what an instance of another package's class raises in the block.

    What langloom's own classes raise stays what it is; so do langloom's own errors, which tell more, and OSError, which
    names a file and says what is wrong with the machine.
    """
    try:
        yield
    except Exception as error:
        kind = type(made)
        if _is_ours(kind) or _is_ours(type(error)) or isinstance(error, OSError):
            raise
        frames = traceback.extract_tb(error.__traceback__)[::-1]
        theirs = getattr(sys.modules.get(kind.__module__), "__file__", None)
        frame = next((one for one in frames if one.filename == theirs or not _is_library(one.filename)), frames[0])
        said = " ".join(str(error).split())
        what = type(error).__name__ + (f": {said}" if said else "")
        place = f"{Path(frame.filename).name}, line {frame.lineno}"
        whose = f"{kind.__module__}.{kind.__qualname__}, of another package,"
        raise ThirdPartyError(f"{whose} failed: {what} ({place})") from error


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in OURS


def _is_library(file: str) -> bool:
    """Say whether a file of a traceback is Python's, an installed package's, or compiled."""
    folders = (sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))
    return not Path(file).is_absolute() or any(Path(file).is_relative_to(folder) for folder in folders)
