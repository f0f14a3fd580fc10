"""Pairs joined with those before them: what ParroT's script could have made, whatever the blocks."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_reading import read

from transforms.read import block, joined_lines
from transforms.read.aligned_lines import Lines
from transforms.read.block import Bad
from transforms.read.joined_lines import Joining

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=6)
BAD = Bad("encoding", "", b"")


def possible(sides: tuple[list[str], list[str]], at: int, most: int) -> set[tuple[str, str]]:
    """Return all that the published script may make of the pair `at`: 0 to most - 1 lines of context, either joint."""
    return {
        (joint.join(sides[0][start : at + 1]), joint.join(sides[1][start : at + 1]))
        for start in range(max(0, at - most + 1), at + 1)
        for joint in ("\n", " ")
    }


@given(st.lists(st.tuples(TEXT, TEXT), max_size=12), st.integers(1, 5), st.integers(0, 12))
def test_each_is_joined_with_lines_directly_before_it(rows: list[tuple[str, str]], most: int, cut: int) -> None:
    joining = Joining(most)
    given_rows = [{"input": one, "output": other} for one, other in rows]
    made = joining.join(given_rows[:cut]) + joining.join(given_rows[cut:])
    assert made == Joining(most).join(given_rows), "wherever it is cut"
    stripped = [one.strip() for one, _ in rows], [other.strip() for _, other in rows]
    assert len(made) == len(rows)
    for at, row in enumerate(made):
        assert not isinstance(row, Bad)
        assert (row["input"], row["output"]) in possible(stripped, at, most)


def test_one_to_four_lines_in_equal_parts(shared: Path) -> None:
    folder = shared / "tatoeba"
    paths = tuple(str(folder / f"tatoeba.por-eng.{lang}") for lang in ("eng", "por"))
    plain, joined = read(Lines(paths)), read(Lines(paths, join=4))
    sides = [[text.strip() for text in plain.column(name)] for name in ("input", "output")]
    lengths: Counter[int] = Counter()
    feeds = 0
    made = list(zip(joined.column("input"), joined.column("output"), strict=True))
    for at, pair in enumerate(made):
        (length,) = {
            length
            for length in range(1, 5)
            for joint in ("\n", " ")
            if pair == tuple(joint.join(side[max(0, at - length + 1) : at + 1]) for side in sides) and at >= 3
        } or {0}
        lengths[length] += 1
        feeds += "\n" in pair[0]
    assert len(made) == 1000
    assert lengths.pop(0) == 3, "the first three, which have fewer before them"
    assert all(200 < number < 300 for number in lengths.values()), lengths
    assert 330 < feeds < 420  # half of three quarters


@pytest.mark.parametrize("size", [1, 300, 5000])
@pytest.mark.parametrize("step", [4, 4096])
def test_blocks_make_no_difference(shared: Path, monkeypatch: pytest.MonkeyPatch, size: int, step: int) -> None:
    folder = shared / "tatoeba"
    lines = Lines(tuple(str(folder / f"tatoeba.swh-eng.{lang}") for lang in ("eng", "swh")), join=4)
    whole = read(lines)
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    monkeypatch.setattr(joined_lines, "STEP", step)
    cut = read(lines)
    assert [cut.column(name) for name in ("id", "input", "output")] == [
        whole.column(name) for name in ("id", "input", "output")
    ]
    assert len(lines.blocks()) > 3


def test_nothing_is_joined_across_a_line_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"\xef\xbb\xbfa\nb\ncaf\xe9\nc\r\nd\n" + b"e" * 50 + b"\nf\n")
    (tmp_path / "y").write_bytes(b"1\n2\n3\n4\n5\n6\n7\n")
    found = {}
    for size in (1, 1 << 20):
        monkeypatch.setattr(block, "BLOCK_BYTES", size)
        monkeypatch.setattr(block, "MAX_ROW_BYTES", 40)
        result = read(Lines((str(tmp_path / "x"), str(tmp_path / "y")), join=64))
        found[size] = list(zip(result.column("input"), result.column("output"), strict=True))
        assert result.reasons() == ["encoding", "too_large"]
    assert found[1] == found[1 << 20]
    lines = [[*one.split()] for one, _ in found[1]]
    assert [one[-1] for one in lines] == ["a", "b", "c", "d", "f"]
    assert all(set(one) <= set(allowed) for one, allowed in zip(lines, ["a", "ab", "c", "cd", "f"], strict=True))


def test_a_row_that_is_bad_stays_bad() -> None:
    pair = {"input": "a", "output": "b"}
    assert Joining(4).join([BAD, pair, BAD]) == [BAD, pair, BAD]


@pytest.mark.parametrize("join", [0, -1, 65])
def test_a_wrong_number_is_told(join: int) -> None:
    with pytest.raises(ValueError, match=f"join is {join}"):
        Lines(("x", "y"), join=join)
