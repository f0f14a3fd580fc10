import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.example import make_batch
from transforms.rules.final_answer import FinalAnswer, final_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("72", 72),
        ("48+24 = <<48+24=72>>72 clips.\n#### 72", 72),
        ("#### 5 (that is 3 more than 2)", 2),
        ("first 1 #### 2 #### 3", 3),
        ("no number here", None),
        ("", None),
        ("####", None),
        ("7 apples ####", None),
        ("$1,234,567.50 in all", Decimal("1234567.50")),
        ("between 1,2345", 2345),
        ("so it is 3.", 3),
        ("x = -5", -5),
        ("it is -5", -5),
        ("it is \u22125", -5),
        ("10 - 3", 3),
        ("48-24", 24),
        ("8-2", 2),
        ("(2) - 3", 3),
        ("৭২টি ক্লিপ", 72),
        ("答案是 ７２。", 72),
        ("๑๒.๕", Decimal("12.5")),
        ("007", 7),
        ("each costs $.50", Decimal("0.5")),
        ("x = -.5", Decimal("-0.5")),
        ("10 - .5", Decimal("0.5")),
        ("it is ...5", 5),
        ("see No.5", 5),
        ("version 1.2.3", 3),
        ("#### 1/2", Decimal("0.5")),
        ("#### -3 1/2", Decimal("-3.5")),
        ("#### 2½", Decimal("2.5")),
        ("48/2=24", 24),
        ("on 1/2/2020", 2020),
        ("1/0", 0),
        ("#### 3,5", Decimal("3.5")),
        ("es sind 0,125", Decimal("0.125")),
        ("es sind 1.234,56", Decimal("1234.56")),
        ("es sind 1.234.567.", 1234567),
        ("es sind 1.234", Decimal("1.234")),
        ("1,2,3", 3),
        ("3, 5", 5),
        ("(3,5)", 5),
        ("#### 1 200", 1200),
        ("#### 12\u00a0345,5", Decimal("12345.5")),
        ("#### 1'200.50", Decimal("1200.5")),
        ("#### 5 650 000", 5650000),
        ("#### 300 200 050", 300200050),
        ("are 100 200 300", 300),
        ("are 100 200 300 400.", 400),
        ("#### 100\u202f200\u00a0300", 100200300),
        ("in 2020 100", 100),
        ("10-1 200", 1200),
        ("#### ٣٫٥", Decimal("3.5")),
        ("#### ١٬٢٣٤", 1234),
        ("#### ٣/٤", Decimal("0.75")),
        ("#### ٣,٥", Decimal("3.5")),
        ("#### ٠,٧٥", Decimal("0.75")),
        ("#### ३/०", 0),
    ],
)
def test_the_last_number_counts(text: str, number: int | Decimal | None) -> None:
    assert final_number(text) == number


@given(st.text(max_size=30), st.decimals(-(10**9), 10**9, places=2))
def test_a_marked_number_is_found_whatever_stands_before(text: str, number: Decimal) -> None:
    assert final_number(f"{text}\n#### {number}") == number
    assert final_number(f"{text}\n#### {number:,}") == number


@given(st.text(max_size=60))
def test_any_text_has_a_number_or_none(text: str) -> None:
    found = final_number(text)
    assert found is None or found.is_finite()


@pytest.mark.parametrize(
    ("output", "meta", "reason", "detail"),
    [
        ("It is 72.", {"gold": "#### 72"}, None, None),
        ("It is 72.0004", {"gold": 72}, None, None),
        ("It is 71", {"gold": "72"}, "final_answer:other", "71, not 72"),
        ("It is " + "9" * 50, {"gold": "7"}, "final_answer:other", "9" * 40 + ", not 7"),
        ("#### 1/2", {"gold": "3/2"}, "final_answer:other", "0.5, not 1.5"),
        ("#### 3,5", {"gold": "5"}, "final_answer:other", "3.5, not 5"),
        ("#### 0.00001", {"gold": 1e-05}, None, None),
        ("9" * 1_000_010, {"gold": 7}, "final_answer:other", "9" * 40 + ", not 7"),
        ("unclear", {"gold": "72"}, "final_answer:none", None),
        ("72", {"gold": "none"}, "final_answer:no_reference", None),
        ("72", {"gold": None}, "final_answer:no_reference", None),
        ("72", {}, "final_answer:no_reference", None),
    ],
)
def test_what_is_kept(output: str, meta: object, reason: str | None, detail: str | None) -> None:
    verdict = FinalAnswer("gold").judge(make_batch(1, {"output": [output], "meta": [json.dumps(meta)]}))
    assert verdict.details is not None
    assert (verdict.reasons[0], verdict.details[0]) == (reason, detail)


def test_a_reference_is_named() -> None:
    with pytest.raises(ValueError, match="reference is empty"):
        FinalAnswer("")
