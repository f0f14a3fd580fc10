"""The output folder: it appears complete, replaces nothing that wasn't asked for, and survives a kill at any moment.

A local one is put together beside its place and swapped in; on an object store see `pipeline/output/remote.py`.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.output import remote
from pipeline.output.remote import MARK
from sinks.card import card
from sinks.written import CARD, MANIFEST, REPORT, OutputError, read_manifest
from transforms.files import exists, is_local
from transforms.write_errors import WriteError, as_write_error

OWN = frozenset({CARD, MANIFEST, REPORT, "data", "rejects", MARK})
"""What langloom puts into an output folder, and replaces with it."""


def place_of(folder: str) -> Path:
    """Return the folder that is swapped in for a local output: where a link leads, so that the link itself stays."""
    path = Path(folder)
    return path.resolve() if path.is_symlink() or path.name in ("", "..") else path


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(target.name + ending)


def mend(folder: str) -> None:
    """Finish a swap that was interrupted: the new folder is in its place, or the old one stays there or comes back."""
    target = place_of(folder)
    new, old = _beside(target, ".new"), _beside(target, ".old")
    if old.is_dir() and not any(old.iterdir()):
        old.rmdir()
    elif (old / MARK).is_file():
        if not target.exists():
            old.rename(target)
        elif (target / MANIFEST).is_file():
            _retire(old, target)
    if _is_ours(new):
        _remove(new)
    if target.is_dir():
        (target / MARK).unlink(missing_ok=True)


def check_free(folder: str, signature: str, force: bool) -> bool:
    """Say whether a run must write the folder: False where it holds just that already; OutputError where it may not."""
    there = read_manifest(folder)
    held = there is not None and there["complete"] and there["signature"] == signature and not force
    if is_local(folder):
        _check_local(folder, there is None, held)
    elif there is None and not exists(f"{folder}/{MARK}"):
        _check_unused(folder, bool(remote.files_below(folder)))
    if held:
        return False
    if there is None or not there["complete"] or force:
        return True
    raise OutputError(
        f"output {folder} holds another data set, {there['signature']}; choose another folder, or --force to replace it"
    )


def check_no_file(name: str, target: Path) -> None:
    """Raise OutputError where a folder that is called so can't be made: there is a file, or above it."""
    there = next((path for path in (target, *target.parents) if path.exists()), target)
    if there.exists() and not there.is_dir():
        where = "is a file" if there == target else f"is below {there}, a file"
        raise OutputError(f"{name} {where}; choose a folder")


def _check_local(folder: str, unknown: bool, held: bool) -> None:
    target = place_of(folder)
    for beside in (_beside(target, ".new"), _beside(target, ".old")):
        if not _is_ours(beside):
            raise OutputError(
                f"{beside} isn't langloom's, which needs that name while it writes {folder}; move it away"
            )
    check_no_file(f"output {folder}", target)
    if not held:
        _check_movable(folder, target)
    if unknown:
        _check_unused(folder, target.is_dir() and any(target.iterdir()))


def _check_movable(folder: str, target: Path) -> None:
    """Raise OutputError where a folder couldn't make way for the new one: this process is in it, or it is a mount."""
    here = target.is_dir() and Path.cwd().is_relative_to(target.resolve())
    if here or target.is_mount():
        reason = "the current folder is in it" if here else "a file system is mounted there"
        raise OutputError(f"output {folder} can't be replaced, {reason}: choose a folder below it, or another one")


def _check_unused(folder: str, used: bool) -> None:
    if used:
        raise OutputError(
            f"output {folder} holds files and no {MANIFEST}, so langloom didn't make it; choose another folder"
        )


def _is_ours(beside: Path) -> bool:
    """Say whether a folder beside the output is what an interrupted swap left, or isn't there, or is empty."""
    if not beside.is_dir():
        return not beside.exists()
    return (beside / MARK).is_file() or not any(beside.iterdir())


def _remove(beside: Path) -> None:
    """Remove a folder that a swap left; its mark goes last, so that a removal that is interrupted can be told too."""
    if not beside.is_dir():
        return
    for path in beside.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARK:
            path.unlink()
    (beside / MARK).unlink(missing_ok=True)
    beside.rmdir()


def _retire(old: Path, target: Path) -> None:
    """Remove the output that a swap replaced. What isn't langloom's goes on, such as a translation memory in there.

    OutputError where something else has its name by now, which was put there after a swap that was interrupted.
    """
    theirs = [path for path in old.iterdir() if path.name not in OWN] if old.is_dir() else []
    for path in sorted(theirs):
        if os.path.lexists(target / path.name):
            raise OutputError(f"{path} was in {target} until that was replaced, and there is another: move one away")
        path.rename(target / path.name)
    _remove(old)


def shard_files(result: Mapping[str, Any]) -> dict[str, str]:
    """Return where each shard file of the work folder goes below the output folder.

    Files of a form that has a place for no example of a split go nowhere: `datasets` can't load them.
    """
    forms: dict[tuple[str, str], dict[str, str]] = {}
    held = set()
    for shard in result["shards"]:
        split, place = f"data/{shard['dataset']}/{shard['split']}", f"{shard['number']:05d}-of-{shard['of']:05d}"
        for file in shard["files"]:
            ending = file["path"].rpartition("-")[2].partition(".")[2]  # of {dataset}-{hash}.{ending}
            forms.setdefault((split, ending), {})[file["path"]] = f"{split}-{place}.{ending}"
            if file["rows"]:
                held.add((split, ending))
    return {path: name for form, names in forms.items() if form in held for path, name in names.items()}


def write_output(folder: str, manifest: Mapping[str, Any], recipe_text: str, result: Mapping[str, Any]) -> None:
    """Put the output folder together, and let it take the place of what was there."""
    files = shard_files(result)
    files |= {reject["path"]: f"rejects/{reject['path'].rpartition('/')[2]}" for reject in result["rejects"]}
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True)
    texts = {CARD: card(manifest, recipe_text), MANIFEST: f"{text}\n"}
    if is_local(folder):
        _swap_in(folder, files, texts)
    else:
        remote.place(folder, files, texts)


def _swap_in(folder: str, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
    target = place_of(folder)
    new, old = _beside(target, ".new"), _beside(target, ".old")
    try:
        with as_write_error(folder):
            _put_together(new, files, texts)
    except WriteError:
        _remove(new)
        raise
    with as_write_error(folder):
        if target.exists():
            _retire(old, target)
            (target / MARK).touch()
            target.rename(old)
        new.rename(target)
        (target / MARK).unlink()
        _retire(old, target)


def _put_together(new: Path, files: Mapping[str, str], texts: Mapping[str, str]) -> None:
    _remove(new)
    new.mkdir(parents=True)
    (new / MARK).touch()
    for source, path in files.items():
        _place(Path(source), new / path)
    for name, text in texts.items():
        (new / name).write_text(text, encoding="utf-8")


def _place(source: Path, target: Path) -> None:
    """Link or copy a file of the work folder, which stays complete until the swap is over."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
