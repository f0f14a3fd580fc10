import gzip
import hashlib
import json
from pathlib import Path
from typing import Any, Literal

import pytest
import zstandard

from sinks.json_lines import JsonLines
from sinks.sink import SinkFile
from transforms.example import make_batch

Compression = Literal["gz", "zst"] | None

ROWS = [
    {"instruction": "Olá\n“tudo bem”?", "output": "Sim\u2028!"},
    {"instruction": "", "output": "x"},
    {"instruction": "c", "output": ""},
    {"instruction": "\U0001f600", "output": "d"},
]
BATCH = make_batch(4, {name: [row[name] for row in ROWS] for name in ("instruction", "output")})


def write(path: Path, options: JsonLines, keys: tuple[str, ...] = ()) -> tuple[dict[str, Any], dict[str, int]]:
    lines = SinkFile(str(path), options, keys)
    lines.write(BATCH)
    lines.write(BATCH.slice(0, 1))
    return lines.commit(), lines.unexpressed


def read(entry: dict[str, Any], compression: Compression) -> list[dict[str, Any]]:
    data = Path(entry["path"]).read_bytes()
    if compression == "gz":
        data = gzip.decompress(data)
    if compression == "zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    assert data.endswith(b"\n")
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


@pytest.mark.parametrize("compression", ["gz", "zst", None])
def test_lines_are_readable_and_the_same_bytes_each_time(
    compression: Compression, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = JsonLines("messages", compression)
    entry, unexpressed = write(tmp_path / "a", options)
    assert [row["messages"][0]["content"] for row in read(entry, compression)] == [
        "Olá\n“tudo bem”?",
        "\U0001f600",
        "Olá\n“tudo bem”?",
    ]
    assert unexpressed == {"no_request": 1, "no_output": 1}
    assert (entry["rows"], entry["path"]) == (3, f"{tmp_path}/a{options.ending}")
    assert entry["sha256"] == hashlib.sha256(Path(entry["path"]).read_bytes()).hexdigest()
    monkeypatch.setattr("time.time", lambda: 1e9)
    assert write(tmp_path / "elsewhere" / "b", options)[0]["sha256"] == entry["sha256"]


@pytest.mark.parametrize(("compression", "ending"), [("gz", ".jsonl.gz"), ("zst", ".jsonl.zst"), (None, ".jsonl")])
def test_endings(compression: Compression, ending: str) -> None:
    assert JsonLines(compression=compression).ending == ending


def test_keys_that_are_asked_for_are_in_every_row(tmp_path: Path) -> None:
    entry, _ = write(tmp_path / "a", JsonLines("alpaca"), ("system", "history"))
    assert {tuple(row) for row in read(entry, None)} == {("instruction", "input", "output", "system", "history")}


@pytest.mark.parametrize("compression", ["gz", "zst", None])
def test_nothing_is_left_when_abandoned(compression: Compression, tmp_path: Path) -> None:
    lines = SinkFile(str(tmp_path / "a"), JsonLines("alpaca", compression), ())
    lines.write(BATCH)
    assert not (tmp_path / f"a{JsonLines('alpaca', compression).ending}").exists()
    lines.abandon()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("compression", ["gz", "zst", None])
def test_a_file_without_rows(compression: Compression, tmp_path: Path) -> None:
    lines = SinkFile(str(tmp_path / "a"), JsonLines("messages", compression), ())
    lines.write(BATCH.slice(1, 2))
    entry = lines.commit()
    assert entry["rows"] == 0
    data = Path(entry["path"]).read_bytes()
    assert (gzip.decompress(data) if compression == "gz" else data) == b"" or compression == "zst"
