"""Files that change while a run reads them: what was read of them is not what was signed, and is never used."""

from dataclasses import replace
from pathlib import Path

from apache_beam.io.filesystems import FileSystems

from transforms.files import is_local
from transforms.read.block import Block
from transforms.read.files import File, SourceError, why
from transforms.read.line_index import Stamp, look, seen, state_of


def stamped(block: Block) -> Block:
    """Return the block with what its files were when they were identified (on the launcher)."""
    stamps = tuple(stamp for path in block.paths if (stamp := seen(path)))
    return replace(block, stamps=stamps) if len(stamps) == len(block.paths) else block


def check_unchanged(block: Block) -> None:
    """Raise SourceError, naming the file, where one of the block's files isn't what it was (on a worker).

    Where size and times of a local file are the same, it is; else its content is read once more, since what copied or
    touched it may have left it as it was. A file of which only the store knows is asked for there.
    """
    for path, stamp in zip(block.paths, block.stamps, strict=False):
        try:
            changed = _changed(path, stamp)
        except OSError as error:  # BeamIOError is one
            gone = f"{path} was there when the run began, and can't be read any more: {why(error)}"
            raise SourceError(f"{gone}; put it back and run the same command again") from error
        if changed:
            raise SourceError(f"{path} has changed since the run began; when it is settled, run the same command again")


def _changed(path: str, stamp: Stamp) -> bool:
    if is_local(path):
        status = Path(path).stat()
        return state_of(status) != stamp.state and look(File(path, status.st_size, path)).content != stamp.content
    found = FileSystems.match([path])[0].metadata_list
    if not found:
        raise FileNotFoundError("there is no such file")
    return look(File(path, found[0].size_in_bytes, path)).content != stamp.content
