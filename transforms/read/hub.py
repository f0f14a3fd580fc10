"""Data sets of the Hugging Face Hub, and local folders in its forms, through `datasets`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Self

import pyarrow as pa

from transforms.example import digest, split_batch
from transforms.read import block as blocks
from transforms.read.arrow_files import batch_rows
from transforms.read.block import Block, Rows
from transforms.read.files import File, SourceError, find_files, resolve, why
from transforms.read.line_index import content_identity, index
from transforms.read.lines import label
from transforms.read.reader import Reader

READ_ROWS = 1000
"""Rows that are taken from `datasets` at once."""


@dataclass(frozen=True)
class Hub(Reader):
    """Reads a data set of the Hugging Face Hub, or a local folder that `datasets` can load.

    Parameters:
      repo: `owner/name`, or a folder: one that begins with `.`, `/` or `~`, or that exists beside the recipe.
      config: the configuration, where the data set has several.
      split: also as a slice: `train[:10000]`, `train[10%:20%]`.
      revision: a branch, tag or commit. Of a branch, all workers read the commit that it was at when the run began;
        the manifest names it.
      streaming: read without storing the data set first.

    Raw columns: the data set's; images and sound are not decoded.
    """

    shorthand: ClassVar[str] = "repo"

    repo: str
    config: str = ""
    split: str = "train"
    revision: str = ""
    streaming: bool = False

    def __post_init__(self) -> None:
        if not self.repo.strip():
            raise ValueError("repo: an empty name")
        if self.streaming and "%" in self.split:
            raise ValueError(f"split: {self.split!r}: per cent can't be taken of a stream")

    def resolved(self, base: str) -> Self:
        path = str(resolve(base, self.repo))
        if self.repo[0] in "./~" or Path(path).is_dir():
            return replace(self, repo=path)
        return self

    def parameters(self) -> dict[str, Any]:
        # What the others name is in the blocks' identities.
        return {"streaming": self.streaming}

    def blocks(self) -> list[Block]:
        found = self._shards() if self.streaming else self._rows()
        # What is read may change with the data set, its configuration and its split, but not with where a folder lies.
        return [
            replace(block, identity=digest("hub", identity, self.config, self.split, str(block.spans)).hex())
            for block, identity in found
        ]

    def _rows(self) -> Iterator[tuple[Block, str]]:
        data = _loaded(self.repo, self.config, self.split, self.revision, False)
        stored = [File(file["filename"], 0, "") for file in data.cache_files] if Path(self.repo).is_dir() else []
        identity = digest(*(index(file).identity for file in stored)).hex() if stored else data._fingerprint
        commit = _commit(data)
        number = min(len(data), -(-data.data.nbytes // blocks.block_bytes(data.data.nbytes)) or 1)
        for at in range(number):
            start, end = len(data) * at // number, len(data) * (at + 1) // number
            yield self._block(((start, end),), start, data.data.nbytes // number, commit), identity

    def _shards(self) -> Iterator[tuple[Block, str]]:
        split, rows = _sliced(self.split)
        data = _loaded(self.repo, self.config, split, self.revision, True)  # says best what is wrong with a name
        identity = _version(self.repo, self.revision)
        commit = "" if Path(self.repo).is_dir() else identity
        if commit:
            data = _loaded(self.repo, self.config, split, commit, True)
        if rows:
            # Rows are counted over all shards, so that one worker reads them.
            yield self._block((rows,), rows[0], 0, commit), identity
            return
        for at in range(data.num_shards):
            before = 0 if data.num_shards == 1 else -1
            yield self._block(((at, data.num_shards),), before, 0, commit), identity

    def _block(self, spans: tuple[tuple[int, int], ...], before: int, size: int, commit: str) -> Block:
        parts = [Path(self.repo).name if Path(self.repo).is_dir() else self.repo, self.config, self.split]
        path = f"{self.repo}@{commit}" if commit else self.repo
        return Block((path,), "", spans, (before,), size, " ".join(part for part in parts if part))

    def _revision(self, block: Block) -> str:
        """Return what a block is read of: the commit that it was found in, where it was one's."""
        return block.paths[0].removeprefix(self.repo).removeprefix("@") or self.revision

    def read(self, block: Block) -> Iterator[Rows]:
        number, name = max(block.lines[0], 0) + 1, label(block)
        if block.lines[0] < 0:
            name += f": shard {block.spans[0][0] + 1}"
        with _hub_errors(self.repo):
            for table in self._stream(block) if self.streaming else self._tables(block):
                for batch in table.combine_chunks().to_batches():
                    for piece in split_batch(batch):
                        yield batch_rows(piece, number, name)
                        number += piece.num_rows

    def count(self, block: Block, enough: int) -> int:
        start, end = block.spans[0]
        return super().count(block, enough) if self.streaming else end - start

    def _tables(self, block: Block) -> Iterator[pa.Table]:
        data = _loaded(self.repo, self.config, self.split, self._revision(block), False).with_format("arrow")
        start, end = block.spans[0]
        for at in range(start, end, READ_ROWS):
            yield data[at : min(at + READ_ROWS, end)]

    def _stream(self, block: Block) -> Iterator[pa.Table]:
        split, rows = _sliced(self.split)
        data = _loaded(self.repo, self.config, split, self._revision(block), True)
        start, end = block.spans[0]
        if rows:
            data = data.skip(start).take(end - start) if end >= 0 else data.skip(start)
        else:
            data = data.shard(num_shards=end, index=start)
        yield from data.with_format("arrow").iter(batch_size=READ_ROWS)


def _sliced(split: str) -> tuple[str, tuple[int, int] | None]:
    """Divide `train[100:200]` into the split and its rows; no end is -1."""
    found = re.fullmatch(r"([^\[\]]+)\[(\d*):(\d*)\]", split, re.ASCII)
    if not found:
        return split, None
    return found[1], (int(found[2] or 0), int(found[3] or -1))


@lru_cache(maxsize=16)
def _loaded(repo: str, config: str, split: str, revision: str, streaming: bool) -> Any:
    import datasets

    _check_not_saved(Path(repo))
    with _hub_errors(repo):
        return datasets.load_dataset(repo, config or None, split=split, revision=revision or None, streaming=streaming)


_NAME = re.compile(rb'"([^"]*)"')
_SPLITS = {b"splits", b"train", b"validation", b"test"}


def _check_not_saved(folder: Path) -> None:
    """Raise SourceError for what `save_to_disk` wrote and `load_dataset` doesn't load.

    Several splits it loads if their folders' names tell them; others it would take for `train`, all together.
    """
    if (folder / "state.json").is_file():
        files = "*.arrow"
    elif (saved := folder / "dataset_dict.json").is_file() and set(_NAME.findall(saved.read_bytes())) - _SPLITS:
        files = "SPLIT/*.arrow"
    else:
        return
    raise SourceError(f"{folder} was written by `save_to_disk`: read its files with `arrow: {folder}/{files}`")


def _commit(data: Any) -> str:
    """Return the commit that a stored data set is of (its folder in the cache); empty for one that isn't the Hub's."""
    names = {Path(file["filename"]).parent.name for file in data.cache_files}
    name = names.pop() if len(names) == 1 else ""
    return name if re.fullmatch("[0-9a-f]{40}", name) else ""


@lru_cache(maxsize=16)
def _version(repo: str, revision: str) -> str:
    """Return what identifies a data set's files: their content in a folder, the commit on the Hub."""
    if Path(repo).is_dir():
        files = find_files(f"{repo}/**")
        return digest(*(text for file in files for text in (file.label, content_identity(file)))).hex()
    from huggingface_hub import HfApi

    with _hub_errors(repo):
        return str(HfApi().dataset_info(repo, revision=revision or None).sha)


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    """Turn what the Hub and `datasets` raise into a SourceError of one sentence."""
    from datasets.exceptions import DatasetsError
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except (OSError, ValueError, DatasetsError, HfHubHTTPError) as error:
        # What went wrong in generating a data set is only told by the cause.
        cause = error.__cause__ if isinstance(error, DatasetsError) and error.__cause__ else error
        raise SourceError(f"{repo} can't be loaded: {why(cause)}") from error
