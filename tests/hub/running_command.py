"""Runs `langloom publish` as a person does: in a process of its own."""

import os
import sys
from pathlib import Path

from publishing import NAME

from tests.fakes.hub import TOKEN, Hub

LANGLOOM = Path(sys.executable).with_name("langloom")


def command(folder: Path, *words: str) -> list[str]:
    """Return the words of the command line."""
    return [str(LANGLOOM), "publish", str(folder), "--repo", NAME, *words]


def environment(hub: Hub, **further: str) -> dict[str, str]:
    """Return the environment of a process that knows this Hub only, by LFS, and has logged in there."""
    home = hub.api.blobs.folder.parent / "home"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    return {**kept, **own, **further}
