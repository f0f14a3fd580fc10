"""What of a text is prose: without code, addresses and markup, which look alike in every language."""

import re

_MARKS = ("`", "://", "@", "<")
_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)"  # fenced code, also where it was cut
    r"|`[^`\n]+`"
    r"|[a-z]{1,10}://\S+"
    r"|\S{1,64}@\S+"
    r"|<<[^<>]*>>"  # GSM8K's calculator annotations
    r"|</?[A-Za-z][^<>]*>",
    re.DOTALL,
)


def prose(text: str) -> str:
    """Return the text with a space in place of code in backticks, URLs, addresses, HTML tags and calculator marks."""
    if any(mark in text for mark in _MARKS):
        return _NOT_PROSE.sub(" ", text)
    return text
