import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formats.pattern import parse

KNOWN = ("input", "output")
TEXT = st.text(alphabet=st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{input}", "I"),
        ("{input}{output}", "IO"),
        ("a {output} b {input} c", "a O b I c"),
        ("{{input}}", "{input}"),
        ("{{{input}}}", "{I}"),
        ("}}{{", "}{"),
    ],
)
def test_fill(written: str, filled: str) -> None:
    pattern = parse(written, KNOWN)
    assert pattern.fill({"input": "I", "output": "O"}) == filled
    columns = {"input": pa.array(["I"] * 3), "output": pa.array(["O"] * 3)}
    assert pattern.fill_column(columns, 3).to_pylist() == [filled] * 3


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{inptu}", r"'\{inptu\}': unknown placeholder 'inptu'; did you mean 'input'\? \(known: input, output\)"),
        ("{}", "unknown placeholder ''"),
        ("{0}", "unknown placeholder '0'"),
        ("{input.__class__}", "unknown placeholder"),
        ("{input[0]}", "unknown placeholder"),
        ("{input!r}", "unknown placeholder 'input!r'"),
        ("{input:>9}", "unknown placeholder 'input:>9'"),
        ("{ input}", "unknown placeholder"),
        ("{input", "for literal braces"),
        ("a } b", "for literal braces"),
        ("a { b", "for literal braces"),
    ],
)
def test_parse_refuses(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(written, KNOWN)


@given(TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT)))
def test_data_is_never_read_as_a_pattern(before: str, between: str, rows: list[tuple[str, str]]) -> None:
    literal = [text.replace("{", "{{").replace("}", "}}") for text in (before, between)]
    pattern = parse(f"{literal[0]}{{input}}{literal[1]}{{output}}", KNOWN)
    columns = {
        "input": pa.array([a for a, _ in rows], pa.string()),
        "output": pa.array([b for _, b in rows], pa.string()),
    }
    expected = [before + a + between + b for a, b in rows]
    assert pattern.fill_column(columns, len(rows)).to_pylist() == expected
    assert [pattern.fill({"input": a, "output": b}) for a, b in rows] == expected
