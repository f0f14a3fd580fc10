import hashlib
import unicodedata
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms import example as examples
from transforms.example import (
    EMPTY,
    SCHEMA,
    BatchCoder,
    add_scores,
    derived_id,
    digest,
    example_id,
    from_ipc,
    group_id,
    id_words,
    make_batch,
    replace_columns,
    split_batch,
    texts,
    to_ipc,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
TURNS = st.lists(st.fixed_dictionaries({"user": TEXTS, "assistant": TEXTS}), max_size=3)


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    rows = draw(st.integers(0, 5))
    column = st.lists(TEXTS, min_size=rows, max_size=rows)
    columns: dict[str, Any] = {name: draw(column) for name in ("id", "instruction", "output", "meta")}
    return make_batch(rows, {**columns, "history": draw(st.lists(TURNS, min_size=rows, max_size=rows))})


def test_the_schema_is_the_contract() -> None:
    names = "id group source task input_lang output_lang system history instruction input output origin template "
    assert SCHEMA.names == (names + "license scores meta").split()
    assert not any(field.nullable for field in SCHEMA)


@given(st.lists(st.binary(max_size=12), max_size=4), st.lists(st.binary(max_size=12), max_size=4))
@example([b"ab", b"c"], [b"a", b"bc"])
@example([b"1:a"], [b"", b"a"])
def test_digests_are_equal_only_for_equal_sequences(one: list[bytes], two: list[bytes]) -> None:
    assert (digest(*one) == digest(*two)) == (one == two)


def test_ids_are_what_they_always_were() -> None:
    # People hold shards and memories with these ids: a change here changes all of them.
    assert example_id("s", b"{}") == hashlib.blake2b(b"7:example1:s2:{}", digest_size=16).hexdigest()
    assert derived_id("ab", "translate", "pt") == digest("derived", "ab", "translate", "pt").hex()
    assert derived_id("ab", "pair", 1) == derived_id("ab", "pair", "1")
    assert group_id(["A  b", ""]) == hashlib.blake2b(b"5:group3:a b0:", digest_size=16).hexdigest()


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@given(st.lists(st.text(max_size=20), max_size=3))
@example(["\x1c a\tB \x85\u3000ﬁ Ｑ，？ ", "ẞ"])
@example(["\ud800 x"])
def test_groups_are_of_the_folded_text(values: list[str]) -> None:
    expected = [folded(value).encode("utf-8", "surrogatepass") for value in values]
    assert group_id(values) == digest("group", *expected).hex()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("How many?", "how  MANY?"),
        (" a\n", "a"),
        ("ﬁn", "FIN"),
        ("é", "e\u0301"),
        ("多少？", "多少?"),
        ("straße", "STRASSE"),
        ("１２", "12"),
    ],
)
def test_one_group_for_all_forms_of_a_text(one: str, two: str) -> None:
    assert group_id([one]) == group_id([two])
    assert group_id([one, two]) != group_id([one + two])


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=9), st.integers(0, 9), st.integers(0, 9))
def test_id_words_are_the_halves_of_the_ids(ids: list[bytes], start: int, rows: int) -> None:
    array = pa.array([each.hex() for each in ids], pa.string()).slice(start, rows)
    high, low = id_words(array)
    assert high.dtype == low.dtype == np.uint64
    numbers = [int(high[at]) << 64 | int(low[at]) for at in range(len(array))]
    assert numbers == [int.from_bytes(each, "big") for each in ids[start:][:rows]]


def test_a_batch_holds_what_is_given_and_is_empty_elsewhere() -> None:
    batch = make_batch(2, {"id": ["a", "b"], "task": "question", "_note": pa.array([1, 2])})
    assert batch.schema.names == [*SCHEMA.names, "_note"]
    assert pa.schema(list(batch.schema)[:-1]) == SCHEMA
    rows = batch.to_pylist()
    assert rows[1] == {
        **{name: EMPTY.get(name, "") for name in SCHEMA.names},
        "id": "b",
        "task": "question",
        "_note": 2,
    }
    assert all(column.null_count == 0 for column in batch.columns)


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_batch_may_hold_any_number_of_rows(rows: int) -> None:
    assert make_batch(rows, {}).num_rows == rows
    assert make_batch(rows, {}).schema == SCHEMA


@pytest.mark.parametrize("column", [{"answer": pa.array(["x"])}, {"_note": ["x"]}])
def test_columns_that_are_not_in_the_schema(column: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not in the schema"):
        make_batch(1, column)


def test_replacing_columns() -> None:
    batch = make_batch(2, {"id": ["a", "b"], "input": "x"})
    out = replace_columns(
        batch, {"input": ["y", "z"], "origin": "mt:e", "history": [], "_left": pa.array([True, False])}
    )
    assert texts(out, "input") == ["y", "z"]
    assert texts(out, "origin") == ["mt:e", "mt:e"]
    assert out.schema.names == [*SCHEMA.names, "_left"]
    assert pa.schema(list(out.schema)[:-1]) == SCHEMA
    assert texts(batch, "input") == ["x", "x"]
    assert replace_columns(out, {"_left": pa.array([1, 2])}).column("_left").to_pylist() == [1, 2]


def test_scores_are_sorted_rounded_and_replaced() -> None:
    batch = add_scores(make_batch(2, {}), {"lid": [0.123449, None], "chrf": [1, 2.00006]})
    batch = add_scores(batch, {"lid": [None, 1 / 3], "chrf": [3, None], "a": [0.5, None]})
    assert batch.schema == SCHEMA
    assert [[(each["name"], each["value"]) for each in row] for row in batch.column("scores").to_pylist()] == [
        [("a", 0.5), ("chrf", 3.0), ("lid", 0.1234)],
        [("chrf", 2.0001), ("lid", 0.3333)],
    ]
    assert add_scores(batch, {}) is batch


@given(st.integers(0, 60), st.integers(1, 20), st.integers(100, 2000))
def test_slices_are_within_bounds_and_hold_every_row_in_order(rows: int, most: int, size: int) -> None:
    batch = make_batch(rows, {"id": [str(at) for at in range(rows)], "input": "x" * 30})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(examples, "MAX_ROWS", most)
        patch.setattr(examples, "MAX_BYTES", size)
        pieces = list(split_batch(batch))
    assert [name for piece in pieces for name in texts(piece, "id")] == texts(batch, "id")
    assert all(0 < piece.num_rows <= most for piece in pieces)


def test_no_slice_of_several_rows_is_larger_than_a_batch_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "MAX_BYTES", 10_000)
    lengths = [9_000] * 5 + [10] * 95 + [50_000]  # equal numbers of rows hold very different numbers of bytes
    batch = make_batch(len(lengths), {"output": ["x" * length for length in lengths]})
    pieces = list(split_batch(batch))
    assert [len(text) for piece in pieces for text in texts(piece, "output")] == lengths
    assert all(piece.nbytes <= 10_000 for piece in pieces if piece.num_rows > 1)
    assert pieces[-1].num_rows == 1


@given(batches())
def test_batches_survive_the_coder(batch: pa.RecordBatch) -> None:
    coder = beam.coders.registry.get_coder(pa.RecordBatch)
    assert isinstance(coder, BatchCoder)
    back = coder.decode(coder.encode(batch))
    assert back.equals(batch)
    assert back.schema == batch.schema
    assert coder.encode(back) == coder.encode(batch)


def test_a_slice_carries_its_own_rows_only() -> None:
    batch = make_batch(1000, {"id": [f"{at:032x}" for at in range(1000)], "input": "x" * 100})
    piece = batch.slice(500, 1)
    assert from_ipc(to_ipc(piece)).equals(piece)
    assert len(to_ipc(piece)) < len(to_ipc(batch)) / 10
