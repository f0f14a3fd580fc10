"""The workers of the stand-in for Dataflow: an environment for each job, with what it staged, and processes in it."""

import json
import shutil
import site
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.storage import Storage

SCRIPT = Path(__file__).with_name("dataflow_worker.py")
API = "storage.googleapis.com/"


class Workers:
    """Carries out jobs in environments below a folder.

    Args:
      folder: where.
      environ: the variables of workers; they get nothing else of this process's.

    Attributes:
      images: package files that images hold, by the image's name.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.images: dict[str, Path] = {}
        self._folder, self._environ = folder, environ
        self._running: list[subprocess.Popen[str]] = []
        self._lock = threading.Lock()

    def carry_out(self, submitted: Mapping[str, Any], storage: Storage) -> tuple[str, str]:
        """Run a job to its end; return the trace of what failed (empty where nothing did), and all that was said."""
        with self._lock:
            home = self._folder / f"job-{len(list(self._folder.glob('job-*')))}"
            home.mkdir()
        python = _make_environment(home / "environment")
        packages = self._packages(submitted, storage, home)
        if packages:
            install = ["install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", *map(str, packages)]
            subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True, cwd=home)
        (home / "job.json").write_text(json.dumps(submitted))
        environ = {**self._environ, "HOME": str(home), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen(
            [str(python), str(SCRIPT), str(home / "job.json")],
            cwd=home,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.append(process)
        said, _ = process.communicate()
        shutil.rmtree(home / "environment")
        trace = said[said.rfind("Traceback (most recent call last):") :] if process.returncode else ""
        return trace, said

    def _packages(self, submitted: Mapping[str, Any], storage: Storage, home: Path) -> list[Path]:
        """Fetch what is to be installed: what the image holds, and what was staged."""
        (pool,) = submitted["environment"]["workerPools"]
        image = pool["workerHarnessContainerImage"]
        packages = [self.images[image]] if image in self.images else []
        for staged in pool.get("packages", []):
            if staged["name"].endswith((".tar.gz", ".whl")):
                file = home / staged["name"]
                file.write_bytes(storage.read("gs://" + staged["location"].removeprefix(API)))
                packages.append(file)
        return packages

    def stop(self) -> None:
        """End the processes that still run."""
        for process in self._running:
            if process.poll() is None:
                process.kill()


def _make_environment(folder: Path) -> Path:
    """Make an environment with the libraries of this one, but what is installed here as links to a source tree."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    own = next((folder / "lib").glob("python3*/site-packages"))
    (own / "libraries.pth").write_text("".join(f"{path}\n" for path in site.getsitepackages()))
    return folder / "bin" / "python"
