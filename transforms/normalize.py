"""A rewriter that normalises text: composed characters, no control characters, and more where asked for."""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.example import CONTENT, replace_columns
from transforms.rules.fields import check_fields

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACE = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SPACES = re.compile(rf"(?<=[^\s{_SPACE}])[{_SPACE}]{{2,}}")
_AMPERSAND = re.compile(r"&(?:amp;)+")
_ROUNDS = 16


@dataclass(frozen=True)
class Normalize:
    """Normalises text: to Unicode's form NFC, and without control characters. Nothing else, unless asked for.

    Line ends (CR LF, CR, VT, FF, NEL) become LF; the other control characters (category Cc) but the tab are removed.
    What is normal already stays as it is; normalising twice is normalising once.

    Parameters:
      spaces: collapse runs of spaces and tabs to one space, except indentation; remove those at ends of lines, and all
        white space around the text.
      entities: replace HTML entities (`&amp;` by `&`), also those that were escaped several times.
      ftfy: mend text that was decoded with the wrong encoding ("schÃ¶n"), and nothing else that ftfy offers. Needs
        `pip install "langloom[text]"`.
      fields: the content columns to normalise; by default all.

    Reads and writes the content columns. Raises ImportError where ftfy is asked for and isn't there.

    After Unicode Standard Annex 15.
    """

    spaces: bool = False
    entities: bool = False
    ftfy: bool = False
    fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self.fields)

    def rewrite(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        changed = {}
        for name in self.fields or CONTENT:
            column = batch.column(name)
            new = self._turns(column) if name == "history" else self._texts(column)
            if new is not column:
                changed[name] = new
        return replace_columns(batch, changed) if changed else batch

    def normalize(self, text: str) -> str:
        """Return the normalised text."""
        # One kind of mending can bring to light what another is for: an entity may stand for a control character.
        for _ in range(_ROUNDS):
            before = text
            text = self._once(text)
            if text == before:
                break
        return text

    def _once(self, text: str) -> str:
        if self.ftfy and not text.isascii():
            text = _mend()(text)
        if _CONTROL.search(text):
            text = _CONTROL.sub("", _LINE_END.sub("\n", text))
        if self.entities and "&" in text:
            text = html.unescape(_AMPERSAND.sub("&", text))
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
        return _collapse(text) if self.spaces else text

    def _texts(self, column: Any) -> Any:
        """Return a column of strings normalised, and the very column where there was nothing to do."""
        suspects = self._suspects(column)
        rows = np.flatnonzero(suspects)
        if not len(rows):
            return column
        old = column.take(pa.array(rows)).to_pylist()
        new = [self.normalize(text) for text in old]
        if old == new:
            return column
        return pc.replace_with_mask(column, pa.array(suspects), pa.array(new, pa.string()))

    def _suspects(self, column: Any) -> Any:
        """Return for each text whether it may need anything, by tests that Arrow does at once."""
        tests = [
            pc.match_substring_regex(column, r"[\x00-\x08\x0b-\x1f\x7f]"),
            pc.invert(pc.string_is_ascii(column)),
        ]
        if self.entities:
            tests.append(pc.match_substring(column, "&"))
        if self.spaces:
            tests.append(pc.match_substring_regex(column, r"[ \t][ \t\n]|\A\s|\s\z"))
        return np.logical_or.reduce([test.to_numpy(zero_copy_only=False) for test in tests])

    def _turns(self, history: Any) -> Any:
        """Return the column `history` with all that was said normalised, or the very column."""
        turns = pc.list_flatten(history)
        sides = [pc.struct_field(turns, name) for name in ("user", "assistant")]
        new = [self._texts(side) for side in sides]
        if all(one is other for one, other in zip(new, sides, strict=True)):
            return history
        lengths = pc.list_value_length(history).to_numpy(zero_copy_only=False)
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(new, fields=list(turns.type)), history.type)


def _collapse(text: str) -> str:
    lines = (line.rstrip() for line in _SPACES.sub(" ", text).split("\n"))
    return "\n".join(lines).strip()


@cache
def _mend() -> Callable[[str], str]:
    try:
        import ftfy
    except ImportError:
        raise ImportError('normalize: {ftfy: true} needs the package ftfy: pip install "langloom[text]"') from None
    # Widths, quotes and ligatures are the author's: full-width punctuation is right in Chinese and Japanese.
    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization=None,
        explain=False,
    )

    def mend(text: str) -> str:
        mended: str = ftfy.fix_text(text, config)
        return mended

    return mend
