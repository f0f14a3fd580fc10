"""A small disk: a file system of its own, of a size that can be filled, emptied and made larger."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SmallDisk:
    """A mounted tmpfs, which says that it is full as any disk does (ENOSPC)."""

    path: Path

    def mount(self, size: int) -> bool:
        """Mount it with so many bytes; False where this user may not."""
        self.path.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "langloom", str(self.path)]
        return subprocess.run(words, capture_output=True).returncode == 0

    def enlarge(self, size: int) -> None:
        """Give it so many bytes."""
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.path)], check=True)

    def unmount(self) -> None:
        """Take it away with all that it holds, whoever still has a file open there."""
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)

    def temporary_files(self) -> list[str]:
        """Return what was begun and not finished."""
        return sorted(path.name for path in self.path.rglob("*.tmp"))
