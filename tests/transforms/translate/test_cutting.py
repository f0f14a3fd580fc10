import time

import pytest
from hypothesis import given, settings

from tests.transforms.translate.cut_texts import TEXTS, UNITS, same
from transforms.translate.cutting import Cutting, cut
from transforms.translate.segments import PLACEHOLDER, Segment, Span, assemble


@settings(max_examples=600, deadline=None)
@given(TEXTS, UNITS)
def test_identity_gives_the_text_back(text: str, how: Cutting) -> None:
    parts = cut(text, how)
    assert assemble(parts, same(parts)) == text


@settings(max_examples=400, deadline=None)
@given(TEXTS, UNITS)
def test_placeholders_are_numbered_in_order_and_nothing_else_looks_like_one(text: str, how: Cutting) -> None:
    for segment in cut(text, how).segments:
        assert PLACEHOLDER.findall(segment.text) == [f"X{number}X" for number in range(len(segment.spans))]
        assert segment.text == segment.text.strip() or segment.spans
        assert how.unit in ("field", "paragraph") or "\n" not in segment.text


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("# Title\n\n- item one\n  1) item two\n> said so", ["Title", "item one", "item two", "said so"]),
        ("1- One way\n2- Another\n20-year-old tea", ["One way", "Another", "20-year-old tea"]),
        ("| Name | `a|b` |\n|:---|---|\n| Bob Smith | 5 |", ["Name", "Bob Smith"]),
        (
            "Name | Home \n:---|---:\nBob Smith | the sea\n\nHere | there.\nSo",
            ["Name", "Home", "Bob Smith", "the sea", "Here | there.", "So"],
        ),
        (
            "Subject | Ending\nthe du    | of st\n\nso it ends | here",
            ["Subject", "Ending", "the du", "of st", "so it ends | here"],
        ),
        ("Name|Home|Age\n---|---|---\nBob|Rome|old", ["Name", "Home", "Age", "Bob", "Rome", "old"]),
        (
            "So\n---|---\nx one | two\none| two| three\none |two |three",
            ["So", "x one | two", "one| two| three", "one |two |three"],
        ),
        ("Shirts | two | $10\nBob|Smith|x\nor a || b || c", ["Shirts", "two", "Bob|Smith|x", "or a X0X b X1X c"]),
        ("-Whole grains: oats\n2.Pay it\n-name x\n3D films", ["Whole grains: oats", "Pay it", "-name x", "3D films"]),
        ("Sum is 5.\n#### 72", ["Sum is 5."]),
        ("Betty has $100. Her mother gave her $15.", ["Betty has $100. Her mother gave her $15."]),
        ("100 / 2 = $<<100/2=50>>50", []),
        ("x = 5\n12, 13\n--- *** ---\n`foo`\nB", []),
        ("1964 y 1968\n3 a 5%\n3 x 5\n120 m", ["1964 y 1968", "3 a 5%"]),
        ("\u4f60", ["\u4f60"]),
        ("\u4f7f\u7528`print`\u51fd\u6570", ["\u4f7f\u7528X0X\u51fd\u6570"]),
        ("It is:\n\\[\nx\n\\]\nso there", ["It is:", "so there"]),
        ("Use it:\n```py\nx\n```", ["Use it:"]),
        ("- [ ] task `x` **now**", ["task X0X now X1X"]),
        ("", []),
    ],
)
def test_lines(text: str, texts: list[str]) -> None:
    assert [segment.text for segment in cut(text).segments] == texts


def test_a_field_is_one_segment_with_its_blocks_protected() -> None:
    text = "```\na\n```\nFirst line.\n\nint x = 1;\nint y = 2;\n\nSecond `line`.\n#### 72\n"
    parts = cut(text, Cutting("field"))
    assert parts.pieces == (
        "```\na\n```\n",
        Segment("First line.\n\nX0X\n\nSecond X1X.", (Span("int x = 1;\nint y = 2;"), Span("`line`"))),
        "\n#### 72\n",
    )


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("Dr. Smith left. He paid $3.50! Why?", ["Dr. Smith left.", "He paid $3.50!", "Why?"]),
        ("See https://a.b/c. It works.", ["See X0X.", "It works."]),
        ("- One. Two.\n| Cell one. Cell two. | B |", ["One.", "Two.", "Cell one.", "Cell two."]),
        ("Call `a. B. C`. Then stop.", ["Call X0X.", "Then stop."]),
        ("\u4ed6\u8bf4\u201c\u597d\u3002\u201d" * 9999, ["\u4ed6\u8bf4\u201c\u597d\u3002\u201d"] * 9999),
        ("no end " * 2000 + "here. Then more.", ["no end " * 2000 + "here.", "Then more."]),
    ],
)
def test_sentences(text: str, texts: list[str]) -> None:
    start = time.process_time()
    assert [segment.text for segment in cut(text, Cutting("sentence")).segments] == texts
    assert time.process_time() - start < 3  # `sentencex` takes 8 s for 60,000 characters without a blank


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("One line\nand the next.\n\nAnother.\n", ["One line\nand the next.", "Another."]),
        ("Text:\n- an item\n  that goes on\n- the next", ["Text:", "an item\n  that goes on", "the next"]),
        ("Run:\n```\ncode\n```\nthen\nlook", ["Run:", "then\nlook"]),
        ("| Head |\n|---|\nAfter it\nmore", ["Head", "After it\nmore"]),
        ("Head | more\n---|---\nOne | two\n\nAfter\nit", ["Head", "more", "One", "two", "After\nit"]),
        ("Head | more\n---|---\nOne | two\nAfter\nit", ["Head", "more", "One", "two", "After\nit"]),
        ("One\n   \nTwo\n#### 72", ["One", "Two"]),
    ],
)
def test_paragraphs(text: str, texts: list[str]) -> None:
    parts = cut(text, Cutting("paragraph"))
    assert [segment.text for segment in parts.segments] == texts
    assert assemble(parts, same(parts)) == text


def test_long_segments_are_cut_between_lines_then_sentences_then_words() -> None:
    line = "First sentence here. Second one is longer than that. Third."
    parts = cut(f"{line}\n{line}", Cutting("field", 40))
    assert [segment.text for segment in parts.segments] == [
        "First sentence here.",
        "Second one is longer than that. Third.",
        "First sentence here.",
        "Second one is longer than that. Third.",
    ]
    assert [s.text for s in cut("one two three four", Cutting("line", 8)).segments] == ["one two", "three", "four"]
    assert [s.text for s in cut("\u4f60" * 5, Cutting("line", 2)).segments] == [
        "\u4f60\u4f60",
        "\u4f60\u4f60",
        "\u4f60",
    ]
    assert [s.text for s in cut("see `a long piece of code` now", Cutting("line", 8)).segments] == ["see", "now"]


def test_terms_are_kept_as_whole_words() -> None:
    how = Cutting(keep=("Lang Loom", "AI"))
    (segment,) = cut("Ask Lang Loom about AI, not AIR: https://x.org/AI", how).segments
    assert segment.text == "Ask X0X about X1X, not AIR: X2X"
    assert [span.text for span in segment.spans] == ["Lang Loom", "AI", "https://x.org/AI"]
    assert cut("AI - Lang Loom", how).segments == ()
    assert [segment.text for segment in cut("Ask now", Cutting(keep=("", " "))).segments] == ["Ask now"]
