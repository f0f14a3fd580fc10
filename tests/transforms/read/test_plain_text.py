import gzip
from pathlib import Path

import pytest
from source_reading import read

from transforms.read import block
from transforms.read.files import SourceError
from transforms.read.plain_text import Text


@pytest.mark.parametrize("size", [1, 6, 1 << 20])
def test_a_document_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffone\u2028\x85\n\n \t\r\n  two \r\nthree".encode() + b"\ncaf\xe9\n")
    result = read(Text(str(path)), task="text", lang="en")
    assert result.column("output") == ["one\u2028\x85", "  two ", "three"]
    assert result.column("instruction") == [""] * 3
    assert result.details() == ["a.txt:6: byte 0xe9 at 3 isn't UTF-8"]


def test_the_text_may_go_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("question\n")
    result = read(Text(str(path)), columns={"instruction": "text"})
    assert (result.column("instruction"), result.column("output")) == (["question"], [""])


@pytest.mark.parametrize("size", [1, 12, 1 << 20])
def test_a_document_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 100)
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\n\n")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfzipped"))
    (tmp_path / "d.txt").write_bytes(b"\xff")
    (tmp_path / "e%d.txt").write_bytes(b"x" * 1000)
    (tmp_path / "f.txt").write_bytes(b"\n")
    result = read(Text(str(tmp_path / "*"), unit="file"))
    assert result.column("output") == ["one\r\ntwo\n\n", "zipped", "\n"]
    assert result.details() == [
        "d.txt:1: byte 0xff at 0 isn't UTF-8",
        "e%d.txt:1: a file of 1,000 bytes; the limit is 0 MiB",
    ]
    assert read(Text(str(tmp_path / "*"), unit="file"), limit=2).column("output") == ["one\r\ntwo\n\n", "zipped"]
    assert result.blocks == {1: 5, 12: 3, 1 << 20: 1}[size]


@pytest.mark.parametrize("unit", ["line", "file"])
def test_nothing_is_an_error(tmp_path: Path, unit: str) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    with pytest.raises(SourceError, match="no rows"):
        read(Text(str(tmp_path / "a.txt"), unit=unit))  # type: ignore[arg-type]
