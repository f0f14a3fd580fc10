import random
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.test_pipeline import TestPipeline as Pipeline
from apache_beam.testing.util import assert_that

from sinks.rejects import Sent, WriteRejects, group_rejects, write_rejects
from transforms.example import digest, make_batch
from transforms.parts import ArrowFile, Part
from transforms.steps import REJECTED, reject

ROWS = [
    (step, reason, f"item {item}", f"detail {item}", text)
    for item in range(30)
    for step, reason, text in (("keep", "length", "a"), ("deduplicate", "duplicate", "b"), ("keep", "length", "c"))
]


def write(path: Path, rows: list[tuple[str, ...]]) -> Part:
    file = ArrowFile(str(path))
    for step, reason, item, detail, text in rows:
        batch = make_batch(1, {"id": [digest(item).hex()], "output": [text]})
        file.write(reject(batch, "es", step, [reason], [detail]))
    file.commit()
    return Part(path.stem, "", str(path), "es", "s>es", 0, ())


def written(parts: list[Part], folder: Path, files: int) -> dict[str, bytes]:
    by_file: dict[int, list[Sent]] = {}
    for part in parts:
        for number, sent in group_rejects(part, str(folder.parent), files):
            by_file.setdefault(number, []).append(sent)
    entries = [write_rejects(group, str(folder), files)[1] for group in by_file.items()]
    for entry in entries:
        assert pq.ParquetFile(entry["path"]).metadata.num_rows == entry["rows"]
    return {Path(entry["path"]).name: Path(entry["path"]).read_bytes() for entry in entries}


def table_of(folder: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(folder.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("files", [1, 4])
def test_every_reject_is_written_once_with_what_was_found(files: int, tmp_path: Path) -> None:
    part = write(tmp_path / "r.arrow", ROWS)
    names = written([part, part], tmp_path / "out", files)
    assert set(names) == {f"part-{number:05d}-of-{files:05d}.parquet" for number in range(files)}
    rows = table_of(tmp_path / "out")
    found = sorted((row["step"], row["reason"], row["id"], row["detail"], row["output"]) for row in rows)
    assert found == sorted((s, r, digest(item).hex(), d, text) for s, r, item, d, text in ROWS)
    assert pq.read_schema(next((tmp_path / "out").iterdir())).remove_metadata() == REJECTED


def test_files_do_not_depend_on_how_rejects_were_cut(tmp_path: Path) -> None:
    expected = written([write(tmp_path / "whole.arrow", ROWS)], tmp_path / "out", 3)
    shuffled = random.Random(1).sample(ROWS, len(ROWS))
    parts = [write(tmp_path / f"{at}.arrow", shuffled[at : at + 11]) for at in range(0, len(ROWS), 11)]
    assert written(parts[::-1], tmp_path / "again", 3) == expected


def test_equal_rejects_of_two_parts_are_two(tmp_path: Path) -> None:
    written([write(tmp_path / f"{at}.arrow", ROWS) for at in range(2)], tmp_path / "out", 3)
    assert len(table_of(tmp_path / "out")) == 2 * len(ROWS)


def test_no_rejects_give_no_file(tmp_path: Path) -> None:
    assert written([], tmp_path / "out", 2) == {}
    assert not (tmp_path / "out").exists()


def test_rejects_in_a_pipeline(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{at}.arrow", ROWS[at::2]) for at in range(2)]
    parts.append(Part("none", "", "", "es", "s>es", 0, ()))

    def check(entries: list[tuple[str, dict[str, Any]]]) -> None:
        assert {kind for kind, _ in entries} == {"rejects"}
        assert sum(entry["rows"] for _, entry in entries) == len(ROWS)

    with Pipeline() as pipeline:
        assert_that(pipeline | beam.Create(parts) | WriteRejects(str(tmp_path), 2), check)


def test_nothing_is_left_after_an_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise pa.ArrowIOError("no space left")

    part = write(tmp_path / "r.arrow", ROWS)
    monkeypatch.setattr(pq, "write_table", broken)
    with pytest.raises(OSError, match="no space left"):
        written([part], tmp_path / "out", 1)
    assert list((tmp_path / "out").iterdir()) == []
