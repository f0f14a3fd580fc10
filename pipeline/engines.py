"""`langloom engines`: which runners and translation engines can be used here, and what the others lack."""

from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.runners.needs import RUNNERS, lacks
from transforms import RegistrationError, find, known
from transforms.translate.engines import MissingExtra

ASSUMED: dict[str, dict[str, str]] = {
    "PortableRunner": {"job_endpoint": "HOST:PORT", "environment_type": "LOOPBACK"},
    "SparkRunner": {"environment_type": "LOOPBACK"},
    "FlinkRunner": {"environment_type": "LOOPBACK"},
    "DataflowRunner": {
        "project": "PROJECT",
        "region": "REGION",
        "temp_location": "gs://BUCKET/FOLDER",
        "sdk_container_image": "IMAGE",
    },
}
"""Options that a recipe will give: each runner is judged as if they were there, with its workers on this machine."""


def usable() -> list[dict[str, Any]]:
    """Return kind, name, whether it can be used here, what it is, and what is missing with its remedy.

    Looks at this machine alone: what is installed, which programs and jars are there. Whether a cluster or an endpoint
    answers, and whether keys are set, shows when a recipe runs.
    """
    found = []
    for name, about in RUNNERS.items():
        missing = list(lacks(name, ASSUMED.get(name, {})))
        found.append({"kind": "runner", "name": name, "usable": not missing, "about": about, "missing": missing})
    for name in known("engines"):
        missing, about = _engine(name)
        found.append({"kind": "engine", "name": name, "usable": not missing, "about": about, "missing": missing})
    return found


def _engine(name: str) -> tuple[list[str], str]:
    try:
        engine = find("engines", name)
    except RegistrationError as error:  # a third party's, whose own libraries aren't there
        return [str(error)], ""
    about = (engine.__doc__ or "").strip().partition("\n")[0]
    try:
        getattr(engine, "look", lambda: None)()
    except MissingExtra as error:
        return [str(error)], about
    return [], about


def show_usable(console: Console) -> None:
    """Print the same as a table."""
    table = Table(box=None, pad_edge=False)
    for title in ("", "", "usable", "what it is, or what is missing"):
        table.add_column(title)
    kind = ""
    for entry in usable():
        first = "" if entry["kind"] == kind else f"{entry['kind']}s"
        kind = entry["kind"]
        text = entry["about"] if entry["usable"] else "\n".join(entry["missing"])
        table.add_row(first, entry["name"], "yes" if entry["usable"] else "no", text)
    console.print(table)
