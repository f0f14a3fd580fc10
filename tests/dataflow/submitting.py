"""Runs the command on the stand-in for Dataflow, and brings back what it left in the bucket."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.running import LANGLOOM, environment
from tests.fakes.dataflow import Dataflow
from tests.fakes.storage import BUCKET, Storage

ROOT = Path(__file__).resolve().parents[2]
PROJECT, REGION = "langloom-test", "europe-west4"


@dataclass(frozen=True)
class Cloud:
    """The stand-ins, and langloom's package."""

    storage: Storage
    service: Dataflow
    package: Path

    def words(self, *further: object, package: bool = True) -> list[str]:
        """Return what follows `--`."""
        words = [
            "--runner=DataflowRunner",
            f"--project={PROJECT}",
            f"--region={REGION}",
            f"--temp_location={at('staging')}",
            f"--dataflow_endpoint={self.service.url}",
        ]
        return ["--", *words, *([f"--extra_package={self.package}"] if package else []), *map(str, further)]

    def command(self, *words: object) -> list[str]:
        """Return the command with these arguments."""
        return [str(LANGLOOM), *map(str, words)]

    def environment(self, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the launcher's environment."""
        return environment({**self.service.environment, **(environ or {})})

    def run(
        self, *words: object, cwd: Path, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command to its end."""
        env = self.environment(environ)
        return subprocess.run(self.command(*words), cwd=cwd, env=env, capture_output=True, text=True, timeout=600)

    def upload(self, folder: Path, name: str) -> None:
        """Put the files below a folder into the bucket."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.storage.write(at(name, path.relative_to(folder).as_posix()), path.read_bytes())

    def download(self, name: str, folder: Path) -> Path:
        """Bring back the objects below a folder of the bucket."""
        for path in self.storage.names(at(name) + "/"):
            file = folder / path.removeprefix(at(name) + "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.storage.read(path))
        return folder


def at(*names: str) -> str:
    """Return a path in the bucket."""
    return "/".join([f"gs://{BUCKET}", *names])
