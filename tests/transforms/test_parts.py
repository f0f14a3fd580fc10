import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from transforms import parts as parts_module
from transforms.example import SCHEMA, digest, make_batch, replace_columns, texts
from transforms.files import is_whole_arrow, written
from transforms.parts import ArrowFile, Part, Piece, find_parts, make_parts, read_note
from transforms.steps import Count, reject

STEPS = ["read", "keep"]


def batch_of(*inputs: str) -> pa.RecordBatch:
    return make_batch(len(inputs), {"id": [digest(text).hex() for text in inputs], "input": list(inputs)})


def piece(*inputs: str, gone: str = "") -> Piece:
    rejects = [reject(batch_of(gone), "es", "keep", ["length"], ["long"])] if gone else []
    rejected = {"length": 1} if gone else {}
    entered = len(inputs) + len(rejected)
    return (
        [batch_of(*inputs)],
        rejects,
        [Count("read", entered, entered), Count("keep", entered, len(inputs), rejected)],
    )


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_an_arrow_file_that_is_cut_is_not_whole(share: float, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    assert not is_whole_arrow(str(path))
    with written(ArrowFile(str(path))) as file:
        file.write(batch_of("one", "two"))
    assert is_whole_arrow(str(path))
    os.truncate(path, int(path.stat().st_size * share))
    assert not is_whole_arrow(str(path))


def make(work: Path, pieces: Any) -> list[Part]:
    return list(make_parts(str(work), "es", "es-0-src", "abc", "src>es", STEPS, pieces))


def files(work: Path) -> set[str]:
    return {path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file()}


def inputs(part: Part) -> list[str]:
    return [text for batch in part.batches() for text in texts(batch, "input")]


def test_a_part_holds_batches_rejects_and_counts(tmp_path: Path) -> None:
    (part,) = make(tmp_path, [piece("a", "b", gone="xx"), piece("c")])
    assert inputs(part) == ["a", "b", "c"]
    assert [batch.num_rows for batch in part.batches()] == [2, 1]
    assert part.counts == (Count("read", 4, 4), Count("keep", 4, 3, {"length": 1}))
    assert (part.name, part.stream, part.lineage, part.rows, part.label) == ("abc", "es", "src>es", 3, "es-0-src")
    rejects = pa.ipc.open_file(part.rejects).read_all().to_pylist()
    assert [(row["input"], row["reason"]) for row in rejects] == [("xx", "length")]
    assert files(tmp_path) == {"parts/es-0-src-abc.arrow", "rejects/es-0-src-abc.arrow"}


def test_a_part_that_is_there_is_used(tmp_path: Path) -> None:
    made = make(tmp_path, [piece("a", gone="xx")])
    assert make(tmp_path, never()) == made
    assert find_parts(str(tmp_path), "es", "es-0-src", "abc") == made


def never() -> Iterator[Piece]:
    raise AssertionError("the pieces were read again")
    yield


@pytest.mark.parametrize("left", [0, 1, 7, 100, -300, -1])
def test_a_part_cut_short_is_made_again(left: int, tmp_path: Path) -> None:
    (made,) = make(tmp_path, [piece("a", "b")])
    path = Path(made.path)
    os.truncate(path, left if left >= 0 else path.stat().st_size + left)
    assert find_parts(str(tmp_path), "es", "es-0-src", "abc") == []
    assert make(tmp_path, [piece("a", "b")]) == [made]
    assert inputs(made) == ["a", "b"]


@pytest.mark.parametrize("batches", [0, 1])
def test_an_arrow_file_without_counts_is_no_part(batches: int, tmp_path: Path) -> None:
    (made,) = make(tmp_path, [piece("a")])
    with pa.ipc.new_file(made.path, SCHEMA) as writer:
        for _ in range(batches):
            writer.write_batch(batch_of("a"))
    assert find_parts(str(tmp_path), "es", "es-0-src", "abc") == []


def test_a_part_may_be_empty(tmp_path: Path) -> None:
    (part,) = make(tmp_path, [])
    assert (part.rows, part.rejects, list(part.batches())) == (0, "", [])
    assert part.counts == (Count("read"), Count("keep"))
    assert make(tmp_path, never()) == [part]
    assert files(tmp_path) == {"parts/es-0-src-abc.arrow"}


def test_all_rows_may_be_rejected(tmp_path: Path) -> None:
    (part,) = make(tmp_path, [([], *piece(gone="xx")[1:])])
    assert (part.rows, list(part.batches())) == (0, [])
    assert part.rejects


def test_large_pieces_become_several_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [piece(str(at), gone="x" if at == 3 else "") for at in range(5)]
    monkeypatch.setattr(parts_module, "PART_BYTES", 2 * pieces[0][0][0].nbytes)
    made = make(tmp_path, pieces)
    assert [inputs(part) for part in made] == [["0", "1"], ["2", "3"], ["4"]]
    assert [part.name for part in made] == ["abc", "abc.1", "abc.2"]
    assert [bool(part.rejects) for part in made] == [False, True, False]
    assert sum(part.counts[1].entered for part in made) == 6
    assert [read_note(part.path)["last"] for part in made] == [False, False, True]
    assert make(tmp_path, never()) == made
    Path(made[1].path).unlink()
    assert make(tmp_path, pieces) == made
    Path(made[2].path).unlink()
    assert make(tmp_path, pieces) == made


def test_many_rejects_become_several_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [([], *piece(gone=str(at))[1:]) for at in range(4)]
    monkeypatch.setattr(parts_module, "PART_BYTES", 2 * pieces[0][1][0].nbytes)
    made = make(tmp_path, pieces)
    assert [(part.rows, read_note(part.path)["rejects"]) for part in made] == [(0, 2), (0, 2)]


def test_columns_in_flight_stay(tmp_path: Path) -> None:
    batch = replace_columns(batch_of("a"), {"_note": pa.array([7])})
    (part,) = make(tmp_path, [([batch], [], [])])
    assert next(part.batches()).column("_note").to_pylist() == [7]


def test_nothing_is_left_after_an_exception(tmp_path: Path) -> None:
    def pieces() -> Iterator[Piece]:
        yield piece("a", gone="xx")
        yield piece("b")
        raise RuntimeError("the source broke off")

    with pytest.raises(RuntimeError, match="broke off"):
        make(tmp_path, pieces())
    assert files(tmp_path) == set()


def test_batches_of_another_form_are_refused(tmp_path: Path) -> None:
    other = replace_columns(batch_of("b"), {"_note": pa.array([7])})
    with pytest.raises(pa.ArrowInvalid, match="schema"):
        make(tmp_path, [piece("a"), ([other], [], [])])
    assert files(tmp_path) == set()


def test_the_same_pieces_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (make(tmp_path / name, [piece("a", gone="xx"), piece("b")])[0] for name in ("1", "2"))
    for name in ("path", "rejects"):
        assert Path(getattr(first, name)).read_bytes() == Path(getattr(second, name)).read_bytes()
