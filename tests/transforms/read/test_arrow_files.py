import datetime
import decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from source_reading import read

from transforms import example
from transforms.read import block
from transforms.read.arrow_files import Arrow, Parquet
from transforms.read.files import SourceError
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source

KINDS = ["parquet", "file", "stream"]


def write(folder: Path, table: pa.Table, kind: str, rows: int = 10, name: str = "a") -> Parquet | Arrow:
    path = str(folder / f"{name}.{kind}")
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=rows)
        return Parquet(path)
    new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
    with new(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return Arrow(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 300, 1 << 20])
def test_blocks_hold_all_rows_and_ids_equal_those_of_json_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, size: int
) -> None:
    import orjson

    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    monkeypatch.setattr(example, "MAX_ROWS", 7)
    rows = [{"instruction": f"é {n}", "output": n, "m": {"k": [n, None]}, "none": None} for n in range(95)]
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    reader = write(tmp_path, pa.Table.from_pylist(rows), kind)
    result = read(reader, keep=("m",))
    assert result.rows == read(JsonLines(str(tmp_path / "a.jsonl")), keep=("m",)).rows
    assert result.blocks == (1 if kind == "stream" or size == 1 << 20 else result.blocks)
    assert size > 1 or kind == "stream" or result.blocks == 10
    assert read(reader, limit=33).column("output") == [str(n) for n in range(33)]
    assert read(reader, slice="[90:]").column("output") == [str(n) for n in range(90, 95)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (1.5, pa.float64(), "1.5"),
        (float("nan"), pa.float64(), ""),
        (None, pa.string(), ""),
        (True, pa.bool_(), "true"),
        (2**63, pa.uint64(), str(2**63)),
        (decimal.Decimal("1.50"), pa.decimal128(5, 2), "1.50"),
        (datetime.date(2024, 2, 29), pa.date32(), "2024-02-29"),
        (datetime.datetime(2024, 2, 29, 1, 2, 3), pa.timestamp("us"), "2024-02-29T01:02:03"),
        (1704164645 * 10**9, pa.timestamp("ns"), "2024-01-02T03:04:05"),
        (float("inf"), pa.float64(), "Infinity"),
        (float("-inf"), pa.float32(), "-Infinity"),
        (datetime.time(1, 2, 3), pa.time64("us"), "01:02:03"),
        (b"bytes", pa.binary(), "bytes"),
        ("large", pa.large_string(), "large"),
        ("view", pa.dictionary(pa.int32(), pa.string()), "view"),
    ],
)
def test_values_become_text(tmp_path: Path, kind: str, value: Any, type_: pa.DataType, text: str) -> None:
    result = read(write(tmp_path, pa.table({"output": pa.array([value], type_)}), kind))
    assert result.column("output") == [text]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["output", "other"])
def test_strings_that_are_not_utf8_reject_their_row_alone(tmp_path: Path, kind: str, name: str) -> None:
    bad = pa.array([b"a", b"caf\xe9", b"c"]).cast(pa.binary()).view(pa.string())
    table = pa.table({"input": ["1", "2", "3"], name: bad})
    result = read(write(tmp_path, table, kind))
    assert result.column("input") == ["1", "3"]
    assert result.reasons() == ["encoding"]
    assert result.details()[0].startswith(f"a.{kind}:row 2: ")


@pytest.mark.parametrize("kind", KINDS)
def test_times_that_python_has_not_reject_their_row_alone(tmp_path: Path, kind: str) -> None:
    times = pa.array([0, 10**12, 10**12 + 1, None], pa.timestamp("s"))
    result = read(write(tmp_path, pa.table({"input": ["1", "2", "3", "4"], "when": times}), kind))
    assert result.column("input") == ["1", "4"]
    assert result.reasons() == ["malformed", "malformed"]
    assert result.details()[0].startswith(f"a.{kind}:row 2: there is no such value for 'when' (timestamp[")
    assert len({row["id"] for row in result.rejects}) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_row_can_be_read_of_is_told(tmp_path: Path, kind: str) -> None:
    twice = pa.StructArray.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["k", "k"])
    reader = write(tmp_path, pa.table({"input": ["1"], "both": twice}), kind)
    with pytest.raises(SourceError, match=r"none of its first 1 rows can be read.*duplicate field names"):
        Source("s", 0, reader).probe()


@pytest.mark.parametrize("kind", KINDS)
def test_two_columns_of_one_name_are_an_error(tmp_path: Path, kind: str) -> None:
    reader = write(tmp_path, pa.table([pa.array(["a"]), pa.array(["b"])], names=["input", "input"]), kind)
    with pytest.raises(SourceError, match=rf"a.{kind} has the column 'input' twice"):
        read(reader)


def test_bytes_that_are_not_utf8_are_no_text_but_may_lie_beside(tmp_path: Path) -> None:
    table = pa.table({"input": ["1", "2"], "output": pa.array([b"a", b"\xff"]), "other": pa.array([b"\xff\x00", None])})
    result = read(write(tmp_path, table, "parquet"), keep=("other",))
    assert (result.column("output"), result.column("meta")) == (["a"], ['{"other":"ff00"}'])
    assert result.reasons() == ["encoding"]


def test_conversations_of_structs(tmp_path: Path) -> None:
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    result = read(write(tmp_path, pa.Table.from_pylist([{"messages": messages}]), "parquet"), conversation="messages")
    assert (result.column("instruction"), result.column("output")) == (["q"], ["a"])


def test_rows_of_a_wide_row_group_are_not_held_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "MAX_BYTES", 10_000)
    table = pa.table({"output": [f"{n:04}" * 500 for n in range(100)]})
    result = read(write(tmp_path, table, "parquet", rows=100))
    assert len(result.rows) == 100
    assert max(result.sizes) <= 5


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_an_error(tmp_path: Path, kind: str) -> None:
    reader = write(tmp_path, pa.table({"output": [f"{n}" for n in range(5000)]}), kind, rows=1000)
    path = tmp_path / f"a.{kind}"
    whole = path.read_bytes()
    for data in (b"no such format at all", whole[: len(whole) // 2], whole[:4] + b"\xff" * 200 + whole[204:]):
        path.write_bytes(data)
        with pytest.raises(SourceError, match=rf"source 's': a.{kind} can't be read as "):
            read(reader)


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_are_an_error(tmp_path: Path, kind: str) -> None:
    with pytest.raises(SourceError, match="no rows"):
        read(write(tmp_path, pa.table({"output": pa.array([], pa.string())}), kind))
