"""The output folder: it appears complete, replaces nothing that wasn't asked for, and survives a kill at any moment."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sinks.card import card
from transforms.files import is_local


class OutputError(Exception):
    """The output folder can't be written: what is there must not be replaced."""


MANIFEST = "manifest.json"

OWN_ENTRIES = {MANIFEST, "README.md", "data", "rejects", "report.html"}
"""What an output folder holds, and what may therefore be removed with it."""


def read_manifest(folder: str | Path) -> dict[str, Any] | None:
    """Return the manifest of an output folder; None where there is none, OutputError where it isn't one of ours."""
    path = Path(folder) / MANIFEST
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_bytes())
    except ValueError:
        data = None
    if not isinstance(data, dict) or not {"complete", "signature"} <= set(data):
        raise OutputError(f"{path} is something else: langloom didn't make that folder; choose another")
    return data


def mend(folder: str) -> None:
    """Finish a swap that was interrupted: the new folder is there, or the old one comes back."""
    target, old = Path(folder), Path(f"{folder}.old")
    if old.is_dir() and _is_ours(old):
        if (target / MANIFEST).is_file():
            shutil.rmtree(old)
        elif not target.exists():
            old.rename(target)


def check_free(folder: str, signature: str, force: bool) -> bool:
    """Say whether a run must write the folder: False where it holds just that already; OutputError where it may not."""
    if not is_local(folder):
        raise OutputError(f"output {folder}: only local output folders can be written yet")
    target = Path(folder)
    for beside in (f"{folder}.new", f"{folder}.old"):
        if not _is_ours(Path(beside)):
            raise OutputError(
                f"{beside} isn't langloom's, which needs that name while it writes {folder}; move it away"
            )
    if target.exists() and not target.is_dir():
        raise OutputError(f"output {folder} is a file; choose a folder")
    there = read_manifest(target)
    if there is None:
        if target.is_dir() and any(target.iterdir()):
            raise OutputError(
                f"output {folder} holds files and no {MANIFEST}, so langloom didn't make it; choose another folder"
            )
        return True
    if not there["complete"] or force:
        return True
    if there["signature"] == signature:
        return False
    raise OutputError(
        f"output {folder} holds another data set, {there['signature']}; choose another folder, or --force to replace it"
    )


def _is_ours(beside: Path) -> bool:
    """Say whether a folder beside the output is what an interrupted run left, or isn't there."""
    if not beside.is_dir():
        return not beside.exists()
    return {path.name for path in beside.iterdir()} <= OWN_ENTRIES


def shard_files(result: Mapping[str, Any]) -> dict[str, str]:
    """Return where each shard file of the work folder goes below the output folder."""
    files = {}
    for shard in result["shards"]:
        stem = f"data/{shard['dataset']}/{shard['split']}-{shard['number']:05d}-of-{shard['of']:05d}"
        for file in shard["files"]:
            ending = file["path"].rpartition("-")[2].partition(".")[2]  # of {dataset}-{hash}.{ending}
            files[file["path"]] = f"{stem}.{ending}"
    return files


def write_output(folder: str, manifest: Mapping[str, Any], recipe_text: str, result: Mapping[str, Any]) -> None:
    """Put the output folder together beside its place, and swap it in."""
    new, target, old = Path(f"{folder}.new"), Path(folder), Path(f"{folder}.old")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for source, path in shard_files(result).items():
        _place(Path(source), new / path)
    for reject in result["rejects"]:
        _place(Path(reject["path"]), new / "rejects" / Path(reject["path"]).name)
    (new / "README.md").write_text(card(manifest, recipe_text), encoding="utf-8")
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
    (new / MANIFEST).write_text(text + "\n", encoding="utf-8")
    if target.exists():
        shutil.rmtree(old, ignore_errors=True)
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _place(source: Path, target: Path) -> None:
    """Link or copy a file of the work folder, which stays complete until the swap is over."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
