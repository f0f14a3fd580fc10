"""Many files of a store at once, and those of this machine one by one: what comes of it is the same."""

import threading
import time
from pathlib import Path

import pytest
from apache_beam.io.filesystem import BeamIOError

from tests.fakes.object_store import ObjectStore, Traffic
from transforms.many_files import map_files, remove, remove_all

STORED = [f"langloomtest://bucket/{number}" for number in range(40)]


def test_so_many_are_in_hand_and_come_in_order() -> None:
    together = threading.Barrier(4, timeout=10)  # which one alone never passes
    lock, held, most = threading.Lock(), 0, 0

    def work(path: str) -> str:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        if int(path.rpartition("/")[2]) < 4:
            together.wait()
        time.sleep(hash(path) % 5 / 1000)
        with lock:
            held -= 1
        return path

    assert list(map_files(work, STORED, 4)) == STORED
    assert most == 4


def test_no_more_is_begun_than_is_wanted() -> None:
    begun: list[str] = []
    results = map_files(begun.append, STORED, 4)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(begun) <= 5
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_first_error_in_order_ends_it(error: type[BaseException]) -> None:
    begun: list[str] = []
    late = threading.Event()

    def work(path: str) -> str:
        begun.append(path)
        if path == STORED[3]:
            late.wait(10)
            raise error(path)
        if path == STORED[4]:
            late.set()
            raise OSError("it comes first, and isn't the first")
        return path

    results, given = map_files(work, STORED, 8), []
    with pytest.raises(error, match=STORED[3]):
        given.extend(results)
    assert given == STORED[:3]
    assert len(begun) <= 3 + 8


def test_local_files_are_taken_one_by_one_in_the_same_thread(tmp_path: Path) -> None:
    threads: list[threading.Thread] = []
    results = map_files(lambda path: threads.append(threading.current_thread()), [str(tmp_path / "a")] * 3)
    next(results)
    assert threads == [threading.current_thread()]


def test_what_is_gone_is_no_concern_and_what_cannot_be_deleted_is_told(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store.update({path: b"" for path in STORED if path != STORED[5]})
    traffic = Traffic(0.005)
    monkeypatch.setattr(ObjectStore, "traffic", traffic)
    delete = ObjectStore.delete

    def refuse(self: ObjectStore, paths: list[str]) -> None:
        delete(self, [path for path in paths if path != STORED[7]])
        if STORED[7] in paths:
            raise BeamIOError("Delete operation failed", {STORED[7]: 403})

    with monkeypatch.context() as patch, pytest.raises(BeamIOError, match=f"{STORED[7]}'?: 403"):
        patch.setattr(ObjectStore, "delete", refuse)
        remove_all(STORED)
    assert traffic.most > 1
    assert list(store) == [STORED[7]]
    remove_all(STORED)
    assert not store
    remove(str(tmp_path / "none"))
