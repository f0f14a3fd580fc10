"""Texts that aren't YAML: the line to look at, and words for what people get wrong."""

import pytest

from pipeline.errors import RecipeError
from pipeline.language.yaml12 import parse

COLON = (
    "a colon can't be here: is the line indented as it should be, has the line before it a space after its colon, "
    "or is this text that needs quotes?"
)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\n\tb: 2\n", 2, "a tab where YAML takes spaces alone"),
        ("a:\t1\n", 1, "a tab where YAML takes spaces alone"),
        ("a:\n  b: 1\n\u00a0\u00a0c: 1\n  d: 2\n", 3, "the line begins with U+00A0, which isn't YAML's space"),
        ("a: @x\n", 1, "text that begins with @ needs quotes"),
        ("a: b: c\n", 1, COLON),
        ("seed:17\na: 1\n", 2, COLON),
        ("a: x\n  b: 1\n", 2, COLON),
        ("a: 1\nseed 17\nb: 1\n", 2, "no colon with a space after it makes a key of this line"),
        ('a: 1\nb: "x\nc: 1\n', 2, "the quote that opens here is never closed"),
        ("a: 'it's'\n", 1, "text goes on behind a quote or bracket that has closed; within single quotes, '' is one"),
        ("a: {b: 1\nc: 2\n", 2, "within the braces that open on line 1, expected ',' or '}', but got ':'"),
        ("a: [1, 2\nb: 3\n", 2, "within the brackets that open on line 1, expected ',' or ']', but got ':'"),
        ("a: {b: 1}}\n", 1, "} can't be here: nothing is open that it could close or divide"),
        ("a:\n    b: 1\n  c: 2\n", 3, "the line is indented neither as what begins on line 1 nor as anything since"),
        ("- a\nb: 1\n", 2, "a key where the list that begins on line 1 has dashes"),
        ("a: 1\n- b\n", 2, "a dash where the mapping that begins on line 1 has keys"),
        ("a: |${x}\n", 1, "while scanning a block scalar, expected chomping or indentation indicators, but found '$'"),
    ],
)
def test_what_is_said(text: str, line: int, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse(text, "x")
    assert str(caught.value) == f"x:{line}: not YAML: {message}"
