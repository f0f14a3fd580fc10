"""`langloom report`: the page that an output folder gets."""

from sinks.report.dataset import view
from sinks.report.page import page
from sinks.report.rejected import Reason, sample_rejects
from sinks.written import REPORT, known_manifest
from transforms.files import write_bytes

REJECTS = 3
"""Rejects that are shown for each reason."""


def write_report(folder: str, examples: int) -> str:
    """Write report.html into an output folder, and return its path.

    Args:
      folder: the output folder, complete or not.
      examples: how many items of each dataset are shown.

    OutputError where it is no output, or a file of it can't be read; WriteError where the page can't be written.
    """
    with known_manifest(folder) as manifest:
        datasets = [view(folder, name, described, examples) for name, described in manifest["datasets"].items()]
        rejected = {
            Reason(stream, step["step"], reason): number
            for stream, described in manifest["streams"].items()
            for step in described["steps"]
            for reason, number in step["rejected"].items()
        }
        text = page(manifest, datasets, sample_rejects(folder, rejected, REJECTS if examples else 0))
    path = f"{folder}/{REPORT}"
    write_bytes(path, text.encode())
    return path
