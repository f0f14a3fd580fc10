import bz2
import gzip
import json
import lzma
import random
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from source_reading import read

from transforms import example
from transforms.example import example_id
from transforms.read import block, lines
from transforms.read.compressed import opened
from transforms.read.files import SourceError
from transforms.read.json_array import JsonArray
from transforms.read.json_lines import JsonLines

PACK = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


def write(folder: Path, data: bytes, name: str = "a.jsonl") -> JsonLines:
    path = folder / name
    path.write_bytes(data)
    return JsonLines(str(path))


def row(text: str) -> bytes:
    return orjson.dumps({"instruction": text, "output": "o"})


def test_rows_become_examples_in_their_order(tmp_path: Path) -> None:
    result = read(write(tmp_path, b'{"instruction": "a", "output": "b"}\n{"output": "d", "instruction": "c"}\n'))
    assert result.column("instruction") == ["a", "c"]
    assert result.column("output") == ["b", "d"]
    assert result.rejects == []


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(row("a") + b"\n" + row("b") + b"\n", id="plain"),
        pytest.param(row("a") + b"\n" + row("b"), id="no newline at the end"),
        pytest.param(b"\xef\xbb\xbf" + row("a") + b"\n" + row("b"), id="byte order mark"),
        pytest.param(row("a") + b"\r\n" + row("b") + b"\r\n", id="CRLF"),
        pytest.param(b"\n\n" + row("a") + b"\n \t\r\n\n" + row("b") + b"\n\n\r\n", id="blank lines"),
        pytest.param(b"  " + row("a") + b" \n" + row("b") + b"\n", id="white space around"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_line_ends_marks_and_blank_lines_are_no_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, size: int
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    result = read(write(tmp_path, data))
    assert result.column("instruction") == ["a", "b"]
    assert result.rejects == []
    assert result.column("id") == [example_id("s", row("a")), example_id("s", row("b"))]


@pytest.mark.parametrize(
    ("line", "reason", "detail"),
    [
        (b'{"instruction": "a"', "malformed", "a.jsonl:2: "),
        (b"not json", "malformed", "a.jsonl:2: "),
        (b'{"instruction": NaN}', "malformed", "expected a JSON value"),
        (b'{"instruction": Infinity}', "malformed", "a.jsonl:2: "),
        (b"{'instruction': 'a'}", "malformed", "a.jsonl:2: "),
        (b'{"instruction": "\\ud800"}', "malformed", "surrogate"),
        (b'{"instruction": "a"} {"instruction": "b"}', "malformed", "a.jsonl:2: "),
        (b'["a", "b"]', "malformed", "not a JSON object"),
        (b'"a"', "malformed", "not a JSON object"),
        (b"null", "malformed", "not a JSON object"),
        (b'{"instruction": "caf\xe9"}', "encoding", "byte 0xe9 at 20 isn't UTF-8"),
        (b"\xff\xfe{", "encoding", "byte 0xff at 0"),
        (b'{"instruction": "\xed\xa0\x80"}', "encoding", "byte 0xed at 17"),
        (b'{"x": ' + b"[" * 2000 + b"]" * 2000 + b"}", "malformed", "depth"),
        (b'{"instruction": "a", "x": ' + b"[" * 400 + b"]" * 400 + b"}", "malformed", "can't be written as JSON"),
        (b'{"instruction": ["a"]}', "wrong_type", "'instruction' is a list where text is expected"),
        (b'{"instruction": {"a": 1}}', "wrong_type", "'instruction' is an object where text is expected"),
        (b"\x00", "malformed", "a.jsonl:2: "),
    ],
)
def test_a_bad_line_is_a_reject_that_says_where_and_why(tmp_path: Path, line: bytes, reason: str, detail: str) -> None:
    result = read(write(tmp_path, row("a") + b"\n" + line + b"\n" + row("b") + b"\n"))
    assert result.column("instruction") == ["a", "b"]
    assert result.reasons() == [reason]
    assert result.details()[0].startswith("a.jsonl:2: ")
    assert detail in result.details()[0]
    assert result.rejects[0]["source"] == "s"
    assert result.rejects[0]["output"] == ""
    if reason in ("malformed", "encoding") and b"[[" not in line:
        assert result.raw() == [line.decode("utf-8", "replace")]
        assert result.rejects[0]["id"] == example_id("s", line)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b'"a"', "a"),
        (b"null", ""),
        (b"true", "true"),
        (b"false", "false"),
        (b"12", "12"),
        (b"-0.5", "-0.5"),
        (b"1e3", "1000.0"),
        (b"18446744073709551615", "18446744073709551615"),
        (b"18446744073709551616", "18446744073709551616"),
        (b"-9223372036854775809", "-9223372036854775809"),
        (b"1" * 300, "1" * 300),
        (b"1e30", "1e+30"),
        (b'""', ""),
        (b'"\\u00e9\\n\\ud83d\\ude00"', "é\n😀"),
        (b'"\\u0000"', "\x00"),
    ],
)
def test_scalars_become_text(tmp_path: Path, value: bytes, text: str) -> None:
    result = read(write(tmp_path, b'{"instruction": %b, "output": "x"}' % value))
    assert result.column("instruction") == [text]


def test_integers_beyond_64_bits_stay_what_they_are_wherever_they_stand(tmp_path: Path) -> None:
    data = b'{"output": "a", "m": {"n": [1, 123456789012345678901]}}\n\n{"output": 12345678901234567890123}\n'
    for reader in (write(tmp_path, data), JsonArray(str(tmp_path / "a.json"))):
        (tmp_path / "a.json").write_bytes(b"[%b]" % data.strip().replace(b"\n\n", b","))
        result = read(reader, keep=("m.n.1",))
        assert result.column("output") == ["a", "12345678901234567890123"]
        assert result.column("meta") == ['{"m.n.1":"123456789012345678901"}', "{}"]
    deep = b'{"output": 12345678901234567890123, "m": %b}' % (b"[" * 1000 + b"]" * 1000)
    assert read(write(tmp_path, deep + b'\n{"output": "b"}')).reasons() == ["malformed"]


def test_types_may_change_from_row_to_row(tmp_path: Path) -> None:
    data = b'{"instruction": "a"}\n{"instruction": 1}\n{"output": "o"}\n{"instruction": [1]}\n{"instruction": null}\n'
    result = read(write(tmp_path, data))
    assert result.column("instruction") == ["a", "1", "", ""]
    assert result.reasons() == ["wrong_type"]


def test_of_equal_keys_the_last_counts(tmp_path: Path) -> None:
    result = read(write(tmp_path, b'{"instruction": "a", "instruction": "b"}'))
    assert result.column("instruction") == ["b"]


def test_a_long_line_is_rejected_without_being_held(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(row("a") + b'\n{"instruction": "')
        for _ in range(50):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + row("b") + b"\n")
    tracemalloc.start()
    result = read(JsonLines(str(path)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.column("instruction") == ["a", "b"]
    assert result.reasons() == ["too_large"]
    assert result.details() == ["long.jsonl:2: a line of 52,428,819 bytes; the limit is 16 MiB"]
    assert len(result.raw()[0]) == 2000
    # 17 MiB are held while it isn't known that the line is too long, and joined with what follows.
    assert peak < 40 << 20


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("size", [5, 64, 1 << 20])
def test_long_lines_are_each_rejected_once_whatever_the_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, name: str
) -> None:
    monkeypatch.setattr(block, "BLOCK_BYTES", size)
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 100)
    monkeypatch.setattr(lines, "CHUNK", 30)
    long = [row("x" * 200), row("y" * 90), row("z" * 100)]
    data = b"\n".join([row("a"), long[0], row("b"), long[1], long[2], row("c"), long[0]])
    result = read(write(tmp_path, gzip.compress(data) if name.endswith("gz") else data, name))
    assert result.column("instruction") == ["a", "b", "c"]
    assert result.reasons() == ["too_large"] * 4
    assert [detail.split(":")[1] for detail in result.details()] == ["2", "4", "5", "7"]
    ids = [reject["id"] for reject in result.rejects]
    assert ids[0] == ids[3]
    assert len(set(ids)) == 3


def test_short_lines_after_a_long_one_are_rows_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block, "MAX_ROW_BYTES", 100)
    monkeypatch.setattr(lines, "CHUNK", 150)
    result = read(write(tmp_path, b"\n".join([row("x" * 200), row("a"), b"bad", row("b")])))
    assert result.column("instruction") == ["a", "b"]
    assert [detail.split(":")[1] for detail in result.details()] == ["1", "3"]


def test_compressed_files_of_several_members_are_read_to_their_end(tmp_path: Path) -> None:
    parts = [row(text) + b"\n" for text in "abc"]
    (tmp_path / "a.jsonl.gz").write_bytes(b"".join(map(gzip.compress, parts)) + b"\0" * 32)
    (tmp_path / "b.jsonl.zst").write_bytes(b"".join(map(zstandard.ZstdCompressor().compress, parts)))
    (tmp_path / "c.jsonl.bz2").write_bytes(b"".join(map(bz2.compress, parts)))
    (tmp_path / "d.jsonl.xz").write_bytes(b"".join(map(lzma.compress, parts)) + b"\0" * 32)
    result = read(JsonLines(str(tmp_path / "*")))
    assert result.column("instruction") == [*"abc"] * 4


@pytest.mark.parametrize("ending", ["gz", "zst", "bz2", "xz"])
def test_a_damaged_member_is_not_taken_for_the_end(tmp_path: Path, ending: str) -> None:
    packed = PACK[ending](row("a") + b"\n")
    (tmp_path / f"a.jsonl.{ending}").write_bytes(packed + b"?" + packed[1:])
    with pytest.raises(SourceError, match=rf"source 's': a\.jsonl\.{ending}"):
        read(JsonLines(str(tmp_path / f"a.jsonl.{ending}")))


@pytest.mark.parametrize("ending", ["bz2", "xz"])
def test_what_is_compressed_very_well_is_read_piece_by_piece(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(PACK[ending](b"\n" * (50 << 20)))
    tracemalloc.start()
    with opened(str(path)) as file:
        assert sum(map(len, iter(lambda: file.read(1 << 20), b""))) == 50 << 20
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20 << 20  # xz has a window of 8 MiB


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.jsonl.bz2", "a.jsonl.xz"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "other"])
def test_damaged_compressed_files_are_errors(tmp_path: Path, name: str, damage: str) -> None:
    noise = random.Random(7)
    data = b"".join(row(f"{noise.random()}") + b"\n" for _ in range(3000))
    packed = PACK[name.rsplit(".")[-1]](data)
    middle = len(packed) // 2
    packed = {
        "cut": packed[:middle],
        "flipped": packed[:middle] + bytes(byte ^ 255 for byte in packed[middle : middle + 20]) + packed[middle + 20 :],
        "other": data,
    }[damage]
    with pytest.raises(SourceError, match=r"source 's': a\.jsonl"):
        read(write(tmp_path, packed, name))


def test_rows_that_were_shuffled_have_the_same_ids_and_groups(tmp_path: Path) -> None:
    data = [row(f"{number} É") for number in range(50)]
    first = read(write(tmp_path, b"\n".join(data)))
    second = read(write(tmp_path, b"\n".join(reversed(data))))
    assert sorted(first.column("id")) == sorted(second.column("id"))
    assert first.column("group") == second.column("group")[::-1]
    assert len(set(first.column("id"))) == 50


def test_batches_keep_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "MAX_ROWS", 7)
    result = read(write(tmp_path, b"".join(row(str(n)) + b"\n" for n in range(100))))
    assert result.column("instruction") == [str(n) for n in range(100)]
    assert max(result.sizes) <= 7
    monkeypatch.setattr(example, "MAX_ROWS", 1000)
    monkeypatch.setattr(example, "MAX_BYTES", 2000)
    result = read(write(tmp_path, b"".join(row(str(n)) + b"\n" for n in range(100))))
    assert len(result.sizes) > 5
    assert len(result.rows) == 100


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3)
    ),
    max_leaves=6,
)
ROWS = st.dictionaries(st.sampled_from(["instruction", "input", "output", "system", "x", "a.b"]), VALUES, max_size=5)
JUNK = st.sampled_from([b"{", b"nul", b"\xff", b"[1]", b"", b"  ", b"\r", b'{"a": NaN}', b"\x85", "\u2028".encode()])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(ROWS, st.booleans()) | JUNK, min_size=1, max_size=30),
    st.integers(1, 300),
    st.integers(1, 9),
    st.booleans(),
    st.sampled_from([3, 30, block.MAX_ROW_BYTES]),
)
def test_blocks_change_nothing_and_no_row_is_lost(
    items: list[Any], size: int, most: int, end: bool, longest: int
) -> None:
    encoded = [
        item if isinstance(item, bytes) else json.dumps(item[0], ensure_ascii=item[1]).encode() for item in items
    ]
    count = sum(bool(line.strip()) for line in encoded)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        reader = write(Path(folder), b"\n".join(encoded) + b"\n" * end)
        patch.setattr(block, "MAX_ROW_BYTES", longest)
        if not count:
            with pytest.raises(SourceError):
                read(reader)
            return
        whole = read(reader)
        patch.setattr(block, "BLOCK_BYTES", size)
        patch.setattr(example, "MAX_ROWS", most)
        patch.setattr(lines, "CHUNK", 40)
        parts = read(reader)
        limited = read(reader, limit=max(1, count // 2))
    assert len(whole.rows) + len(whole.rejects) == count
    assert parts.rows == whole.rows
    assert parts.rejects == whole.rejects
    taken = len(limited.rows) + len(limited.rejects)
    assert taken == max(1, count // 2)
    assert limited.rows == whole.rows[: len(limited.rows)]
