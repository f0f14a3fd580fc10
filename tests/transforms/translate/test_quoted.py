import time

import pytest

from transforms.translate.cutting import Cutting, cut
from transforms.translate.quoted import find_quotations, shared

SQL = "SELECT name FROM employees WHERE salary > 50000;"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("All from the 'employees' table, where 'salary' is high, or 'wages'.", SQL), ("'employees'", "'salary'")),
        (("Print \u201cHello, World!\u201d once.", "print('Hello, World!')"), ("\u201cHello, World!\u201d",)),
        (('Read the "name," please.', SQL), ('"name,"',)),
        (("The employee's salary and the dogs' name", SQL), ()),
        (("The dogs' 'name' and 'salary's sum', split at ' '", SQL), ("'name'",)),
        (("Say 'the \"name\" column' or \u2018salary\u2019", SQL), ('"name"', "\u2018salary\u2019")),
        (("Print 'Hello (World' once.", "print('Hello (World')"), ("'Hello (World'",)),
        (("The 'size' counts.", "x = size", "size; y = 5;"), ("'size'",)),
        (("What do 'employ' and 'loyees' mean?", SQL), ()),  # no whole words of it
        (("Define the word 'happy'.", "It means 'happy'."), ()),
        (("Use 'first_name' here.", "x = first_name;"), ()),  # is kept as it is
        (("The 'id' of `id`", "An answer in words"), ("'id'",)),
        ((), ()),
    ],
)
def test_what_prose_quotes_of_code(texts: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert shared(cut(text) for text in texts) == found


def test_quotations_are_kept_with_their_marks() -> None:
    how = Cutting(quotations=("'name'", "'salary'"))
    (segment,) = cut("Give the 'name', not 'Salary' or name.", how).segments
    assert segment.text == "Give the X0X, not 'Salary' or name."
    assert [span.text for span in segment.spans] == ["'name'"]


def test_one_quotation_may_begin_another() -> None:
    text = "'a' and 'a (b' and 'a (b c'"
    assert [text[slice(*span)] for span in find_quotations(text, ("'a (b'", "'a'"))] == ["'a'", "'a (b'"]


def test_a_text_full_of_quotations_takes_no_time() -> None:
    start = time.process_time()
    shared([cut(" ".join(f"'a{number} b'" for number in range(20_000))), cut("x = f(a1, b);\n" * 5_000)])
    assert time.process_time() - start < 10  # looking for each of them in all the code takes minutes
