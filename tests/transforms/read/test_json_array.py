import gzip
from pathlib import Path

import orjson
import pytest
from source_reading import read

from transforms import example
from transforms.read.files import SourceError
from transforms.read.json_array import JsonArray
from transforms.read.json_lines import JsonLines


def write(folder: Path, data: bytes, name: str = "a.json") -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_arrays_equal_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "MAX_ROWS", 10)
    rows = [{"instruction": f"{n} é", "output": n, "x": [n]} for n in range(3000)]
    array = read(JsonArray(write(tmp_path, b"\xef\xbb\xbf" + orjson.dumps(rows, option=orjson.OPT_INDENT_2))))
    lines = read(JsonLines(write(tmp_path, b"\n".join(map(orjson.dumps, rows)), "a.jsonl")))
    assert array.rows == lines.rows
    assert read(JsonArray(write(tmp_path, orjson.dumps(rows))), limit=7).rows == lines.rows[:7]


def test_a_field_may_hold_the_array(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b'{"version": 1, "data": {"rows": [{"output": "a"}]}}'), "a.json.gz")
    assert read(JsonArray(path, field="data.rows")).column("output") == ["a"]


def test_elements_that_are_no_objects_are_rejected(tmp_path: Path) -> None:
    result = read(JsonArray(write(tmp_path, b'[{"output": "a"}, 1, null, ["x"], {"output": "b"}]')))
    assert result.column("output") == ["a", "b"]
    assert result.details() == [f"a.json:item {n}: not a JSON object" for n in (2, 3, 4)]
    assert result.raw() == ["1", "null", '["x"]']


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (b'[{"output": "a"},\n {"output": ]', "", "a.json:2: not JSON: "),
        (b'[{"output": NaN}]', "", "a.json:1: not JSON"),
        (b'[{"output": "\xff"}]', "", "a.json:1: not JSON: .*UTF-8"),
        (b'{"output": "a"}\n{"output": "b"}\n', "", "it looks like JSON lines, which `jsonl` reads"),
        (b'{"version": 1, "data": []}', "", "an object where an array of objects is expected; .*`field: data`"),
        (b'{"a": 1}', "", "an object where an array of objects is expected$"),
        (b'"text"', "", "a single value where"),
        (b'{"a": {"b": 1}}', "a.b", "a single value at `field: a.b`"),
        (b'{"a": []}', "b", "nothing at `field: b`"),
        (b"[]", "b", "nothing at `field: b`"),
        (b"[]", "", "no rows"),
        (b"", "", "no rows"),
        (b" \n", "", "not JSON"),
        (b"[" * 100_000, "", "not JSON"),
    ],
)
def test_files_that_hold_no_array_are_errors_before_the_run(
    tmp_path: Path, data: bytes, field: str, message: str
) -> None:
    with pytest.raises(SourceError, match="source 's': .*" + message):
        read(JsonArray(write(tmp_path, data), field=field))
