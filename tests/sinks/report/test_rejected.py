"""Rejects that a report shows: a few of each reason, from wherever they are."""

from pathlib import Path

import pytest

from sinks.report.rejected import Reason, sample_rejects
from tests.sinks.report.written_output import write_rejects

LENGTH, DIGITS = Reason("es", "keep", "length"), Reason("es", "keep", "digits")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    first = [("es", "keep", "length", {"id": f"{at}"}) for at in range(5)]
    second = [("es", "keep", "length", {"id": "5"}), ("es", "keep", "digits", {"id": "6", "detail": "7 isn't 8"})]
    write_rejects(tmp_path, "part-00000-of-00002.parquet", first, row_group=2)
    write_rejects(tmp_path, "part-00001-of-00002.parquet", second)
    (tmp_path / "rejects" / "part-of-somebody-else").write_text("?")
    return tmp_path


def test_some_of_each_reason(folder: Path) -> None:
    found = sample_rejects(str(folder), {LENGTH: 6, DIGITS: 1, Reason("es", "keep", "copy"): 2}, 3)
    assert [row["id"] for row in found[LENGTH]] == ["0", "1", "2"]
    assert [(row["id"], row["detail"]) for row in found[DIGITS]] == [("6", "7 isn't 8")]
    assert len(found) == 2


def test_nothing_is_read_that_isnt_needed(folder: Path) -> None:
    (folder / "rejects" / "part-00001-of-00002.parquet").write_bytes(b"damaged")
    assert len(sample_rejects(str(folder), {LENGTH: 6}, 3)[LENGTH]) == 3
    assert sample_rejects(str(folder), {LENGTH: 6, DIGITS: 1}, 0) == {}
    assert sample_rejects(str(folder), {DIGITS: 0}, 3) == {}
