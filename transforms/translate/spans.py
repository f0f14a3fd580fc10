"""What must not change inside a text: code, maths, links, tags, placeholders and the like, found in linear time.

A regular expression for each kind says where something may begin; what ends at a closing mark (code, maths, comments)
is completed by looking that mark up. No pattern can scan the same stretch more than a few times: each either begins
at a character that its body excludes, or can't begin inside a run of its own characters (look-behind), and runs are
possessive.

Inline maths follows Pandoc's `tex_math_dollars` (https://pandoc.org/MANUAL.html#math): the opening `$` has a non-space
right after it; the closing one, which is the next `$`, has a non-space right before it and no digit right after it.
Fences and code spans follow CommonMark 0.31 (4.5, 6.1), but a fence may also begin at the end of a line of text.
"""

import re
from collections.abc import Callable
from functools import cache
from heapq import heapify, heappop, heapreplace
from typing import Any

from transforms.translate.closing_marks import DEFINITION, ClosingMarks

LOOKALIKE = r"X[0-9]+X"
"""What placeholders look like in a segment's text; where a text has such words of its own, they are protected."""

BLANKS = " \u00a0\u202f"
"""What engines put around placeholders."""

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
"""Letters that are written without spaces between words."""

HANGUL = "\u1100-\u11ff\uac00-\ud7af"
"""Letters of Korean, whose particles are written on to the word before, in whatever script."""

_NAMES = (  # how names of files, and of sites without a scheme, end
    "txt|md|pdf|docx?|xlsx?|pptx?|csv|tsv|jsonl?|ya?ml|toml|xml|html?|css|scss|jsx?|tsx?|mjs|py|ipynb|java|cpp|cc|hpp|"
    "cs|go|rs|rb|php|sh|bat|sql|db|log|ini|cfg|conf|env|exe|dll|zip|t?gz|tar|png|jpe?g|gif|svg|webp|ico|mp3|mp4|wav|"
    "parquet|tex|bib|swift|kt|lua|vue|com|org|net|edu|gov|io"
)
_SYMBOLS = (  # neither letters nor digits nor punctuation: currency, arrows, maths, emoji; engines drop or replace them
    "\u00a2-\u00a9\u00ac\u00ae-\u00b1\u00b4\u00b6\u00b8\u00d7\u00f7\u02c2-\u02df\u2020-\u2023\u2030-\u2038\u203b-\u2044"
    "\u2062-\u2064\u20a0-\u20cf\u2100-\u214f\u2190-\u2bff\u3012\u3013\ufe0e\ufe0f\u200d\ufffc\ufffd\ue000-\uf8ff"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
_FRACTIONS = "\u00bc-\u00be\u2150-\u215e"
_RAISED = f"\u00b2\u00b3\u00b9\u2070-\u209c{_FRACTIONS}"
_LETTER = "A-Za-z\u0370-\u03ff"  # of units and unknowns: m\u00b2, \u03c0r\u00b2
_LINK = r"[^\s<>\"'`\u3000-\u303f\uff00-\uffef]++"
_AMOUNT = r"[$€£¥]?(?:[0-9]++(?:[.,:][0-9]++| [0-9]{3}(?![0-9]))*+|\.[0-9]++)(?:%|[A-Za-z](?!\w))?(?!\w)"
_UNKNOWN = r"[b-zB-HJ-Z](?!\w)"  # a letter that is no word
_OPERATOR = "[-+*/=×÷^]"
_SUM = (  # 3*120=360, 157,000 + 499,000, 100-x, 5x + 3y = 27
    rf"(?<![\w.,:%*/+=×÷^-])(?:{_AMOUNT}|[A-Za-z](?={_OPERATOR}[\w$.])|{_UNKNOWN}(?= [-+*/=×÷] [\w$.]))"
    rf"(?:{_OPERATOR}(?:{_AMOUNT}|[A-Za-z](?!\w))| [-+*/=×÷] (?:{_AMOUNT}|{_UNKNOWN})| x {_AMOUNT})++"
)
_COUNTED = r"[0-9]++%?(?:st|nd|rd|th)? [^\W\d_]{2}"  # a result that counts what follows: "3*5 = <<3*5=15>>15 crickets"
_SPACED = r" (?=[A-Z0-9(][\w.$~@+()-]*+(?: [A-Z0-9(][\w.$~@+()-]*+){0,3}\\)"  # in names as `Program Files`

_METADATA = (  # one of these is in the front matter of Jekyll, Hugo, Docusaurus, R Markdown and the Hub
    "title|layout|date|tags|authors?|description|categor(?:y|ies)|slug|draft|published|permalink|name|id|license|"
    "lang(?:uages?)?|keywords"
)
_TEXTUAL = (  # environments of LaTeX whose text is the document's
    "itemize|enumerate|description|quote|quotation|center|abstract|proof|theorem|lemma|corollary|proposition|definition|"
    "example|remark|problem|solution|exercise"
)

# What a kind begins with (none of them there: the kind can't occur), and its pattern. Where several could begin at one
# place, the first wins. Named groups are only the beginning: see `_complete`.
# What a pattern begins with is said before what stands before it: `re` is slow where a search begins by looking back.
_KINDS: tuple[tuple[str, str], ...] = (
    ("---", rf"\A---\r?\n(?=(?:(?!---)[^\n]*+\n)*?(?:{_METADATA}):)"  # front matter
            r"(?:[a-z][\w-]*+:(?:[ \t][^\n]*+)?\r?\n(?:(?:[ \t]++|- |\#)[^\n]++\n)*+)++---(?=\r?\n|\Z)"),
    ("`", r"(?P<ticks>`++)"),
    ("~~~", r"(?m:^)[ \t>]*+(?P<tildes>~{3,}+)"),
    ("<<", rf"<<[^<>\n]*+>>(?={_COUNTED})|[$€£¥]?<<[^<>\n]*+>>(?:-?\.?[0-9](?:[0-9.,]*[0-9])?%?)?"),  # of GSM8K
    ("<!--", r"(?P<comment><!--)"),
    ("<", r"(?P<raw><(?:pre|script|style)\b[^<>]*+>)"),
    ("<", r"</?[A-Za-z][\w:.-]*+(?:\s[^<>\n=]*+=[^<>\n]*+)?\s*+/?>|<![A-Za-z][^<>\n]*+>"),
    ("<", r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+|[\w.+-]++@[\w.-]++)>"),  # of CommonMark (6.5)
    ("<|", r"<\|[\w:.-]++\|>"),  # <|im_start|>
    ("<", r"<(?<!\S.)=?(?!\S)"),
    (">", r">(?<!\S.)=?(?!\S)(?<!\n>)(?<!\A>)"),
    ("=", r"(?=[=!:+*/~-])(?:(?<![=<>!~:+*/|&-])(?:===?|!==?)(?![=>])|(?<!\S)(?:=>|:=|[-+*/~]=)(?!\S))"),
    ("-", r"(?<!\S)(?:<-|->)(?!\S)"),
    ("&&", r"(?<!\S)&&(?!\S)"),
    ("||", r"(?<!\S)\|\|(?!\S)"),
    (":", r":(?<![\w:].)[a-z][a-z0-9_+-]*+:(?![\w:])"),  # :smile:, and roles of reStructuredText
    ("${", r"\$\{[^{}\n]*+\}"),
    ("{{", r"\{\{[^{}\n]*+\}\}"),
    ("{%", r"\{%[^{}%\n]*+%\}"),
    ("{#", r"\{#[^{}#\n]*+#\}"),
    ("{", r"\{[\w.:!\[\]-]*+\}|\{[\w.]++(?:\[[^{}\[\]\n]*+\][\w.]*+)*+(?:![rsa])?(?::[\w.,<>=^%+#-]*+)?\}"),
    ("{", r"\{\s*+[\"'][^{}\n]*+\}"),
    ("](", r"(?<=\]\()(?=[^()\s/#.]*+[/#.])(?:[^()\s]|\([^()\s]*+\))++(?=\)| \")"),
    ("]:", DEFINITION),
    ("]:", r"(?<=\]\[)(?P<label>[^\[\]\n]++)(?=\])"),  # [text][label]
    ("]:", r"(?<!\])\[(?P<label>[^\[\]\n]++)\](?:\[\])?(?!\[[^\[\]\n]|\()"),  # [label][], [label]
    ("[^", r"\[\^[^\[\]\s]++\]"),  # a footnote's mark
    ("[", r"\[(?:[\"']|-?[0-9])(?![^\[\]\n]*?[a-z]{2} [a-z]{2,} [a-z]{2})[^\[\]\n]*+\]"),
    ("$", r"(?P<dollars>\$\$?)"),
    (":\\", rf"(?<!\w)[A-Za-z]:\\(?:[\w\\.$~@+-]++|{_SPACED}|\([\w.]*+\)(?=\\))*+"),
    ("\\\\", rf"(?<![\w\\])\\\\[\w.$-]++\\[\w$](?:[\w\\.$~@+-]++|{_SPACED})*+"),  # a folder that another machine shares
    ("\\", rf"(?P<latex>\\[(\[]|\\begin\{{(?!(?:{_TEXTUAL})\}})(?P<env>[A-Za-z]++\*?)\}})"),
    ("\\\\", r"\\\\[A-Za-z]++(?:\{(?:[^{}\n]|\{[^{}\n]*+\})*+\})++"),  # LaTeX that was escaped twice
    ("\\", r"\\[nt](?=[A-Z][a-z])(?!Rightarrow|Left(?:right)?arrow|Vdash)"),  # an escaped line end: "pride.\nThe"
    ("\\", r"\\[A-Za-z]++(?:\{(?:[^{}\n]|\{[^{}\n]*+\})*+\})*+|\\[^\w\s]"),
    ("%", r"(?<![0-9%])%(?:\([A-Za-z_]\w*+\)|[1-9]\$)?[-+0#]?[0-9]*+(?:\.[0-9]++)?[sdifgexXuc](?![\w%])"),
    ("://", rf"(?<![A-Za-z0-9+-])(?P<url>[A-Za-z][A-Za-z0-9+-]*+://{_LINK})"),
    ("www.", rf"(?<!\w)(?P<www>www\.{_LINK})"),
    ("dotted", rf"(?<![\w./~@+-])(?P<site>(?:[\w-]++\.)++[a-z]{{2,}}+/{_LINK})"),
    ("@", r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++|(?<![\w@])@[A-Za-z_]\w++"),
    ("/", r"(?=[~./])(?<![\w./~@+-])(?:(?:~|\.\.?)?/[\w.@+-]*[\w@+-]/[\w.@+/-]*[\w/]|(?:~|\.\.?)/[\w.@+-]*\w)"),
    ("/", r"(?<=[\"'`\u2018\u201c])/[\w.@+-]++(?=[\"'`\u2019\u201d])|(?<![\w./])[ru]/[A-Za-z]\w++(?![/\w])"),
    ("dotted", rf"(?<![\w./~@+-])(?:[\w@+-][\w.@+-]*+/)*+[\w-]++(?:\.[\w-]++)*?\.(?:{_NAMES})(?![\w-])"),
    ("#", r"(?<!\w)(?:[A-Za-z]\#(?!\w)|\#[A-Za-z_]\w++)"),
    ("++", r"(?<!\w)[A-Za-z]\+\+(?!\w)"),
    ("**", r"\*\*++"),
    ("(", r"\((?<=[a-z].)[0-9.,]++ [A-Za-z]{1,2}\)"),  # sugar(100 g)
    ("(", r"(?<![\w.])[A-Za-z_][\w.]*+\((?!e?s\)|[0-9.,]++ [A-Za-z]++\))(?:[\"'][^()\"'\n]{0,200}[\"']|"
          r"(?![^()\n]{0,80}?[a-z]{2} [a-z]{2,} [a-z]{2})[^()\n\u3001]{0,80})\)(?![A-Za-z])"),
    ("^", r"(?<!\w)\w++(?:\^(?:[-+]?\w++|\{[^{}\n]*+\}|\([^()\n]*+\)))++|\^"),
    ("_", r"(?<!\w)(?!_[A-Za-z]++_(?!\w)|__?[^\W_][^_\s]*+ [^_\n]{0,200}(?<=\S)__?(?!\w))"  # not _for stress_
          r"(?=_|[^\W_]++_++[^\W_]|(?<=['\"])[^\W_]++_)\w++"),
    ("X", LOOKALIKE),
    ("camel", r"(?<!\w)[a-z][a-z0-9]*+[A-Z]\w*+"),
    ("sum", rf"(?P<sum>{_SUM})"),
    ("mixed", r"(?<![\w/-])(?=[A-Za-z0-9/-]*?(?:[0-9][A-Za-z]|[A-Za-z][0-9]))"  # chess positions, UUIDs, parts' numbers
              r"[A-Za-z0-9]++(?:[/-][A-Za-z0-9]++){3,}+(?![\w/-])"),
    ("\u00b0", r"\u00b0 ?[CFK](?!\w)"),
    ("symbol", r"[0-9#*]\ufe0f?\u20e3"),  # the keys of a keypad
    ("symbol", rf"(?<![{_LETTER}])[{_LETTER}]{{1,3}}[{_RAISED}]++|"
               rf"(?:(?<![0-9.,])[0-9]++(?:[.,][0-9]++)*+(?: (?=[{_FRACTIONS}]))?)?[{_RAISED}]++|"  # 2\u00bd
               rf"(?!(?<=\u3001)\u2022\u3001)[{_SYMBOLS}]++|"  # not the point in a foreigner's name in Chinese
               r"[\x00-\x08\x0e-\x1f\x7f]++"),
)  # fmt: skip
# What says that a kind may occur that begins with no sign of its own. The rarest character is looked for first, as `re`
# skips to it, and then what stands around it.
_SIGNLESS: dict[str, Callable[[str], Any]] = {
    "camel": re.compile(r"[A-Z](?<=[a-z0-9].)").search,
    "mixed": re.compile(r"[0-9](?:[A-Za-z]|(?<=[A-Za-z].))").search,
    "sum": re.compile(
        rf"[0-9](?:[%A-Za-z]? ?[-+*/=×÷x^]|(?<={_OPERATOR}.)|(?<={_OPERATOR}[ $.].)|(?<={_OPERATOR} [$.].))"
    ).search,
    "dotted": re.compile(r"\.[a-z]").search,
    "symbol": re.compile(r"[^\t\n\r -~]").search,
}
_RESULT = re.compile(rf"(?<==) ?(?={_COUNTED})[0-9]++%?")
_CALCULATED = re.compile(r"(?:[-+*/×÷^]| x )[^=]*=")
_CALCULATES = re.compile(r"[+*=×÷]| x |-[a-z]\Z|\A[a-z]-")


@cache
def _kinds() -> tuple[tuple[tuple[str, tuple[int, ...]], ...], tuple[Callable[..., re.Match[str] | None], ...]]:
    """Return the signs, each with the kinds that begin with it, and what searches for each kind."""
    signs: dict[str, tuple[int, ...]] = {}
    for at, (sign, _) in enumerate(_KINDS):
        signs[sign] = (*signs.get(sign, ()), at)
    return tuple(signs.items()), tuple(re.compile(pattern).search for _, pattern in _KINDS)


_WRITTEN_ON = rf"[{UNSPACED}{HANGUL}]++"
_LETTERS = re.compile(rf"(?<![A-Za-z0-9+-])(?P<address>[A-Za-z](?:[A-Za-z0-9+-]*+:/|:\\){_LINK})|{_WRITTEN_ON}")
_NOT_OF_ADDRESS = re.compile(rf"(?<![/\\=_{UNSPACED}{HANGUL}-]){_WRITTEN_ON}")
# The kinds that such letters are part of ({\u59d3\u540d}, labels), or that aren't known beside them (3+5=8\u500b).
_WITH_LETTERS = frozenset(at for at, (sign, _) in enumerate(_KINDS) if sign in ("{", "sum", "]:"))


def _apart(text: str) -> str:
    """Return the text with a mark of punctuation for each letter that words of other scripts are written on to.

    So names begin and end beside them. In an address they are its own where a part of it begins with them.
    """
    if text.isascii():
        return text
    return _LETTERS.sub(
        lambda match: _NOT_OF_ADDRESS.sub(_marked, match[0]) if match["address"] else _marked(match), text
    )


def _marked(match: re.Match[str]) -> str:
    return "\u3001" * len(match[0])


def find_spans(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of what must not change, in order and without overlap; neighbours are not merged.

    The next of each kind is held; the one that begins first is taken, of several the first kind's.
    """
    signs, searches = _kinds()
    apart = _apart(text)
    ahead: list[tuple[int, int, re.Match[str]]] = []
    for sign, kinds in signs:
        if _SIGNLESS[sign](text) if sign in _SIGNLESS else sign in text:
            for kind in kinds:
                if match := searches[kind](text if kind in _WITH_LETTERS else apart):
                    ahead.append((match.start(), kind, match))
    heapify(ahead)
    spans, position, marks = [], 0, ClosingMarks(text)
    while ahead:
        start, kind, match = ahead[0]
        onward = match.end() if match.lastgroup == "ticks" else start + 1  # another kind may begin where one fails
        if start >= position:
            end = match.end() if match.lastgroup is None else _complete(match, marks)
            if end > start:
                spans.append((start, end))
                position = end
            elif match.lastgroup == "sum":
                onward = match.end()  # no part of it is one either
        following = searches[kind](text if kind in _WITH_LETTERS else apart, max(position, onward))
        if following:
            heapreplace(ahead, (following.start(), kind, following))
        else:
            heappop(ahead)
    return spans


def _complete(match: re.Match[str], marks: ClosingMarks) -> int:
    """Return where the span that begins here ends, or -1 if it isn't one."""
    text, kind, start = match.string, match.lastgroup, match.end()
    if kind in ("url", "www", "site"):
        return _trimmed(text, match.start(), start)
    if kind == "label":
        return start if marks.defines(match["label"]) else -1
    if kind == "sum":
        return _sum_end(match)
    if kind == "ticks":
        return marks.code_end(match.start(), start)
    if kind == "tildes":
        return marks.fence_end(match.group("tildes"), start)
    if kind == "comment":
        return marks.after("-->", start, len(text))
    if kind == "raw":
        name = match.group()[1:].split(">")[0].split()[0].lower()
        return marks.after(f"</{name}>", start, len(text))
    if kind == "dollars":
        return marks.maths_end(match.start(), start)
    if match.group() == "\\(":
        return marks.after("\\)", start, marks.line_end(start))
    closing = "\\]" if match.group() == "\\[" else f"\\end{{{match.group('env')}}}"
    return marks.after(closing, start, marks.paragraph_end(start) if closing == "\\]" else len(text))


def _sum_end(match: re.Match[str]) -> int:
    """Return the end of terms with operators between, or -1: ranges, fractions, dates, names of models are no sums.

    A result that counts what follows ("= 15 crickets") is no part of the sum: engines order and inflect words by it.
    """
    if not any(map(str.isdecimal, match.group())):
        return -1
    text, end = match.string, match.end()
    if not _CALCULATES.search(match.group()) and not text[end : end + 2].lstrip().startswith("="):
        return -1
    last = text.rfind("=", match.start(), end) + 1
    result = _RESULT.match(text, last) if _CALCULATED.search(text, match.start(), last) else None
    return last if result and result.end() == end else end


def _trimmed(text: str, start: int, end: int) -> int:
    """Return where a link ends without the sentence's punctuation; a bracket closes in it what was opened in it."""
    opened = {")": "(", "]": "[", "}": "{"}
    balance = {
        closing: text.count(closing, start, end) - text.count(opens, start, end) for closing, opens in opened.items()
    }
    while end > start and (text[end - 1] in ".,;:!?*_\\" or balance.get(text[end - 1], 0) > 0):
        if text[end - 1] in balance:
            balance[text[end - 1]] -= 1
        end -= 1
    return end
