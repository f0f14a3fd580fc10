import dataclasses
import gzip
import hashlib
import itertools
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks import shards as shards_module
from sinks.json_lines import JsonLines
from sinks.shards import Shard, WriteShards, in_order, write_shard
from transforms.example import SCHEMA, TEXT, digest, make_batch, texts
from transforms.order.draw import Draws, SplitDraw
from transforms.order.place import PLACED, Slice

DRAWS = Draws({"train": SplitDraw(0, (), (), None, {}, np.array([0]))})
WITH_SYSTEM = Draws(DRAWS.splits, (frozenset(["system"]),))


def batch_of(*names: object, **columns: Any) -> pa.RecordBatch:
    ids = [digest(str(name)).hex() for name in names]
    texts = {"instruction": [f"do {name}" for name in names], "output": [f"text {name}" for name in names]}
    return make_batch(len(names), {"id": ids, **texts, **columns})


def cut(work: Path, positions: Sequence[int], numbers: Sequence[int] | None = None, **columns: Any) -> Slice:
    """Write a slice whose rows are named by their positions, three in a batch, among batches of other shards."""
    path = Path(f"{work}/grouped/d-{digest(*map(str, positions)).hex()}.arrow")
    path.parent.mkdir(parents=True, exist_ok=True)
    batch = batch_of(*positions, **columns)
    placed = [pa.array(positions, pa.uint64()), pa.array(numbers or [0] * len(positions), pa.uint32())]
    whole = pa.RecordBatch.from_arrays([*batch.columns, *placed], schema=PLACED)
    pieces = [b"of another shard", *(bytes(whole.slice(at, 3).serialize()) for at in range(0, len(positions), 3))]
    path.write_bytes(b"".join([*pieces, b"of a third"]))
    bounds = tuple(itertools.accumulate(map(len, pieces)))
    return Slice(
        str(path), bounds, len(positions), sum(len(text.encode()) for name in TEXT for text in texts(batch, name))
    )


def write(work: Path, *cuts: Slice, options: JsonLines | None = None, draws: Draws = DRAWS) -> Shard:
    return write_shard((("train", 1, 3), cuts), "d", str(work), {"jsonl": options} if options else {}, draws)


def outputs(path: str) -> list[str]:
    return [text for batch in pq.ParquetFile(path).iter_batches() for text in texts(batch, "output")]


def test_rows_stand_in_order_of_position(tmp_path: Path) -> None:
    shard = write(tmp_path, cut(tmp_path, [12, 14, 15, 19]), cut(tmp_path, [10, 13, 16]), cut(tmp_path, [11, 17, 18]))
    (file,) = shard.files
    assert outputs(file["path"]) == [f"text {at}" for at in range(10, 20)]
    assert (shard.dataset, shard.split, shard.number, shard.of, shard.rows) == ("d", "train", 1, 3, 10)
    assert file["rows"] == 10
    assert file["sha256"] == hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(1, 200), st.integers(1, 40))
def test_row_groups_follow_each_other(
    tmp_path_factory: pytest.TempPathFactory, owners: list[int], group_bytes: int, group_rows: int
) -> None:
    work = tmp_path_factory.mktemp("groups")
    mine = [[at for at, owner in enumerate(owners) if owner == each] for each in range(4)]
    cuts = [cut(work, positions) for positions in mine if positions]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards_module, "GROUP_BYTES", group_bytes)
        patch.setattr(shards_module, "GROUP_ROWS", group_rows)
        batches = list(in_order(cuts))
    assert [text for batch in batches for text in texts(batch, "output")] == [f"text {at}" for at in range(len(owners))]
    sizes = [batch.num_rows for batch in batches]
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= group_rows
    assert len(sizes) == min(
        len(owners), max(-(-sum(each.bytes for each in cuts) // group_bytes), -(-len(owners) // group_rows))
    )


def test_a_parquet_file_is_fit_for_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards_module, "GROUP_BYTES", 60)
    shard = write(tmp_path, cut(tmp_path, list(range(12))))
    parquet = pq.ParquetFile(shard.files[0]["path"])
    assert parquet.schema_arrow.remove_metadata() == SCHEMA
    assert parquet.metadata.num_row_groups == 3
    for group in range(3):
        assert parquet.metadata.row_group(group).num_rows == 4
        for column in range(parquet.metadata.num_columns):
            chunk = parquet.metadata.row_group(group).column(column)
            assert chunk.compression == "ZSTD"
            assert chunk.has_offset_index
            assert chunk.has_column_index or not chunk.is_stats_set


def test_further_examples_of_one_id_are_numbered(tmp_path: Path) -> None:
    shard = write(tmp_path, cut(tmp_path, [0, 1, 2, 3], [0, 2, 0, 11]))
    ids = [digest(str(at)).hex() for at in range(4)]
    table = pq.read_table(shard.files[0]["path"])
    assert table.column("id").to_pylist() == [ids[0], f"{ids[1]}-2", ids[2], f"{ids[3]}-11"]
    assert table.schema.remove_metadata() == SCHEMA


def test_facets_count_rows(tmp_path: Path) -> None:
    first = cut(
        tmp_path, [0, 2], license=["mit", "mit"], task="question", input_lang="en", output_lang="pt", source="b"
    )
    second = cut(tmp_path, [1], license=["cc0-1.0"], task="question", input_lang="de", output_lang="pt", source="a")
    assert write(tmp_path, first, second).facets == {
        "input_lang": {"de": 1, "en": 2},
        "output_lang": {"pt": 3},
        "license": {"cc0-1.0": 1, "mit": 2},
        "task": {"question": 3},
        "source": {"a": 1, "b": 2},
    }


def test_json_lines_stand_beside(tmp_path: Path) -> None:
    options = JsonLines("alpaca", "gz")
    rows = cut(tmp_path, [0, 1, 2], output=["x", " ", "z"], system=["", "", "be kind"])
    shard = write(tmp_path, rows, options=options, draws=WITH_SYSTEM)
    parquet, lines = shard.files
    assert (lines["rows"], parquet["rows"], shard.rows) == (2, 3, 3)
    assert lines["path"].removesuffix(".jsonl.gz") == parquet["path"].removesuffix(".parquet")
    assert lines["sha256"] == hashlib.sha256(Path(lines["path"]).read_bytes()).hexdigest()
    assert shard.unexpressed == {"no_output": 1}
    with gzip.open(lines["path"], "rt", encoding="utf-8") as file:
        assert [json.loads(line) for line in file] == [
            {"instruction": "do 0", "input": "", "output": "x", "system": ""},
            {"instruction": "do 2", "input": "", "output": "z", "system": "be kind"},
        ]


def test_a_shard_that_is_there_is_used(tmp_path: Path) -> None:
    cuts = [cut(tmp_path, [0, 2]), cut(tmp_path, [1])]
    first = write(tmp_path, *cuts)
    path = Path(first.files[0]["path"])
    time = path.stat().st_mtime_ns
    again = write(tmp_path, *cuts[::-1])
    assert again == first
    assert path.stat().st_mtime_ns == time
    Path(f"{path.with_suffix('')}.json").unlink()
    assert write(tmp_path, *cuts) == first
    assert path.stat().st_mtime_ns > time


def test_what_goes_into_a_shard_names_it(tmp_path: Path) -> None:
    one = cut(tmp_path, [0, 1])
    shutil.copy(one.path, f"{tmp_path}/grouped/d-other.arrow")
    made = [
        write(tmp_path, one),
        write(tmp_path, cut(tmp_path, [0, 1, 2])),
        write(tmp_path, dataclasses.replace(one, path=f"{tmp_path}/grouped/d-other.arrow")),
        write(tmp_path, one, options=JsonLines("alpaca")),
        write(tmp_path, one, options=JsonLines("messages")),
        write(tmp_path, one, options=JsonLines("alpaca"), draws=WITH_SYSTEM),
        write_shard((("train", 2, 3), [one]), "d", str(tmp_path), {}, DRAWS),
    ]
    assert len({shard.files[0]["path"] for shard in made}) == len(made)


def test_a_work_folder_may_be_moved(tmp_path: Path) -> None:
    work = tmp_path / "work"
    write(work, cut(work, [0, 1]))
    moved = work.rename(tmp_path / "moved")
    shard = write(moved, cut(moved, [0, 1]))
    assert outputs(shard.files[0]["path"]) == ["text 0", "text 1"]


@pytest.mark.parametrize("options", [None, JsonLines("alpaca", "gz"), JsonLines("alpaca", "zst")])
def test_nothing_is_left_after_an_exception(
    options: JsonLines | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = cut(tmp_path, [0, 1, 2])
    before = set(tmp_path.rglob("*"))
    whole = list(in_order([rows]))

    def broken(_: list[Slice]) -> Any:
        yield from whole
        raise RuntimeError("the disk broke")

    monkeypatch.setattr(shards_module, "in_order", broken)
    with pytest.raises(RuntimeError, match="the disk broke"):
        write(tmp_path, rows, options=options)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {path for path in before if path.is_file()}


def test_the_same_rows_give_the_same_bytes_however_they_are_cut(tmp_path: Path) -> None:
    hashes = set()
    for at, pieces in enumerate([[range(9)], [range(0, 9, 2), range(1, 9, 2)], [range(4), range(4, 9)]]):
        work = tmp_path / str(at)
        shard = write(work, *(cut(work, list(piece)) for piece in pieces), options=JsonLines("messages", "zst"))
        hashes.add(tuple(file["sha256"] for file in shard.files))
    assert len(hashes) == 1


def test_shards_in_a_pipeline(tmp_path: Path) -> None:
    groups = [
        (("train", number, 2), [cut(tmp_path, [start, start + 1]), cut(tmp_path, [start + 2])])
        for number, start in enumerate((0, 3))
    ]

    def check(shards: list[Shard]) -> None:
        found = sorted(shards, key=lambda shard: shard.number)
        assert [outputs(shard.files[0]["path"]) for shard in found] == [
            [f"text {at}" for at in range(start, start + 3)] for start in (0, 3)
        ]

    with Pipeline() as pipeline:
        draws = pipeline | "draws" >> beam.Create([DRAWS])
        assert_that(pipeline | beam.Create(groups) | WriteShards("d", str(tmp_path), {}, draws), check)


def test_positions_of_a_slice_are_consecutive_batches(tmp_path: Path) -> None:
    made = cut(tmp_path, list(range(7)))
    assert [batch.num_rows for batch in made.batches()] == [3, 3, 1]
    assert list(itertools.chain(*(texts(batch, "output") for batch in made.batches()))) == [
        f"text {n}" for n in range(7)
    ]
