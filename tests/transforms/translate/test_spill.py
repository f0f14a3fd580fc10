"""What doesn't fit in memory comes back as it was put away, and a disk that is full is told."""

import errno
import io
import tempfile
from pathlib import Path

import pytest

from transforms.translate.spill import Spill
from transforms.write_errors import WriteError


def test_what_was_put_comes_back_and_leaves_nothing(tmp_path: Path) -> None:
    spill = Spill(str(tmp_path))
    assert not spill
    places = [spill.put(data) for data in (b"one", b"", b"three")]
    assert [spill.get(place) for place in reversed(places)] == [b"three", b"", b"one"]
    assert spill
    assert not list(tmp_path.iterdir())
    spill.close()
    with pytest.raises(ValueError, match="closed file"):  # the disk has its room back
        spill.get(places[0])


@pytest.mark.parametrize(("folder", "place"), [("gs://bucket/work", None), ("", None), ("here", "here")])
def test_what_a_store_cant_take_is_among_temporary_files(
    monkeypatch: pytest.MonkeyPatch, folder: str, place: str | None
) -> None:
    folders: list[str] = []
    monkeypatch.setattr("tempfile.TemporaryFile", lambda prefix, dir: folders.append(dir) or io.BytesIO())
    Spill(folder).put(b"data")
    assert folders == [place or tempfile.gettempdir()]


def test_a_folder_that_cant_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="gone can't be written"):
        Spill(str(tmp_path / "gone")).put(b"data")


def test_a_full_disk_is_told_though_closing_fails_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            self.flush()

    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: Full())
    spill = Spill(str(tmp_path))
    with pytest.raises(WriteError, match=f"{tmp_path} can't be written, the disk is full"):
        spill.put(b"data")
    spill.close()
