"""What tests of full disks share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_disk import SmallDisk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 64 KiB."""
    small = SmallDisk(tmp_path / "disk")
    if not small.mount(64 << 10):
        pytest.skip("needs the right to mount a small disk: pass these tests as root")
    yield small
    small.unmount()
