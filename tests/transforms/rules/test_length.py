import pytest

from transforms.example import make_batch
from transforms.rules.length import Length, LengthRatio


@pytest.mark.parametrize(
    ("rule", "texts", "reason", "detail"),
    [
        (Length(min_chars=3), ("abc", "", "abc"), None, None),
        (Length(min_chars=3), ("abc", "", "ab"), "length:short", "output: 2"),
        (Length(min_chars=3), ("ab", "", "a"), "length:short", "instruction: 2"),
        (Length(min_chars=1), ("", "", ""), "length:short", "instruction: 0"),
        (Length(max_chars=3), ("", "", ""), None, None),
        (Length(max_chars=3), ("abc", "abcd", ""), "length:long", "input: 4"),
        (Length(max_chars=2), ("这是", "", "é"), None, None),
        (Length(fields=("input",), min_chars=1), ("abc", "", "abc"), "length:short", "input: 0"),
        (Length(fields=("output",), min_chars=2, max_chars=2), ("a", "abc", "ab"), None, None),
        (Length(fields=("history",), max_chars=5), ("", "", "a long answer"), None, None),
    ],
)
def test_each_field_is_measured_by_itself(rule, texts, reason, detail):
    instruction, input_, output = ([text] for text in texts)
    verdict = rule.judge(make_batch(1, {"instruction": instruction, "input": input_, "output": output}))
    assert (verdict.reasons[0], verdict.details[0]) == (reason, detail)


def test_history_is_the_text_of_its_turns():
    batch = make_batch(1, {"history": [[{"user": "abc", "assistant": "de"}]]})
    assert Length(fields=("history",), min_chars=7).judge(batch).details == ["history: 6"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "min_chars, max_chars or both"),
        ({"min_chars": -1}, "-1 is negative"),
        ({"min_chars": 5, "max_chars": 4}, "4 is less than min_chars"),
        ({"max_chars": 0}, "0 is less than"),
        ({"fields": ("outputs",), "min_chars": 1}, "'outputs' is not a content column"),
    ],
)
def test_impossible_lengths_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Length(**parameters)


@pytest.mark.parametrize(
    ("input_", "output", "reason", "detail"),
    [
        ("a" * 30, "b" * 10, None, None),
        ("a" * 41, "b" * 10, "length_ratio", "4.1"),
        ("a" * 10, "b" * 31, "length_ratio", "3.1"),
        ("这" * 10, "b" * 30, None, None),
        ("", "b", "length_ratio", "infinite"),
        ("a", "", "length_ratio", "infinite"),
        ("", "", None, None),
    ],
)
@pytest.mark.parametrize("task", ["translation", "question"])
def test_the_ratio_is_of_the_longer_side_to_the_shorter(task, input_, output, reason, detail):
    verdict = LengthRatio(3.0).judge(make_batch(1, {"input": [input_], "output": [output], "task": task}))
    assert (verdict.reasons, verdict.details) == ([reason], [detail])


def test_a_row_that_is_no_pair_is_rejected_as_such():
    verdict = LengthRatio(3.0).judge(make_batch(1, {"input": ["a"], "output": ["b"], "task": "instruction"}))
    assert verdict.reasons == ["not_a_pair"]


def test_a_side_that_is_empty_is_rejected_whatever_the_bound():
    batch = make_batch(2, {"input": ["a", "a"], "output": ["", "b" * 100], "task": "translation"})
    assert LengthRatio(float("inf")).judge(batch).reasons == ["length_ratio", None]


def test_a_ratio_of_one_asks_for_equal_lengths():
    batch = make_batch(2, {"input": ["ab", "ab"], "output": ["cd", "c"], "task": "translation"})
    assert LengthRatio(1.0).judge(batch).reasons == [None, "length_ratio"]


@pytest.mark.parametrize("bound", [0.9, 0, -1, float("nan")])
def test_a_ratio_below_one_is_refused(bound):
    with pytest.raises(ValueError, match="less than 1"):
        LengthRatio(bound)
