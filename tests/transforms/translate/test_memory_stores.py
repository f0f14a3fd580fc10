"""A translation memory in an object store, where journals are many small objects and each request takes its time."""

import threading
from collections import Counter

import pytest
from apache_beam.io.filesystem import BeamIOError
from numbered_entries import entry, write

from tests.fakes.object_store import ObjectStore, Traffic
from transforms.translate import journal_cache, memory, shards
from transforms.translate.memory import Memory
from transforms.write_errors import WriteError

HELD = Memory("langloomtest://bucket/memory")
KEYS = [entry(number).key for number in range(0, 640, 10)]


@pytest.fixture(autouse=True)
def traffic(store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Traffic:
    """What is asked of the store from now on, which takes 5 ms a request; ten journals of 64 entries are in it."""
    write(HELD, *map(entry, range(640)))
    made = Traffic(0.005)
    monkeypatch.setattr(ObjectStore, "traffic", made)
    return made


def journals(store: dict[str, bytes]) -> set[str]:
    return {path for path in store if "/journal/" in path}


def got(traffic: Traffic) -> Counter[str]:
    return Counter(path for what, path in traffic.requests if what == "get")


def test_a_process_fetches_each_journal_once_many_at_a_time(store: dict[str, bytes], traffic: Traffic) -> None:
    before = journals(store)
    for _ in range(3):
        assert set(HELD.lookup(KEYS)) == set(KEYS)
    assert got(traffic) == dict.fromkeys(before, 1)
    assert traffic.most > 4
    write(HELD, entry(640))
    traffic.requests.clear()
    assert set(HELD.lookup([entry(640).key])) == {entry(640).key}
    assert got(traffic) == dict.fromkeys(journals(store) - before, 1)


def test_look_ups_at_once_fetch_each_journal_once(store: dict[str, bytes], traffic: Traffic) -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(HELD.lookup(KEYS)))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [len(KEYS)] * 6
    assert got(traffic) == dict.fromkeys(journals(store), 1)


def test_what_others_fold_meanwhile_is_found_in_the_shards(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = journal_cache.read_bytes, iter(range(999))

    def read(path: str) -> bytes:
        if next(calls) == 3:
            monkeypatch.setattr(journal_cache, "read_bytes", real)
            assert HELD.fold() == 640
        return real(path)

    monkeypatch.setattr(journal_cache, "read_bytes", read)
    assert set(HELD.lookup(KEYS)) == set(KEYS)
    assert not journals(store)
    assert set(HELD.lookup(KEYS)) == set(KEYS)


def test_one_that_cannot_be_read_fails_the_look_up_and_the_next_one_goes_on(
    store: dict[str, bytes], traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bad, *others), opened = sorted(journals(store)), ObjectStore.open

    def refuse(self: ObjectStore, path: str, *more: str) -> object:
        if path == bad:
            raise BeamIOError("no permission", {path: 403})
        return opened(self, path, *more)

    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "open", refuse)
        for use in (lambda: HELD.lookup(KEYS), HELD.fold, HELD.stats, lambda: list(HELD.entries())):
            with pytest.raises(BeamIOError, match=f"no permission.*{bad}"):
                use()
    assert journals(store) == {bad, *others}
    traffic.requests.clear()
    assert set(HELD.lookup(KEYS)) == set(KEYS)
    assert HELD.fold() == 640


def test_a_full_disk_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_cache.tempfile, "TemporaryFile", lambda **_: open("/dev/full", "wb"))  # noqa: SIM115, PTH123
    with pytest.raises(WriteError, match="the disk is full"):
        HELD.lookup(KEYS)


def test_a_fold_writes_each_shard_once_however_many_journals_there_are(
    store: dict[str, bytes], traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "FOLD_ENTRIES", 60)
    small = Memory(HELD.path, shard_entries=60)
    assert small.fold() == 640
    assert not journals(store)
    put = [path for what, path in traffic.requests if what == "put"]
    assert len(store) == len({shards.prefix_of(path) for path in store}) == 16
    assert len(put) == 17  # one was alone at first, and divided
    traffic.requests.clear()
    write(HELD, *map(entry, range(640, 800)))
    assert small.fold() == 160
    assert max(Counter(path for what, path in traffic.requests if what == "get").values()) == 1
    assert set(small.lookup(KEYS)) == set(KEYS)
    assert sum(small.stats().entries.values()) == 800
    assert len(list(small.entries())) == 800


def test_a_fold_that_is_killed_while_it_removes_loses_nothing(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    delete, calls = ObjectStore.delete, iter(range(999))

    def killed(self: ObjectStore, paths: list[str]) -> None:
        if next(calls) == 4:
            raise KeyboardInterrupt
        delete(self, paths)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ObjectStore, "delete", killed)
        HELD.fold()
    assert 0 < len(journals(store)) < 10
    assert set(HELD.lookup(KEYS)) == set(KEYS)
    HELD.fold()
    assert not journals(store)
    assert sum(HELD.stats().entries.values()) == 640
