import pyarrow as pa
import pytest

from transforms.example import TURN, make_batch
from transforms.sides import pairs

SOURCE = pa.struct(
    [
        ("system", pa.string()),
        ("history", pa.list_(TURN)),
        ("instruction", pa.string()),
        ("input", pa.string()),
        ("output", pa.string()),
        ("input_lang", pa.string()),
        ("output_lang", pa.string()),
        ("fields", pa.list_(pa.string())),
    ]
)
EMPTY = {"system": "", "history": [], "instruction": "", "input": "", "output": ""}


def told(batch):
    """The pairs of a batch as (row, field, before, after)."""
    both = pairs(batch)
    columns = (both.before, both.after)
    return list(zip(both.rows.tolist(), both.fields, *(column.to_pylist() for column in columns), strict=True))


@pytest.mark.parametrize(
    ("task", "pair"),
    [
        ("translation", ("one", "uno")),
        ("question", ("uno", "one")),
    ],
)
def test_the_original_comes_first(task, pair):
    columns = {"input": ["one"], "output": ["uno"], "task": task}
    assert told(make_batch(1, columns)) == [(0, "", *pair)]


def test_rows_of_different_tasks_keep_their_own_direction_and_number():
    tasks = ["text", "question", "translation", "instruction"]
    batch = make_batch(4, {"task": tasks, "input": list("abcd"), "output": list("efgh")})
    assert told(batch) == [(1, "", "f", "b"), (2, "", "c", "g")]
    assert pairs(batch).strangers == {0: "text", 3: "instruction"}


def test_translated_rows_are_compared_field_by_field_whatever_their_task():
    was = {**EMPTY, "instruction": "Say it", "output": "Hello", "input_lang": "en", "output_lang": "de"}
    history = [{"user": "Hi", "assistant": "Yes?"}, {"user": "Well", "assistant": ""}]
    sources = [
        {**was, "fields": ["output", "instruction", "input"]},
        None,
        {**was, "history": history, "fields": ["history"]},
    ]
    batch = make_batch(
        3,
        {
            "task": ["instruction", "translation", "question"],
            "instruction": ["Dilo", "", "Say it"],
            "input": ["", "one", "x"],
            "output": ["Hola", "uno", "y"],
            "history": [[], [], [{"user": "Hola", "assistant": "¿Sí?"}]],
            "input_lang": "es",
            "output_lang": "es",
            "_source": pa.array(sources, SOURCE),
        },
    )
    assert told(batch) == [
        (1, "", "one", "uno"),
        (2, "history", "Hi\nYes?\nWell", "Hola\n¿Sí?"),
        (0, "instruction", "Say it", "Dilo"),
        (0, "output", "Hello", "Hola"),
    ]


def test_of_a_history_only_the_side_that_was_translated_is_compared():
    was = {**EMPTY, "history": [{"user": "Hi", "assistant": "Ja?"}], "input_lang": "en", "output_lang": "de"}
    now = {"history": [[{"user": "Hallo", "assistant": "Ja?"}]], "input_lang": "de", "output_lang": "de"}
    batch = make_batch(1, {**now, "_source": pa.array([{**was, "fields": ["history"]}], SOURCE)})
    assert told(batch) == [(0, "history", "Hi", "Hallo")]


def test_a_sliced_batch_gives_its_own_rows():
    was = {**EMPTY, "input_lang": "en", "output_lang": "en", "fields": ["output"]}
    sources = pa.array([{**was, "output": text} for text in "abc"], SOURCE)
    batch = make_batch(3, {"output": list("xyz"), "_source": sources}).slice(1)
    assert told(batch) == [(0, "output", "b", "y"), (1, "output", "c", "z")]


def test_pairs_of_two_empty_texts_are_left_out_and_rows_stay_pairs():
    batch = make_batch(3, {"task": "translation", "input": ["", "", "a"], "output": ["", "b", "c"]})
    assert [pair[0] for pair in told(batch)] == [1, 2]
    assert pairs(batch).verdict("copy", {}).reasons == [None, None, None]


def test_an_empty_batch_has_no_pairs():
    assert told(make_batch(0, {"_source": pa.array([], SOURCE)})) == []


def test_a_verdict_names_the_first_field_and_the_rows_that_are_no_pairs():
    was = {**EMPTY, "instruction": "a", "output": "b", "input_lang": "en", "output_lang": "en"}
    sources = pa.array([{**was, "fields": ["instruction", "output"]}, None], SOURCE)
    batch = make_batch(2, {"task": "instruction", "instruction": "a", "output": "b", "_source": sources})
    verdict = pairs(batch).verdict("copy", {0: "1.00", 1: "0.90"})
    assert verdict.reasons == ["copy", "not_a_pair"]
    assert verdict.details == ["instruction: 1.00", "task 'instruction', and not translated"]
