"""Many files, each by itself: of a store, where every request takes its time, many are in flight at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local

AT_ONCE = 32
"""So many files of a store are read or removed at once."""

Result = TypeVar("Result")


def map_files(function: Callable[[str], Result], paths: Iterable[str], at_once: int = AT_ONCE) -> Iterator[Result]:
    """Yield what the function makes of each file, in order; as many of a store as `at_once` are in hand at any moment.

    Files of this machine are taken one after the other, each when it is asked for. The first error, in order, ends it:
    what hasn't begun by then never does, and what has is waited for. So it is with KeyboardInterrupt, and where whoever
    takes the results wants no more.
    """
    paths = list(paths)
    if all(map(is_local, paths)):
        yield from map(function, paths)
        return
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for path in paths:
                waiting.append(pool.submit(function, path))
                if len(waiting) == at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # the block's end waits for what has begun


def remove(path: str) -> None:
    """Delete a file; one that is gone already is no concern."""
    if is_local(path):
        Path(path).unlink(missing_ok=True)
        return
    try:
        FileSystems.delete([path])
    except OSError:  # BeamIOError is one
        if FileSystems.exists(path):
            raise


def remove_all(paths: Iterable[str]) -> None:
    """Delete files, as `remove` does; the first that can't be deleted ends it.

    Beam deletes the files of a list one after the other on Cloud Storage, with three requests for each.
    """
    deque(map_files(remove, paths), maxlen=0)
