"""Where spans that end at a closing mark do: code, maths, comments, environments, and labels that a text defines.

Each kind of mark is looked for once in a text, so that many openings without an end take linear time. Inline maths
follows Pandoc's `tex_math_dollars`, code CommonMark 0.31 (see `spans.py`).
"""

import re
from bisect import bisect_left

DEFINITION = (  # of CommonMark (4.7): [label]: https://example.com/ "Title"
    r"(?m:^) {0,3}+\[(?!\^)([^\[\]\n]++)\]:[ \t]*+(?:<[^<>\n]*+>|(?!\d)[^\s</#.]*+[/#.]++\w\S*+)"
    r"(?=[ \t]*+(?:\"[^\"\n]*+\"|'[^'\n]*+'|\([^()\n]*+\))?[ \t\r]*+(?:\n|\Z))"
)

_PROSE = re.compile(  # two words, or two letters of a script in which nobody writes maths
    r"(?<![^\W\d_])[^\W\d_]{2,}+ [^\W\d_]{2}|[\u0400-\u1cff\u2e80-\ud7ff]{2}"
)
_LATEX = re.compile(r"\\|[_^]\{")
_FACTOR = re.compile(r"\(?(?:[A-Z]|[a-z]{1,2})(?![A-Za-z])|[_^]")  # "2$n$, 10$^6$"; but "5$, 10$", "5$US, 10$US"
_LONG_RUN = re.compile(r"`{3,}+")


class ClosingMarks:
    """Where closing marks stand in one text; each kind is looked for once, when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[str, list[int]] = {}
        self._labels: set[str] | None = None

    def _next(self, name: str, pattern: str, position: int) -> int:
        if name not in self._found:
            self._found[name] = [match.start() for match in re.finditer(pattern, self.text)]
        places = self._found[name]
        at = bisect_left(places, position)
        return places[at] if at < len(places) else -1

    def after(self, mark: str, position: int, limit: int) -> int:
        """Return the end of the next mark that begins before the limit, or -1."""
        if mark.startswith("\\end{"):  # names of environments are the text's own choice: all are found at one go
            if "\\end" not in self._found:
                self._found["\\end"] = []
                for match in re.finditer(r"\\end\{[A-Za-z]++\*?\}", self.text):
                    self._found.setdefault(match.group(), []).append(match.start())
            self._found.setdefault(mark, [])
        place = self._next(mark, re.escape(mark), position)
        return place + len(mark) if 0 <= place < limit else -1

    def defines(self, label: str) -> bool:
        """Say whether a link's label is defined somewhere."""
        if self._labels is None:
            self._labels = {_normal(match[1]) for match in re.finditer(DEFINITION, self.text)}
        return _normal(label) in self._labels

    def line_end(self, position: int) -> int:
        """Return where the line ends."""
        place = self._next("\n", "\n", position)
        return len(self.text) if place < 0 else place

    def paragraph_end(self, position: int) -> int:
        """Return where the next blank line begins."""
        place = self._next("blank", r"\n[ \t\r]*+\n", position)
        return len(self.text) if place < 0 else place

    def maths_end(self, start: int, inside: int) -> int:
        """Return the end of `$...$` (Pandoc's rule) or `$$...$$`, or -1 where `$` is money."""
        text = self.text
        if inside - start == 2:
            end = self.after("$$", inside, self.paragraph_end(inside))
            return end if end > inside + 2 else -1
        close = self._next("$", r"(?<!\\)\$", inside)
        if not inside < close < self.line_end(inside) or text[inside].isspace() or text[close - 1].isspace():
            return -1
        if text[close + 1 : close + 2].isdigit():
            return -1
        if _LATEX.search(text, inside, close):
            return close + 1
        after_number = text[start - 1 : start].isdigit()
        if (after_number and not _FACTOR.match(text, inside)) or _PROSE.search(text, inside, close):
            return -1
        return close + 1

    def code_end(self, start: int, inside: int) -> int:
        """Return the end of the code that a run of backticks opens: on its line, or a fence from three backticks on."""
        length = inside - start
        if "runs" not in self._found:
            self._found["runs"] = []
            for match in re.finditer("`++", self.text):
                self._found.setdefault(f"run {len(match.group())}", []).append(match.start())
        self._found.setdefault(f"run {length}", [])
        close = self._next(f"run {length}", "", inside)
        if 0 <= close < self.line_end(inside):
            return close + length
        return self.fence_end("`" * length, inside) if length >= 3 else -1

    def fence_end(self, fence: str, inside: int) -> int:
        """Return the end of a fenced block: after the next fence alone on its line, else the next one, else the end."""
        line = self.line_end(inside)
        mark = rf"{fence[0]}{{{len(fence)},}}+"
        alone = self._next(f"alone {mark}", rf"\n[ \t>]*+{mark}[ \t\r]*+(?=\n|\Z)", line)
        if alone >= 0:
            return self.line_end(alone + 1)
        run = self._next(mark, mark, line) if fence[0] == "`" else -1
        if run >= 0:
            match = _LONG_RUN.match(self.text, run)
            return match.end() if match else -1
        begins_line = not self.text[self.line_start(inside) : inside - len(fence)].strip(" \t>")
        return len(self.text) if begins_line else -1

    def line_start(self, position: int) -> int:
        """Return where the line begins."""
        return self.text.rfind("\n", 0, position) + 1


def _normal(label: str) -> str:
    return " ".join(label.casefold().split())
