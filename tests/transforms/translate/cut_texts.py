"""Texts of what must not change and what is translated, and ways to cut them, for property tests."""

from hypothesis import strategies as st

from transforms.translate.cutting import Cutting
from transforms.translate.segments import Cut

PIECES = st.sampled_from(
    ["word", "Two words", " ", "\n", "\n\n", "`code`", "$x+y$", "$5", "$$\na\n$$", "https://a.b/c", "a@b.cd", "<b>",
     "</b>", "{name}", "%s", "<<1+1=2>>2", "X0X", "X1X", "x1x", "X", "1", "0X", "```\ncode\n```", "| a | b |",
     "a | b\n--|--\nc | d",
     "'word'", '"Two words"',
     "- ", "# ", "1. ", "#### 72", "\u6f22", "\u0e01",
     "**", "\u20ac", "\r", "\t", "\x0b", "\u2028", "int x = 1;",
     "\u00b2", "_", "\\", "(", ")", "snake_case", "\U0001f389"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join))
UNITS = st.builds(
    Cutting,
    st.sampled_from(["line", "sentence", "paragraph", "field"]),
    st.sampled_from([0, 1, 5, 20]),
    st.sampled_from([(), ("word",), ("Two words", "words", "\u6f22", "a")]),
    st.sampled_from([(), ("'word'",), ('"Two words"', "'word'")]),
)


def same(parts: Cut) -> dict[str, str]:
    return {segment.text: segment.text for segment in parts.segments}
