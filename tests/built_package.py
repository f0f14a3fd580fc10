"""Builds langloom's packages from this tree, offline, by its own build backend."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipeline", "transforms", "sinks")
BUILD = "import sys, setuptools.build_meta as backend; print(getattr(backend, sys.argv[1])(sys.argv[2]))"


def copied(folder: Path) -> Path:
    """Copy what packages are built from into a folder, where builds may leave files, and return it."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def build(kind: str, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` in a folder and return its path."""
    command = [sys.executable, "-c", BUILD, f"build_{kind}", str(folder)]
    built = subprocess.run(command, cwd=copied(folder / "source"), capture_output=True, text=True, check=True)
    return folder / built.stdout.splitlines()[-1]
