"""Which lines are source code though nothing fences them (GPTeacher's answers, for one, are bare C++ or Python).

A careful heuristic over lines, which would rather give a line of code to the engine than keep a line of prose from it:

* a line is *strong* where its form is that of a statement: it ends in `;` or `{`; it is a definition, an import, a
  block's head (`for x in y:`, `} else {`), an assignment, a bare call, a literal list or mapping; and, strings and
  comments taken away, it holds no four words in a row, as sentences do, and nothing in other letters than Latin;
* a line is *weak* where code may look so, but other text too: blank, indented, a comment, brackets only, `return x`;
* a block is a run of both that begins and ends in what only code has. It is code if it holds two strong lines, or one
  that is *certain* by itself (`def f(x):`, `console.log(x);`);
* up to three lines in a row that say nothing by themselves, with code right above and right below, are code too, unless
  they read like a sentence or a label (`Output:`);
* what follows prose on one line, after a colon or the end of a sentence, is code if it is certain by itself, in quotes
  too;
* a whole document in HTML, XML or SVG is code from its first line to its last;
* what parses as JSON over several lines, and lines one below the other with as many commas and no blanks after these,
  rows of a CSV file, are literal data.
"""

import re
from itertools import islice

from transforms.translate.data_lines import mark_json, mark_rows

_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|(?<!\w)[fFrRbBuU]{0,2}'(?:[^'\\\n]|\\.)*+'|`[^`\n]*+`")
_COMMENT = re.compile(
    r"(?=[#/<-])"  # `re` is quick to pass over what begins with none of these
    r"(?:(?:(?<=[\s;{}),:])|\A)(?:\#(?!include|define|if|endif|pragma|!)|(?<![a-z]:)//(?!=)|--\s|/\*).*|<!--.*)"
)
_SENTENCE = re.compile(  # four words in a row, or two characters of a script in which nobody writes programs
    r"(?<![\w.])(?:[^\W\d_][^\W\d_A-Z]*+(?:'[^\W\d_A-Z]*+)*+,? ){3}[^\W\d_](?:[^\W\d_A-Z]|')"
    r"|[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefe\uff66-\uffdc]{2}"
)
_WORDS = re.compile(r"[A-Za-z0-9] [a-z]{2,}+ [a-z]{2}|[0-9] [a-z]{2}")
_TEMPLATED = re.compile(r"\{\{[^{}\n]*\}\}|\{%[^{}%\n]*%\}|\{#[^{}\n]*#\}")

# What ends in a semicolon and yet is no statement: verse ("Violets are blue;"), an ingredient ("2 cups flour;").
_SAID = re.compile(
    r"""
    (?: [0-9][0-9.,/]*\ [^\W\d_]{2}(?:[^\W\d_]|[',/-])*
      | (?:[Tt]o|[Tt]he|[Mm]y|[Yy]our|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Ww]e|[Tt]hey|[Hh]e|[Ss]he|[Yy]ou|I|It|This|That
          |These|Those|And|But|Or|So|No|Yes|An|In|On|At|Of|By|For|From|With|As|If|When|Thank|Oh|Thou|Thy|All|Not)
        \ [^\W\d_](?:[^\W\d_]|[',/-])*
      | (?!(?:return|using|use|private|public|protected|internal|static|final|const|(?:un)?signed|long|short|struct|enum
          |union|class|extern|volatile|virtual|inline|typedef|export|import|package|namespace|let|var|mut|pub|throw|raise
          |delete|goto|yield|await|new|int|char|float|double|bool|void|auto|register|abstract|override|readonly|async
          |case|default|echo|print|git|[A-Z]{2,})\b)
        [^\W\d_](?:[^\W\d_]|')*,?\ [^\W\d_](?:[^\W\d_]|['-])*,?\ (?:[^\W\d_](?:[^\W\d_]|['-])*|"")
    )
    (?:,?\ (?:[^\W\d_](?:[^\W\d_]|['/-])*|""))*;
    """,
    re.VERBOSE,
)

_INTRODUCTION = re.compile(r"[A-Z][a-z]+(?: [a-z]+)+(?: \w+)?[:?]\s")  # "Debug this code: int x = 1;"

# Begins with words of its own, so that it may read like a sentence.
_WORDY = re.compile(
    r"""
      from\s+[\w.]+\s+import\s+[\w*(].*
    | for\s+\w+(?:\s*,\s*\w+)*\s+in\s+[\w.$"(\[{*][^,]*(?::|;\s*do)
    | for\s+\w+(?:\s*,\s*\w+)*\s+in\s+[\w.]+\(.*\)\s*:
    | for\s+\w+\s+in\s+[$/~"'{*].*|for\s*\(\(.*
    | (?:if|elif|while|until)\s.*;\s*(?:then|do)
    | (?:[\w:<>,*&\[\]]+\s+)+[\w:~*&]+\(.*\)\s*(?:const\s*)?\{
    | (?:int|float|double|char|bool|void|long|String|auto|size_t)\s+\w+\(.*\);
    | (?:async\s+)?(?:def|function|func|fn|fun)\s+[\w.]+\s*\(.*[:{)]
    | \w+\s+(?:[A-Z]{3,}(?:\(\d+(?:,\s*\d+)?\))?)(?:\s+[A-Z]{2,})+,?
    | (?:(?:public|private|export|abstract|final|data|sealed)\s+)*(?:class|interface|struct|enum|trait|impl)\s+\w+.*\{
    | (?:(?:public|private|protected|internal|export|abstract|static|final|sealed|partial)\s+)+
      (?:class|interface|struct|enum|record)\s+\w+(?:<[\w, ]+>)?(?:\s*(?::|extends\b|implements\b)\s*[\w<>, .]+)?
    | (?:async\s+)?with\s+\S.*\sas\s+\w+:|import\s+\w[\w.]*\s+as\s+\w+|foreach\s*\(.*\)
    | (?:if|elif|while)\s+\w+\s+(?:not\s+)?in\s+[\w.]+(?:\(.*\))?:
    | (?:(?:LEFT|RIGHT|INNER|OUTER|FULL|CROSS)\s+)*JOIN\s.*\sON\s.*=.*
    | (?:public|private|protected|static|abstract|override)\s+(?:[\w<>\[\],?]+\s+)*\w+.*[({;=].*
    | (?:unsigned|const|extern|inline|typedef|virtual)\s.*[({;=].*
    | (?:\}\s*)?(?:else\s+)?(?:if|for|foreach|while|switch|catch)\s*\(.*\)\s*\{
    | (?:if|elif|while)\s+\[.*\]\s*;?(?:.*;)?\s*(?:then|do)
    | (?:echo|printf|grep|mkdir|tar|sed|awk|sort|du|df|ls)\s+(?:-[\w,]+\s+)*["'$].*
    | (?:SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|(?:CREATE|ALTER)\s+(?:TABLE|VIEW))\s.*
    """,
    re.VERBOSE,
)
_CERTAIN = re.compile(
    r"""
      (?:async\s+)?(?:def|function|func|fn)\s+\w+\s*[(<].*
    | class\s+\w+\s*(?:\([\w., =]*\))?\s*[:{]\s*
    | (?:export\s+|default\s+)*(?:const|let|var)\s+[\w$,\s\[\]{}]+\s*=.*
    | \#include\s*[<"].*|using\s+namespace\s+\w+;.*|import\s+[\w.*]+;|package\s+[\w.]+;|\#!.*|<\?php.*
    | [a-z_]\w*\s*=\s*(?:[\[{(]["'\d\[{(-].*[\])}]|\[\]|\{\}|\w*[\[({].*\s=\s.*[\])}].*)
    | [a-z_]\w*\s*=\s*(?:lambda\b.*:.*|\w+(?:\.\w+)+(?:\(.*\))?)
    | [A-Za-z_]\w*=\S+|[a-z]\w*\s+::\s.*
    | (?:ls|du|df|ps|sort|find|mkdir|rm|cp|mv|chmod|chown|curl|wget|git|tar|grep|head|tail|wc|cut|awk|sed|xargs)\s
      (?:.*\s)?--?[a-zA-Z][\w-]*(?:[=\s].*)?|(?:.*\s)?\|\s*(?:awk|sed|grep|sort|head|tail|wc|xargs|cut|uniq|while\s+read)\b.*
    | [A-Z][a-z]+-[A-Z]\w+\s+-\w+\s.*|.*[\w)]\s+do\s*\|[\w, ]+\|
    | except\s+\w+(?:\s+as\s+\w+)?:|template\s*<.*>
    | (?:if|elif|while)\s.*(?:[=<>!]=|[<>()\[\]._%]).*:
    | (?:\}\s*)?(?:else\s+)?(?:if|for|foreach|while|switch|catch)\s*\(.*\)
    | (?:\}\s*)?(?:else|try|finally|do)\s*\{
    | (?:int|float|double|char|bool|boolean|string|String|long|auto|void|size_t|std::[\w:<>]+)
      (?:\[\]|<[\w<>, ]*>)?[\s*&]+[\w*&\[\]]+\s*[=;,(].*
    | (?:>>>|\.\.\.)\s.*|\$\s(?:pip|npm|git|cd|ls|python|sudo|docker|curl)\b.*
    | [\w$.:>\[\]-]*[\w$\]]\((?!e?s\)).*\)\s*;?
    | [\w$.:>\[\]()-]+\(.*[({]
    | .*[\w)\]}"']\s*\{|(?:[\w*&]++\s*+){1,3};\s*\}?
    | (?=.*(?:[=\[\]+*/<>]|\w\(|\w\.\w|""|::)).*[\w)\]}"']\s*;\s*\}?
    """,
    re.VERBOSE,
)
_STRONG = re.compile(
    r"""
      (?![A-Z][a-z]+\s)\$?[A-Za-z_][\w.$]*(?:\[[^\]]*\])?(?:\s*,\s*[A-Za-z_]\w*(?:\[[^\]]*\])?)*\s*(?:[-+*/%|&^:]|\*\*|//)?=[^=>].*
    | (?:import|using|require|package)\s+[\w.*]+(?:\s*,\s*[\w.]+)*|import\s*\(|(?:import|require)\s+(?:\w+\s+)?""
    | puts\s+[\w.]+|\w.*\)\s*:\s.*\{\s*\}
    | (?:if|elif|while)\s+(?:not\s+)?\w+\s*:
    | (?:else|try|finally|do)\s*:
    | (?:return|yield|raise|throw|assert|print|echo|del|mv|rm|cp|find|exit)\s.*[()\[\]=+*/_'"<>$].*
    | .*\s(?:===?|!==?|=>|->|&&|\|\||\+=|-=|\*=)\s.*
    | [a-z_-][\w-]*\s*:\s*[^;]+;\s*\}?|\.?[\w.\#-]+(?:\s*,\s*[\w.\#-]+)*\s*\{
    | @\w[\w.]*(?:\(.*\))?|(?:FROM|WHERE|GROUP\s+BY|ORDER\s+BY|(?:LEFT|INNER|RIGHT)\s+JOIN|VALUES|LIMIT|SELECT)\s.*
    """,
    re.VERBOSE,
)
_DATA = re.compile(
    r"(?!\[\[[^\W\d_][^\[\],\n]*\]\])"  # a link of MediaWiki: "[[Rome]] is in [[Italy]]."
    r"(?:\[\s*(?:[\"'\d\[{(-]|True|False|None|true|false|null)|\{\s*(?:[\"'\d\[{]|\w+\s*:\s*[\"'\d\[{])).*[\]})][;,.]?"
    r"|\[\]|\{\}"
)
_WEAK = re.compile(
    r"(?:#|//|/\*|\*/|\*\s|--\s|\"\"\"|\'\'\').*|[\s{}()\[\];,]*|class\s+\w+|"
    r"(?:return|pass|break|continue|end|else|fi|do|done|then|exit|esac|END|BEGIN)\b(?!.*\.\Z).{0,40}|"
    r"(?:public|private|protected|default|signals|slots):"
)
_COMPREHENSION = re.compile(r"([\[({][^\n]*?)\sfor\s+[\w(),* ]{1,40}?\s+in\s+(?:([^\n]*?)\sif\s+(?:not\s)?)?")
_WORD_OPERATOR = re.compile(r"(?=[in])\b(?:not in|is not None|is None)\b")
_COMMENTED = re.compile(
    r"(?:\#|//|--)\s*(?:(?:[Ee]xample|[Tt]est)?\s*(?:[Uu]sage|[Ee]xample|[Tt]est|[Oo]utput)\s*:\s*)?(?=\w)"
)
_LABEL = re.compile(r"[A-Z][\w ]*[:.!?]|.*[a-z]{3}[.!?]|[-*+]\s.*|\d+[.)]\s.*|\#.*")
_IN_QUOTES = re.compile(r"(['\"])(.+)\1[.!?]?")
_INTRODUCED = re.compile(r"[:?.'\")](?<=[\w+#].)\s+(?=\S.{6})")
_DOCUMENT = re.compile(r"\s*<(?:!DOCTYPE\s|\?xml\s|html\b|svg\b)", re.IGNORECASE)
_DOCUMENT_END = re.compile(r".*</(?:html|svg)>\s*", re.IGNORECASE)
_SYMBOL = re.compile(r"[(){}\[\]=;<>$|]|[a-z]_[a-z]")
_GAP = 3
"""The most lines between lines of code that are taken for code without looking like it."""

_CLOSING = re.compile(r"[})\];,]+|end|fi|done|esac|pass|break;?|continue;?")
_LONGEST = 1000  # characters in a line; beyond that no line is looked at, which keeps hostile text cheap
_SIGN = re.compile(r";|\{|\}|=|\[|\(|\||-(?<=\s-)-?[a-zA-Z]|,\S")
_BEGINNING = re.compile(r"[ \t]*(?:<[!?HhSs]|(?:import|class|def|for|while|SELECT|echo|puts|public|private|require)\b)")


def code_lines(lines: list[str]) -> list[bool]:
    """Return for each line whether it is part of a block of unfenced source code (or of literal data)."""
    is_code = [False] * len(lines)
    if not any(map(_may_be_code, lines)):
        return is_code
    _mark_documents(lines, is_code)
    mark_json(lines, is_code)
    mark_rows(lines, is_code)
    grades = [_grade(line) for line in lines]
    at = 0
    while at < len(lines):
        if grades[at] == 0:
            at += 1
            continue
        end = at
        while end < len(lines) and grades[end]:
            end += 1
        _mark_block(lines, grades, at, end, is_code)
        at = end
    _fill_gaps(lines, is_code)
    return is_code


def code_tail(line: str) -> int:
    """Return where code begins that follows prose on its line ("Debug this code: int x = 1; ..."), or -1."""
    if len(line) > _LONGEST or not _may_be_code(line):
        return -1
    for match in islice(_INTRODUCED.finditer(line), 5):
        tail = line[match.end() :]
        inner = _IN_QUOTES.fullmatch(tail.strip())
        if _grade(inner[2] if inner else tail) == 3:
            return match.end()
    return -1


def _may_be_code(line: str) -> bool:
    return _SIGN.search(line) is not None or _BEGINNING.match(line) is not None


def _mark_documents(lines: list[str], is_code: list[bool]) -> None:
    """Mark whole documents in HTML, XML or SVG: to their last line, or to the end of the text."""
    at = 0
    while at < len(lines):
        if not _DOCUMENT.match(lines[at]):
            at += 1
            continue
        last = next((end for end in range(at, len(lines)) if _DOCUMENT_END.fullmatch(lines[end])), len(lines) - 1)
        is_code[at : last + 1] = [True] * (last + 1 - at)
        at = last + 1


def _fill_gaps(lines: list[str], is_code: list[bool]) -> None:
    """Mark the few lines between lines of code that could be nothing else.

    Where most of a text is code, they may have blank lines around them, and stand at either end if they look like code.
    """
    filled = [at for at, line in enumerate(lines) if line.strip()]
    mostly = 2 * sum(is_code[at] for at in filled) > len(filled)
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and not is_code[end]:
            end += 1
        gap = [line for line in lines[at:end] if line.strip()]
        inside = at > 0 and end < len(lines)
        tight = inside and len(gap) == end - at and lines[at - 1].strip()
        fits = tight or (mostly and (inside or all(map(_could_be_code, gap))))
        if gap and len(gap) <= _GAP and fits and not any(map(_reads_like_prose, gap)):
            is_code[at:end] = [True] * (end - at)
        at = max(end, at + 1)


def _could_be_code(line: str) -> bool:
    return _SYMBOL.search(line) is not None or _WEAK.fullmatch(line.strip()) is not None


def _reads_like_prose(line: str) -> bool:
    bare = line.strip()
    return _SENTENCE.search(_unquoted(bare)) is not None or _LABEL.fullmatch(bare) is not None


def _mark_block(lines: list[str], grades: list[int], start: int, end: int, is_code: list[bool]) -> None:
    strong = [at for at in range(start, end) if grades[at] >= 2]
    if not strong or (len(strong) == 1 and grades[strong[0]] < 3):
        return
    slashed = [at for at in range(start, end) if lines[at].lstrip().startswith(("//", "/*"))]  # no prose begins so
    first, last = min(strong[:1] + slashed), max(strong[-1:] + slashed)
    while first > start and _tight(lines[first - 1]):  # a comment right above code belongs to it
        first -= 1
    while last + 1 < end and _tight(lines[last + 1]):
        last += 1
    after = next((at for at in range(last + 1, end) if not lines[at].strip()), end)
    last = max([last, *(at for at in range(last + 1, after) if _CLOSING.fullmatch(lines[at].strip()))])
    is_code[first : last + 1] = [True] * (last + 1 - first)


def _tight(line: str) -> bool:
    bare = line.strip()
    return bool(bare) and _WEAK.fullmatch(bare) is not None


def _comprehended(line: str) -> str:
    """Return a line with Python's comprehensions as assignments, which don't read like sentences."""
    found = _COMPREHENSION.sub(r"\1 = \2 = ", line)
    return line if found == line else found.replace(" in ", " = ")


def _unquoted(line: str) -> str:
    """Return a line with its strings empty."""
    return _QUOTED.sub('""', line) if '"' in line or "'" in line or "`" in line else line


def _grade(line: str) -> int:
    """Return 0 for prose, 1 for weak, 2 for strong, 3 for certain."""
    bare = line.strip()
    if not bare:
        return 1
    if len(bare) > _LONGEST or _INTRODUCTION.match(bare):
        return 0
    spoken = _COMMENT.sub("", _TEMPLATED.sub('""', _unquoted(bare))).strip()
    if spoken.endswith(";") and _SAID.fullmatch(spoken):
        return int(line.startswith(("  ", "\t")))
    spoken = _WORD_OPERATOR.sub("==", _comprehended(spoken))
    if spoken and _WORDY.fullmatch(spoken):
        return 3
    if spoken and not _SENTENCE.search(spoken):
        if _CERTAIN.fullmatch(spoken) or (_DATA.fullmatch(spoken) and not _WORDS.search(spoken)):
            return 3
        if _STRONG.fullmatch(spoken) and not _WORDS.search(spoken):
            return 2
    comment = _COMMENTED.match(bare)
    if comment and len(bare) > comment.end() and _grade(bare[comment.end() :]) >= 2:
        return 2  # a comment that is code itself
    return 1 if line.startswith(("  ", "\t")) or _WEAK.fullmatch(bare) else 0
