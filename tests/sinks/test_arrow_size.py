import pyarrow as pa
import pytest

from sinks.arrow_size import arrow_size
from transforms.example import make_batch


@pytest.mark.parametrize(
    ("values", "kind", "size"),
    [
        ([], pa.string(), 0),
        (["", "ab", "é"], pa.string(), 3 * 4 + 4),
        ([1.0, 2.0], pa.float64(), 16),
        ([[], ["abc", ""]], pa.list_(pa.string()), 2 * 4 + 2 * 4 + 3),
        ([{"a": "xy", "b": 1.0}], pa.struct([("a", pa.string()), ("b", pa.float64())]), 4 + 2 + 8),
    ],
)
def test_bytes(values: list[object], kind: pa.DataType, size: int) -> None:
    assert arrow_size(pa.array(values, kind)) == size


def test_it_is_what_arrow_counts_but_for_offsets_and_bitmaps() -> None:
    rows = 1000
    history = [[{"user": "olá" * (at % 5), "assistant": "x"}] * (at % 3) for at in range(rows)]
    batch = make_batch(rows, {"id": [str(at) for at in range(rows)], "history": history, "output": ["x" * 50] * rows})
    whole = sum(map(arrow_size, batch.columns))
    assert 0.98 < whole / batch.nbytes <= 1
    halves = [batch.slice(0, 333), batch.slice(333)]
    assert whole == sum(arrow_size(column) for half in halves for column in half.columns)
