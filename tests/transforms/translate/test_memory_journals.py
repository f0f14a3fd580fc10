"""Journals of a translation memory: torn, full, of a killed writer, in an object store."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from numbered_entries import entry, write

from tests.fakes.object_store import ObjectStore, Traffic
from transforms.translate import journal, memory
from transforms.translate.entries import to_line
from transforms.translate.memory import Memory
from transforms.write_errors import WriteError


@pytest.mark.parametrize("torn", [1, 30, 60, 120])
def test_a_torn_last_line_is_ignored(held: Memory, torn: int) -> None:
    write(held, entry(1), entry(2))
    (path,) = Path(held.path, "journal").iterdir()
    with path.open("ab") as file:
        file.write(to_line(entry(3))[:torn])
    keys = [entry(number).key for number in (1, 2, 3)]
    assert set(held.lookup(keys)) == set(keys[:2])
    assert held.fold() == 2
    assert set(held.lookup(keys)) == set(keys[:2])
    assert held.stats().damaged == 0


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"3",
        b"\0" * 512,
        b"\xff",
        to_line(entry(3)).strip().replace(b'"texto 3"', b'""'),
        to_line(entry(3)).strip().replace(b'"texto 3"', b"3"),
        to_line(entry(3)).strip().replace(b'"mt:local"', b"null"),
        to_line(entry(3)).strip().replace(b"true", b"1"),
    ],
)
def test_a_line_that_is_no_entry_is_passed_over(held: Memory, line: bytes) -> None:
    write(held, entry(1))
    (path,) = Path(held.path, "journal").iterdir()
    path.write_bytes(line + b"\n" + path.read_bytes())
    keys = [entry(number).key for number in (1, 3)]
    assert set(held.lookup(keys)) == {keys[0]}
    stats = held.stats()
    assert (stats.journaled, stats.damaged) == (1, 1)
    assert held.fold() == 1
    assert set(held.lookup(keys)) == {keys[0]}
    (kept,) = Path(held.damaged).iterdir()
    assert kept.read_bytes() == line + b"\n"
    assert (held.stats().damaged, held.damaged_lines()) == (1, 1)


@pytest.mark.parametrize("name", ["a[1]", "a*", "?", "a b", "ü%41", "[!x]"])
def test_a_folders_name_is_no_pattern(name: str, tmp_path: Path) -> None:
    """Neither are entries lost in such a folder, nor does it take those of another one."""
    other, mine = Memory(str(tmp_path / "a1")), Memory(str(tmp_path / name))
    for each in (other, mine):
        write(each, entry(1))
        assert each.fold() == 1
    write(other, entry(2))
    write(mine, entry(3))
    keys = [entry(number).key for number in (1, 2, 3)]
    assert set(mine.lookup(keys)) == {keys[0], keys[2]}
    assert mine.fold() == 1
    assert set(mine.lookup(keys)) == {keys[0], keys[2]}
    assert set(other.lookup(keys)) == {keys[0], keys[1]}


def test_a_live_writers_journal_is_left_alone(held: Memory) -> None:
    own = held.journal()
    own.append([entry(1)])
    assert held.fold() == 0
    own.append([entry(2)])
    own.close()
    assert held.fold() == 2
    assert not list(Path(held.path, "journal").iterdir())
    own.append([entry(3)])  # a closed journal opens a new file
    own.close()
    assert len(held.lookup([entry(number).key for number in (1, 2, 3)])) == 3


WRITER = """
import sys
from transforms.translate.entries import Entry
from transforms.translate.memory import Memory
from transforms.write_errors import WriteError
own = Memory(sys.argv[1]).journal()
for number in range(10**6):
    own.append([Entry("en", "pt", f"text {number}", f"texto {number}", "mt:local", "s")])
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_and_its_journal_is_folded(held: Memory) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, held.path], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(200):
        process.stdout.readline()
    assert held.fold() == 0  # it lives
    os.kill(process.pid, signal.SIGKILL)
    said = process.stdout.read().split()
    process.wait()
    last = max([199, *(int(line) for line in said if line.isdigit())])
    number = held.fold()
    assert number >= last + 1
    assert len(held.lookup([entry(at).key for at in range(last + 1)])) == last + 1


def eventually(holds: Callable[[], bool]) -> bool:
    """Say whether something comes true within ten seconds."""
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_object_stores_get_small_immutable_objects(store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    held = Memory("langloomtest://bucket/memory")
    own = held.journal()
    own.append(map(entry, range(130)))
    assert eventually(lambda: sorted(data.count(b"\n") for data in store.values()) == [64, 64])
    assert held.fold() == 128  # nothing is ever appended to them: they may be folded while their writer lives
    assert [path for path in store if "journal" in path] == []
    monkeypatch.setattr(journal, "OBJECT_SECONDS", 0.0)  # a second has passed
    own.append([entry(130)])
    assert eventually(lambda: [data.count(b"\n") for path, data in store.items() if "journal" in path] == [3])
    own.append([entry(131)])
    own.close()
    held.fold()
    assert len(held.lookup([entry(number).key for number in range(132)])) == 132


def test_whoever_asks_goes_on_while_a_store_takes_its_time(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectStore, "traffic", Traffic(0.5))
    own = Memory("langloomtest://bucket/memory").journal()
    began = time.monotonic()
    own.append(map(entry, range(640)))
    assert time.monotonic() - began < 0.4
    assert not store
    own.close()
    assert sum(data.count(b"\n") for data in store.values()) == 640


def test_who_is_interrupted_while_a_store_refuses_results_writes_them_at_the_end(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Memory("langloomtest://bucket/memory").journal()
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_put", Mock(side_effect=OSError("no")))
        patch.setattr(journal.Future, "exception", Mock(side_effect=KeyboardInterrupt))
        own.append([entry(1)])
        with pytest.raises(KeyboardInterrupt):
            own.flush()
    with pytest.raises(OSError, match="no"):
        own.flush()
    assert not store
    own.close()
    assert [data.count(b"\n") for data in store.values()] == [1]


def test_a_full_disk_is_an_error_and_the_next_line_is_whole(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    own = held.journal()
    own.append([entry(1)])
    real, tries = os.write, iter(range(9))

    def filling(file: int, data: bytes) -> int:
        if next(tries):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, data[:20])

    with monkeypatch.context() as patch, pytest.raises(WriteError, match="journal can't be written, the disk is full"):
        patch.setattr(os, "write", filling)
        patch.setattr(os, "ftruncate", filling)  # the torn line stays
        own.append([entry(2)])
    own.append([entry(3)])
    own.close()
    assert {one.text for one in held.lookup([entry(n).key for n in (1, 2, 3)]).values()} == {"text 1", "text 3"}


def test_a_journal_that_cannot_be_read_is_an_error(held: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    write(held, entry(1))
    monkeypatch.setattr(memory.FileSystems, "open", Mock(side_effect=OSError("no permission")))
    with pytest.raises(OSError, match="no permission"):
        held.lookup([entry(1).key])
