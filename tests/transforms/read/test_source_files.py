import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from source_reading import read

from tests.fakes.object_store import ObjectStore
from transforms.read import block
from transforms.read.aligned_lines import Lines
from transforms.read.arrow_files import Parquet
from transforms.read.files import SourceError, find_files, resolve
from transforms.read.json_lines import JsonLines
from transforms.read.line_index import index
from transforms.read.reader import Reader
from transforms.read.source import Source


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("a[1].jsonl", "a[1].jsonl"),
        ("what?.jsonl", "what?.jsonl"),
        ("star*.jsonl", "star*.jsonl"),
        ("with space & 100%d é.jsonl", "with*.jsonl"),
        ("%s.jsonl", "*s.jsonl"),
        ("-x.jsonl", "-x.jsonl"),
        (".hidden.jsonl", ".h*"),
        ("UPPER.JSONL.GZ.jsonl", "U*"),
    ],
)
def test_odd_names(tmp_path: Path, name: str, pattern: str) -> None:
    (tmp_path / name).write_bytes(b'{"output": "x"}\nbad\n')
    (tmp_path / "other.txt").write_bytes(b"")
    result = read(JsonLines(pattern).resolved(str(tmp_path)))
    assert result.column("output") == ["x"]
    assert result.details()[0].startswith(f"{name}:2: ")


def test_globs_in_folders_whose_names_look_like_globs(tmp_path: Path) -> None:
    folder = tmp_path / "data [v1]"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(b'{"output": "x"}')
    assert read(JsonLines("*.jsonl").resolved(str(folder))).column("output") == ["x"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**/*.txt", ["a.txt", "x/b.txt", "x/y/c.txt"]),
        ("x/**/*.txt", ["x/b.txt", "x/y/c.txt"]),
        ("**", ["a.txt", "x/b.txt", "x/y/c.txt"]),
        ("*/*.txt", ["x/b.txt"]),
        ("**/y/**/*.txt", ["x/y/c.txt"]),
        ("**/x/**/*.txt", ["x/b.txt", "x/y/c.txt"]),
        ("**/**/b.txt", ["x/b.txt"]),
    ],
)
def test_two_stars_are_any_number_of_folders(tmp_path: Path, pattern: str, found: list[str]) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    for name in ("a.txt", "x/b.txt", "x/y/c.txt"):
        (tmp_path / name).write_text("text")
    assert [str(Path(file.path).relative_to(tmp_path)) for file in find_files(f"{tmp_path}/{pattern}")] == found


def test_a_link_that_leads_nowhere_is_no_file_less(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "b.txt").symlink_to("annex/b")
    (tmp_path / "c.txt").symlink_to("a.txt")
    with pytest.raises(SourceError, match=r"b\.txt is a link to annex/b, which isn't there"):
        find_files(f"{tmp_path}/*.txt")
    assert len(find_files(f"{tmp_path}/[!b].txt")) == 2


@pytest.mark.parametrize("pattern", ["b.txt", "*.txt"])
def test_a_pipe_is_not_waited_for(pattern: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    os.mkfifo(tmp_path / "b.txt")
    with pytest.raises(SourceError, match=r"b\.txt is no file, and sources are read more than once"):
        find_files(f"{tmp_path}/{pattern}")


@pytest.mark.parametrize(("pattern", "told"), [("*/*.txt", True), ("**/*.txt", True), ("x*/*.txt", False)])
def test_a_folder_that_cant_be_read_is_not_passed_over(
    pattern: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.txt").write_text("text")
    (tmp_path / "y").mkdir()
    listed = os.scandir

    def scandir(folder: str) -> Any:
        if folder == f"{tmp_path}/y":
            raise PermissionError(13, "Permission denied", folder)
        return listed(folder)

    monkeypatch.setattr("os.scandir", scandir)
    if told:
        with pytest.raises(SourceError, match=r"can't be looked up: .* Permission denied: '.*/y'"):
            find_files(f"{tmp_path}/{pattern}")
    else:
        assert len(find_files(f"{tmp_path}/{pattern}")) == 1


@pytest.mark.parametrize("folder", [".", "./x", "x//y", "x/./y", "x/../x"])
def test_globs_name_files_as_they_are_written(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for start in ("./", f"{tmp_path}/"):
        Path(folder, "a.txt").write_text("text")
        assert [file.path for file in find_files(f"{start}{folder}/*.txt")] == [f"{start}{folder}/a.txt"]


@pytest.mark.parametrize(
    ("pattern", "looked_into"),
    [
        ("*.txt", ["."]),
        ("*/*.txt", [".", "x"]),
        ("**/*.txt", [".", "x", "x/y"]),
    ],
)
def test_folders_that_cant_hold_what_a_glob_names_are_not_looked_into(
    pattern: str, looked_into: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x" / "y").mkdir(parents=True)
    for name in ("a.txt", "x/b.txt"):
        (tmp_path / name).write_text("text")
    folders: list[str] = []
    listed = os.scandir

    def scandir(folder: str) -> Any:
        folders.append(os.path.relpath(folder, tmp_path))
        return listed(folder)

    monkeypatch.setattr("os.scandir", scandir)
    find_files(f"{tmp_path}/{pattern}")
    assert folders == looked_into


def test_a_reader_of_no_files_is_what_it_was() -> None:
    @dataclass(frozen=True)
    class Numbers(Reader):
        upto: int

    assert Numbers(3).resolved("/data") == Numbers(3)


def test_labels_leave_out_the_folders_that_all_files_share(tmp_path: Path) -> None:
    for name in ("en/a.txt", "en/b.txt", "es/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    files = find_files((f"{tmp_path}/es/*.txt", f"{tmp_path}/**.txt"))
    assert [file.label for file in files] == ["en/a.txt", "en/b.txt", "es/a.txt"]
    assert [file.label for file in find_files(f"{tmp_path}/en/a.txt")] == ["a.txt"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("none.jsonl", "there is no file .*none.jsonl"),
        ("train.en", r"there is no file .*train.en; did you mean 'train.en.gz'\?$"),
        ("train.es.gz", r"there is no file .*train.es.gz; did you mean 'train.es'\?$"),
        ("trian.es", r"there is no file .*trian.es; did you mean 'train.es'\?$"),
        ("nowhere/train.es", "there is no file .*nowhere/train.es$"),
        ("none*.jsonl", r"no file matches .*none\*.jsonl$"),
        ("l*.fr", r"no file matches .*l\*.fr$"),  # but for a link that leads nowhere
        ("t*.en", r"no file matches .*t\*.en; did you mean '.*t\*.en.gz'\?$"),
        ("folder", r".*folder is a folder: name its files, for example with the glob .*folder/\*"),
        ("gs://bucket/x.jsonl", "gs://bucket/x.jsonl can't be looked up"),
        ("nosuch://bucket/x.jsonl", ".*can't be looked up: .*nosuch"),
    ],
)
def test_files_that_are_not_there(tmp_path: Path, pattern: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "lost.fr.gz").symlink_to("nowhere")
    for name in ("train.en.gz", "train.es"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(SourceError, match=f"source 'news': {message}"):
        Source("news", 0, JsonLines(pattern).resolved(str(tmp_path))).blocks()


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("data/x.jsonl", "/base/data/x.jsonl"),
        ("../x.jsonl", "/x.jsonl"),
        ("/abs/x.jsonl", "/abs/x.jsonl"),
        ("gs://bucket/x.jsonl", "gs://bucket/x.jsonl"),
        (("a", "/b"), ("/base/a", "/b")),
        ("~no person's.jsonl", "/base/~no person's.jsonl"),
    ],
)
def test_relative_paths_are_taken_from_the_base(path: Any, resolved: Any) -> None:
    assert resolve("/base", path) == resolved
    assert JsonLines(path).resolved("/base") == JsonLines(resolved)
    assert Lines((path, "b")).resolved("/base") == Lines((resolved, "/base/b"))


def test_an_empty_file_among_others_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"")
    (tmp_path / "b.jsonl").write_bytes(b'{"output": "x"}')
    assert read(JsonLines(str(tmp_path / "*.jsonl"))).column("output") == ["x"]


def test_the_index_knows_where_lines_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transforms.read import line_index

    monkeypatch.setattr(line_index, "CHUNK", 7)
    for number, data in enumerate(
        [b"a\n", b"a", b"\n\n\nabc\n\n", b"0123456789\n" * 5, b"x\ny" * 9, b"abcdef\nabcdef\n"]
    ):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(data)
        found = index(find_files(str(path))[0])
        starts = [0, *(at + 1 for at, byte in enumerate(data[:-1]) if byte == 10)]
        assert found.lines == len(starts)
        assert [found.offset(line) for line in range(len(starts))] == starts
        assert found.offset(len(starts)) == len(data)
        for offset in range(len(data) + 1):
            assert found.lines_before(offset) == sum(start < offset for start in starts), (data, offset)


def test_remote_files_are_read_in_blocks_and_say_the_byte(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    monkeypatch.setattr(block, "BLOCK_BYTES", 40)
    lines = [b'{"output": "%d"}\n' % number for number in range(10)] + [b"bad\n"]
    store["langloomtest://b/x/1.jsonl"] = b"".join(lines)
    store["langloomtest://b/x/2.jsonl.gz"] = gzip.compress(b"".join(lines))
    store["langloomtest://b/y.jsonl"] = b"other"
    result = read(JsonLines("*.jsonl*").resolved("langloomtest://b/x"))
    assert result.column("output") == [str(number) for number in range(10)] * 2
    assert result.blocks > 3
    byte = sum(map(len, lines[:-1]))
    assert [detail.rsplit(": ", 1)[0] for detail in result.details()] == [f"1.jsonl:byte {byte}", "2.jsonl.gz:11"]


@pytest.mark.parametrize("checksums", [True, False])
def test_the_identity_of_remote_files_is_what_their_store_says(
    store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, checksums: bool
) -> None:
    monkeypatch.setattr(ObjectStore, "checksums", checksums)
    store["langloomtest://b/1.jsonl"] = b'{"output": "a"}'
    store["langloomtest://b/2.jsonl"] = b'{"output": "a"}'
    store["langloomtest://b/3.jsonl"] = b'{"output": "bc"}'
    first, same, other = (Source("s", 0, JsonLines(path)).blocks()[0].identity for path in store)
    assert first == same
    assert first != other


def test_remote_parquet_and_aligned_lines(store: dict[str, bytes], tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"output": ["a", "b"]}), tmp_path / "x.parquet")
    store["langloomtest://b/x.parquet"] = (tmp_path / "x.parquet").read_bytes()
    assert read(Parquet("langloomtest://b/x.parquet")).column("output") == ["a", "b"]
    store["langloomtest://b/a"] = b"1\n2\n"
    store["langloomtest://b/b"] = b"x\ny"
    result = read(Lines(("langloomtest://b/a", "langloomtest://b/b")))
    assert list(zip(result.column("input"), result.column("output"), strict=True)) == [("1", "x"), ("2", "y")]
