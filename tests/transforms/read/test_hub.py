import json
import re
from pathlib import Path

import datasets
import pytest
from source_reading import read

from transforms.read import block, hub
from transforms.read.arrow_files import Arrow
from transforms.read.files import SourceError
from transforms.read.hub import Hub
from transforms.read.json_lines import JsonLines
from transforms.read.source import Source


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    for cached in (hub._loaded, hub._version):
        cached.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    for split, start, count in (("train", 0, 30), ("test", 100, 5)):
        rows = [{"instruction": f"é {n}", "output": str(n), "meta": {"n": n}} for n in range(start, start + count)]
        (made / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return made


@pytest.mark.parametrize("streaming", [False, True])
def test_a_local_folder_works_offline(folder: Path, streaming: bool) -> None:
    result = read(Hub(str(folder), streaming=streaming))
    assert result.rows == read(JsonLines(str(folder / "train.jsonl"))).rows
    assert read(Hub(str(folder), split="test", streaming=streaming)).column("output") == [
        "100",
        "101",
        "102",
        "103",
        "104",
    ]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("split", "expected"),
    [("train[:10]", range(10)), ("train[10:20]", range(10, 20)), ("train[25:]", range(25, 30))],
)
def test_slices_of_splits(folder: Path, split: str, expected: range, streaming: bool) -> None:
    result = read(Hub(str(folder), split=split, streaming=streaming), limit=7)
    assert result.column("output") == [str(n) for n in list(expected)[:7]]


def test_per_cent_of_a_split(folder: Path) -> None:
    assert len(read(Hub(str(folder), split="train[:20%]")).rows) == 6
    with pytest.raises(ValueError, match="per cent can't be taken of a stream"):
        Hub(str(folder), split="train[:20%]", streaming=True)


def test_blocks_are_ranges_of_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read(Hub(str(folder)))
    monkeypatch.setattr(block, "BLOCK_BYTES", 100)
    parts = read(Hub(str(folder)))
    assert parts.blocks > 3
    assert parts.rows == whole.rows


def test_shards_of_a_stream_are_blocks(folder: Path) -> None:
    (folder / "train.jsonl").rename(folder / "train-1.jsonl")
    (folder / "train-2.jsonl").write_text('{"instruction": "x", "output": "y", "meta": {"n": 1}}\n')
    result = read(Hub(str(folder), streaming=True))
    assert result.blocks == 2
    assert len(result.rows) == 31


@pytest.mark.parametrize("streaming", [False, True])
def test_identity_is_of_the_content(folder: Path, tmp_path: Path, streaming: bool) -> None:
    import shutil

    other = tmp_path / "elsewhere" / "set"
    shutil.copytree(folder, other)
    first = Source("s", 0, Hub(str(folder), streaming=streaming)).blocks()
    second = Source("s", 0, Hub(str(other), streaming=streaming)).blocks()
    assert [one.identity for one in first] == [one.identity for one in second]
    (other / "train.jsonl").write_text('{"instruction": "new", "output": "new", "meta": {"n": 1}}\n')
    for cached in (hub._loaded, hub._version):
        cached.cache_clear()
    assert Source("s", 0, Hub(str(other), streaming=streaming)).blocks()[0].identity != first[0].identity


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(
    ("repo", "config", "split", "message"),
    [
        ("nobody/no-such-set", "", "train", "nobody/no-such-set can't be loaded: Couldn't reach"),
        ("", "", "valid", "set can't be loaded: .*valid"),
        ("", "other", "train", "set can't be loaded: .*'other' not found"),
    ],
)
def test_what_the_hub_says_is_one_sentence(
    folder: Path, repo: str, config: str, split: str, message: str, streaming: bool
) -> None:
    with pytest.raises(SourceError, match="source 's': .*" + message) as caught:
        read(Hub(repo or str(folder), config, split, streaming=streaming))
    assert "\n" not in str(caught.value)


def test_rows_that_do_not_fit_together_are_an_error(folder: Path) -> None:
    (folder / "train.jsonl").write_text('{"output": "a"}\n{"output": {"b": 1}}\n')
    with pytest.raises(SourceError, match="set can't be loaded: Couldn't cast"):
        read(Hub(str(folder)))


def test_folders_and_names_are_told_apart(folder: Path) -> None:
    base = str(folder.parent)
    assert Hub("set").resolved(base).repo == str(folder)
    assert Hub("./none").resolved(base).repo == f"{base}/none"
    assert Hub("owner/name").resolved(base).repo == "owner/name"
    assert Hub("/abs/x").resolved(base).repo == "/abs/x"
    with pytest.raises(ValueError, match="repo: an empty name"):
        Hub(" ")


@pytest.mark.parametrize("streaming", [False, True])
def test_what_save_to_disk_wrote_is_read_as_arrow(tmp_path: Path, streaming: bool) -> None:
    saved = datasets.Dataset.from_dict({"output": ["a", "b"]})
    saved.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"pt": saved}).save_to_disk(tmp_path / "splits")
    datasets.DatasetDict({"train": saved, "test": saved}).save_to_disk(tmp_path / "known")
    assert read(Hub(str(tmp_path / "known"), split="test", streaming=streaming)).column("output") == ["a", "b"]
    for name, files in (("one", "*.arrow"), ("splits", "SPLIT/*.arrow")):
        with pytest.raises(SourceError, match=f"read its files with `arrow: {tmp_path}/{name}/{re.escape(files)}`"):
            read(Hub(str(tmp_path / name), streaming=streaming))
        pattern = f"{tmp_path}/{name}/{files}".replace("SPLIT", "pt")
        assert read(Arrow(pattern)).column("output") == ["a", "b"]
