"""Rows that a report takes of a dataset: spread over it, measured, and found again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.report import sample as samples
from sinks.report.sample import Place, Sample, evenly, quantiles, read_rows, take_sample
from sinks.written import OutputError, parquet_shards
from tests.sinks.report.written_output import Row, example, write_shards


def sampled(folder: Path, shards: list[list[Row]], row_group: int = 1000, shown: int = 3) -> Sample:
    split = write_shards(folder, "d", shards, row_group)["splits"]["train"]
    return take_sample(str(folder), parquet_shards(split), shown)


@given(st.integers(0, 10**9), st.integers(0, 3000))
def test_numbers_are_evenly_spaced(number: int, most: int) -> None:
    taken = evenly(number, most)
    assert len(taken) == min(number, most)
    assert all(0 <= at < number for at in taken)
    gaps = np.diff([*taken, number])
    assert not taken or gaps.max() - gaps.min() <= 1


def test_lengths_are_characters_of_all_that_is_asked_and_of_the_answer(tmp_path: Path) -> None:
    turns = [{"user": "ab", "assistant": "cde"}, {"user": "f", "assistant": ""}]
    rows = [
        example(0, system="é", history=turns, instruction="12", input="3", output="𝒳y"),
        example(1, instruction="", output=""),
    ]
    (lengths,) = sampled(tmp_path, [rows]).lengths.values()
    assert [array.tolist() for array in lengths.prompt] == [[1 + 6 + 3, 0]]
    assert [array.tolist() for array in lengths.answer] == [[2, 0]]


def test_scores_are_gathered_by_name_and_numbers_that_cant_be_drawn_left_out(tmp_path: Path) -> None:
    values = [0.5, float("nan"), float("inf"), 0.25]
    rows = [example(at, scores=[{"name": "lid", "value": value}]) for at, value in enumerate(values)]
    rows.append(example(9, scores=[{"name": "chrf", "value": 40.0}, {"name": "lid", "value": 1.0}]))
    found = sampled(tmp_path, [rows, [example(10)]])
    assert {name: numbers.tolist() for name, numbers in found.numbers().items()} == {
        "lid": [0.5, 0.25, 1.0],
        "chrf": [40.0],
    }


def test_what_is_taken_is_spread_over_all_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "ROW_GROUPS", 4)
    monkeypatch.setattr(samples, "ROWS", 20)
    rows = [example(at, output_lang="pt" if at % 2 else "en") for at in range(400)]
    found = sampled(tmp_path, [rows[:160], rows[160:]], 40, shown=2)
    assert found.rows == 20
    for kind, rows_found in found.found.items():
        assert len(rows_found) == 2
        read = read_rows(str(tmp_path), [each.place for each in rows_found])
        assert {each.place: each.group for each in rows_found} == {place: row["group"] for place, row in read.items()}
        assert {row["output_lang"] for row in read.values()} == {kind.output_lang}
        first, last = sorted(int(row["id"], 16) for row in read.values())
        assert last - first >= 160


def test_rows_weigh_the_same_whatever_their_row_group_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "ROWS", 50)
    short, long = [example(at) for at in range(400)], [example(at, output="x" * 90) for at in range(400, 500)]
    (lengths,) = sampled(tmp_path, [short, long[:50], long[50:75], long[75:]]).lengths.values()
    assert [len(array) for array in lengths.answer] == [40, 5, 3, 3]


def test_rows_are_read_where_they_are(tmp_path: Path) -> None:
    rows = [example(at) for at in range(30)]
    paths = parquet_shards(write_shards(tmp_path, "d", [rows[:20], rows[20:]], 8)["splits"]["train"])
    places = [Place(paths[1], 1, 1), Place(paths[0], 2, 3), Place(paths[0], 2, 0)]
    read = read_rows(str(tmp_path), places)
    assert [int(read[place]["id"], 16) for place in places] == [29, 19, 16]


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    split = write_shards(tmp_path, "d", [[example(0)]])["splits"]["train"]
    (path,) = parquet_shards(split)
    (tmp_path / path).write_bytes((tmp_path / path).read_bytes()[:-9])
    with pytest.raises(OutputError, match=f"{path} can't be read .*--force"):
        take_sample(str(tmp_path), [path], 3)


@given(st.lists(st.integers(0, 1000), min_size=1))
def test_quantiles_are_numbers_that_are_there(values: list[int]) -> None:
    found = quantiles(np.array(values))
    assert set(found.values()) <= set(map(float, values))
    assert found["low"] <= found["median"] <= found["high"] <= found["most"] == max(values)
