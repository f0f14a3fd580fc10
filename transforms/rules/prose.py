"""What of a text is prose: without code, addresses and markup, which look alike in every language."""

import re

import pyarrow as pa

from transforms.example import CONTENT
from transforms.translate.cutting import Cutting, cut
from transforms.translate.fields import texts_of
from transforms.translate.quoted import QUOTED, shared
from transforms.translate.segments import PLACEHOLDER

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
    if "`" in text or "://" in text or "@" in text or "<" in text:
        return _NOT_PROSE.sub(" ", text)
    return text


def strict_prose(text: str, quotations: tuple[str, ...] = ()) -> str:
    """Return what of the text there is to translate: also without unfenced code, formulas, placeholders and quotations.

    It takes some 50 microseconds, where `prose` takes less than one: for a closer look at what seems to be amiss.
    """
    segments = cut(text, Cutting(quotations=quotations)).segments
    return "\n".join(PLACEHOLDER.sub(" ", segment.text) for segment in segments)


def quotations_of_code(batch: pa.RecordBatch, row: int, *judged: str) -> tuple[str, ...]:
    """Return what a row's prose quotes of its code, which `translate` leaves as it is; nothing where no text judged
    quotes anything.
    """
    if not any(map(QUOTED.search, judged)):
        return ()
    texts = [text for name in CONTENT for text, _ in texts_of(name, batch.column(name)[row].as_py()) if text]
    return shared(map(cut, texts))
