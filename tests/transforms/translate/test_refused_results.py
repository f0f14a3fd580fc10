"""An object store that refuses results for a while: what was paid for is kept until it takes them."""

import io
from collections.abc import Iterable

import pytest

from tests.fakes.object_store import ObjectStore
from transforms.translate.entries import Entry
from transforms.translate.journal import Journal
from transforms.translate.memory import Memory

MEMORY = Memory("langloomtest://bucket/memory")


def entry(number: int) -> Entry:
    return Entry("en", "pt", f"text {number}", f"texto {number}", "mt:x", "x")


def put(own: Journal, numbers: Iterable[int]) -> None:
    own.append(map(entry, numbers))
    own.flush()


def refusing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Have the store refuse so many objects."""
    create, left = ObjectStore.create, iter(range(times))

    def refuse(*arguments: str) -> io.BytesIO:
        if next(left, None) is not None:
            raise OSError("the store is away")
        return create(*arguments)

    monkeypatch.setattr(ObjectStore, "create", refuse)


def test_what_a_store_refused_is_written_when_it_takes_it(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, 2)
    own = MEMORY.journal()
    with pytest.raises(OSError, match="away"):
        put(own, range(64))
    with pytest.raises(OSError, match="away"):
        own.flush()
    assert not store
    own.append(map(entry, range(64, 70)))
    own.close()
    assert sorted(data.count(b"\n") for data in store.values()) == [6, 64]
    assert len(MEMORY.lookup([entry(number).key for number in range(70)])) == 70


def test_of_many_objects_only_those_that_were_refused_are_written_again(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, 3)
    own = MEMORY.journal()
    with pytest.raises(OSError, match="away"):
        put(own, range(64 * 20 + 5))
    own.close()
    lines = [line for data in store.values() for line in data.splitlines()]
    assert len(lines) == len(set(lines)) == 64 * 20 + 5
    assert {data.count(b"\n") for data in store.values()} == {5, 64}
