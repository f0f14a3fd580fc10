"""Work on many files, each by itself; on an object store, where every request takes its time, many at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local

AT_ONCE = 32
"""So many files of a store are read or removed at once."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_files(function: Callable[[str], Result], paths: Iterable[str], at_once: int = AT_ONCE) -> Iterator[Result]:
    """Yield what the function returns for each file, in order; files of a store are worked on `at_once` at a time.

    Local files are taken one after the other, each when its result is asked for. The first error, in order, ends it:
    calls that haven't begun are dropped, those that have are waited for. KeyboardInterrupt, and a caller that takes no
    more results, end it in the same way.
    """
    paths = list(paths)
    if all(map(is_local, paths)):
        return map(function, paths)
    return _in_threads(function, paths, at_once)


def _in_threads(function: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> Iterator[Result]:
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) == at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # the block's end waits for what has begun


def remove(path: str) -> None:
    """Delete a file; one that is gone already is no concern."""
    remove_all([path])


def remove_all(paths: Iterable[str]) -> None:
    """Delete files; those that are gone already are no concern.

    OSError is the first that can't be deleted; of a store all others are, before it is raised.

    Of a list, Beam deletes up to 1,000 objects of S3 in one request, but those of Cloud Storage one after the other,
    with three requests for each: a store gets as many lists at a time as files are in hand elsewhere.
    """
    paths = list(paths)
    if all(map(is_local, paths)):
        for path in paths:
            Path(path).unlink(missing_ok=True)
        return
    lists = [paths[start::AT_ONCE] for start in range(min(AT_ONCE, len(paths)))]
    errors = list(filter(None, _in_threads(_remove_stored, lists, AT_ONCE)))
    if errors:
        raise errors[0]


def _remove_stored(paths: Sequence[str]) -> OSError | None:
    try:
        FileSystems.delete(paths)
    except OSError as error:  # BeamIOError is one
        return error if any(map(FileSystems.exists, paths)) else None
    return None
