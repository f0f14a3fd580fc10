"""Builds langloom's packages from this tree, offline, by its own build backend."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipeline", "transforms", "sinks")
BUILD = "import sys, setuptools.build_meta as backend; print(getattr(backend, sys.argv[1])(sys.argv[2]))"


def build(kind: str, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` in a folder and return its path; the tree itself is left as it is."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(folder)]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    return folder / built.stdout.splitlines()[-1]
