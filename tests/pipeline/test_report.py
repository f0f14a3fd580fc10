"""`langloom report`: one page in the output folder, or a sentence that says why not."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.cli import main
from sinks.written import REPORT
from tests.sinks.report.written_output import example, write_manifest, write_shards


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    out = tmp_path / "runs[1]"
    out.mkdir()
    rows = [example(at, output=f"Answer {at}") for at in range(20)]
    write_manifest(out, datasets={"stage1": write_shards(out, "stage1", [rows[:12], rows[12:]], 5)})
    return out


def test_the_page_is_in_the_folder_and_its_path_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", f"{folder}/"]) == 0
    assert capsys.readouterr().out == f"{folder}/{REPORT}\n"
    page = (folder / REPORT).read_bytes()
    assert page.startswith(b"<!DOCTYPE html>")
    assert b"Answer 7" in page or b"Answer 6" in page
    assert main(["report", str(folder)]) == 0
    assert (folder / REPORT).read_bytes() == page
    assert sorted(path.name for path in folder.iterdir()) == ["data", "manifest.json", REPORT]


@pytest.mark.parametrize(("examples", "shown"), [("0", 0), ("2", 2), ("50", 20)])
def test_how_many_items_are_shown(examples: str, shown: int, folder: Path) -> None:
    assert main(["report", str(folder), "--examples", examples]) == 0
    assert (folder / REPORT).read_text().count("<article>") == shown


def test_an_incomplete_output_has_a_report_that_says_so(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    usage = {"segments": 12, "unique": 12, "from_memory": 0, "asked": 12, "failed": 0}
    usage |= {"usd": 0.0, "usd_unanswered": 0.25}
    waiting = {"complete": False, "deferred": 12, "translation": {"model": {"pt": usage}}}
    rejects = {"rows": 15, "files": 1}
    (folder / "manifest.json").write_text(json.dumps({**manifest, **waiting, "rejects": rejects}))
    assert main(["report", str(folder)]) == 0
    text = (folder / REPORT).read_text()
    assert "12 examples wait for a translation" in text
    assert "<dt>rejected</dt><dd>3</dd>" in text, "what waits is told apart"
    assert "<dt>left for later</dt><dd>12</dd>" in text
    assert "may have cost besides</dt><dd>0.25</dd>" in text


def test_an_output_on_an_object_store_gets_its_report(folder: Path, store: dict[str, bytes]) -> None:
    for path in folder.rglob("*.*"):
        store[f"langloomtest://bucket/out/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
    assert main(["report", "langloomtest://bucket/out"]) == 0
    assert main(["report", str(folder)]) == 0
    assert store[f"langloomtest://bucket/out/{REPORT}"] == (folder / REPORT).read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"datasets": {"d": {"splits": {"train": {"rows": 1, "files": [{"path": "/etc/passwd"}]}}}}},
            "isn't as langloom",
        ),
        ({"datasets": {"d": 7}}, "isn't as langloom"),
        ({"streams": None}, "isn't as langloom"),
        ({"versions": None}, "isn't as langloom"),
    ],
)
def test_a_strange_manifest_is_refused(
    change: dict[str, object], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
    assert main(["report", str(folder)]) == 2
    assert said in capsys.readouterr().err
    assert not (folder / REPORT).exists()


@pytest.mark.parametrize("rows", [19, 21])
def test_a_manifest_that_counts_other_rows_than_the_shards_hold_is_refused(
    rows: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["datasets"]["stage1"]["splits"]["train"]["rows"] = rows
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert main(["report", str(folder)]) == 2
    assert "isn't as langloom" in capsys.readouterr().err


def test_a_column_of_another_type_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard = folder / "data" / "stage1" / "train-00000-of-00002.parquet"
    table = pq.read_table(shard)
    at = table.schema.get_field_index("output")
    pq.write_table(table.set_column(at, "output", pa.array(range(table.num_rows))), shard)
    assert main(["report", str(folder)]) == 2
    assert f"error: {shard} can't be read (its column output is int64, not string)" in capsys.readouterr().err


def test_what_is_missing_or_damaged_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(folder.parent)]) == 2
    assert "is no output of langloom" in capsys.readouterr().err
    shard = folder / "data" / "stage1" / "train-00001-of-00002.parquet"
    shard.write_bytes(shard.read_bytes()[:50])
    assert main(["report", str(folder)]) == 2
    assert f"error: {shard} can't be read" in capsys.readouterr().err
    shard.unlink()
    assert main(["report", str(folder)]) == 2
    assert f"error: {shard} can't be read" in capsys.readouterr().err
