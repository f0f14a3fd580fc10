"""Which lines are source code though nothing fences them (GPTeacher's answers, for one, are bare C++ or Python).

A careful heuristic over lines, which would rather give a line of code to the engine than keep a line of prose from it:

* a line is *strong* where its form is that of a statement: it ends in `;` or `{`; it is a definition, an import, a
  block's head (`for x in y:`, `} else {`), an assignment, a bare call, a literal list or mapping; and, strings and
  comments taken away, it holds no four words in a row, as sentences do;
* a line is *weak* where code may look so, but other text too: blank, indented, a comment, brackets only, `return x`;
* a block is a run of both that begins and ends in what only code has. It is code if it holds two strong lines, or one
  that is *certain* by itself (`def f(x):`, `console.log(x);`).
"""

import re

_QUOTED = re.compile(r"\"(?:[^\"\\\n]|\\.)*+\"|(?<!\w)[fFrRbBuU]{0,2}'(?:[^'\\\n]|\\.)*+'|`[^`\n]*+`")
_COMMENT = re.compile(r"(?:(?<=[\s;{}),:])|\A)(?:\#|//|--\s|/\*).*|<!--.*")
_SENTENCE = re.compile(r"(?<![\w.])(?:[A-Za-z][a-z']*+,? ){3}[A-Za-z][a-z']")
_WORDS = re.compile(r"[A-Za-z0-9] [a-z]{2,}+ [a-z]{2}|[0-9] [a-z]{2}")

# Begins with words of its own, so that it may read like a sentence.
_WORDY = re.compile(
    r"""
      from\s+[\w.]+\s+import\s+[\w*(].*
    | for\s+\w+(?:\s*,\s*\w+)*\s+in\s+[\w.$"(\[{*][^,]*(?::|;\s*do)
    | (?:async\s+)?with\s+\S.*\sas\s+\w+:
    | (?:public|private|protected|static|abstract|override)\s+(?:[\w<>\[\],?]+\s+)*\w+.*[({;=].*
    | (?:unsigned|const|extern|inline|typedef|virtual)\s.*[({;=].*
    | (?:\}\s*)?(?:else\s+)?(?:if|for|foreach|while|switch|catch)\s*\(.*\)\s*\{
    | (?:if|elif|while)\s+\[.*\]\s*;?(?:.*;)?\s*(?:then|do)
    | (?:echo|printf|grep|mkdir|tar|sed|awk)\s+(?:-\w+\s+)*["'$].*
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
    | import\s+\w[\w.]*\s+as\s+\w+|except\s+\w+(?:\s+as\s+\w+)?:|template\s*<.*>
    | (?:if|elif|while)\s.*(?:[=<>!]=|[<>()\[\]._%]).*:
    | (?:\}\s*)?(?:else\s+)?(?:if|for|foreach|while|switch|catch)\s*\(.*\)
    | (?:\}\s*)?(?:else|try|finally|do)\s*\{
    | (?:int|float|double|char|bool|boolean|string|String|long|auto|void|size_t|std::[\w:<>]+)
      (?:\[\]|<[\w<>, ]*>)?[\s*&]+[\w*&\[\]]+\s*[=;,(].*
    | (?:>>>|\.\.\.)\s.*|\$\s(?:pip|npm|git|cd|ls|python|sudo|docker|curl)\b.*
    | [\w$.:>\[\]-]*[\w$\]]\((?!e?s\)).*\)\s*;?
    | [\w$.:>\[\]()-]+\(.*[({]
    | .*[\w)\]}"']\s*\{|(?:[\w*&]+\s*){1,3};\s*\}?
    | (?=.*(?:[=\[\]+*/<>]|\w\(|\w\.\w|""|::)).*[\w)\]}"']\s*;\s*\}?
    """,
    re.VERBOSE,
)
_STRONG = re.compile(
    r"""
      (?![A-Z][a-z]+\s)\$?[A-Za-z_][\w.$]*(?:\[[^\]]*\])?(?:\s*,\s*[A-Za-z_]\w*)*\s*(?:[-+*/%|&^:]|\*\*|//)?=[^=>].*
    | (?:import|using|require|package)\s+[\w.*]+(?:\s*,\s*[\w.]+)*
    | (?:else|try|finally|do)\s*:
    | (?:return|yield|raise|throw|assert|print|echo|del|mv|rm|cp|find|exit)\s.*[()\[\]=+*/_'"<>$].*
    | .*\s(?:===?|!==?|=>|->|&&|\|\||\+=|-=|\*=)\s.*
    | [\w-]+\s*:\s*[^;]+;|\.?[\w.\#-]+(?:\s*,\s*[\w.\#-]+)*\s*\{
    | @\w[\w.]*(?:\(.*\))?|(?:FROM|WHERE|GROUP\s+BY|ORDER\s+BY|(?:LEFT|INNER|RIGHT)\s+JOIN|VALUES|LIMIT|SELECT)\s.*
    """,
    re.VERBOSE,
)
_DATA = re.compile(r"(?:\[\s*(?:[\"'\d\[{(-]|True|False|None|true|false|null)|\{\s*[\"'\d\[{]).*[\]})][;,.]?|\[\]|\{\}")
_WEAK = re.compile(
    r"(?:#|//|/\*|\*/|\*\s|--\s|\"\"\"|\'\'\').*|[\s{}()\[\];,]*|class\s+\w+|"
    r"(?:return|pass|break|continue|end|else|fi|do|done|then|exit|esac|public:|private:|END|BEGIN)\b(?!.*\.\Z).{0,40}"
)
_LONGEST = 1000  # characters in a line; beyond that no line is looked at, which keeps hostile text cheap
_HINT = re.compile(r"[;{}=\[(]|^[ \t]*(?:import|class|def|for|while|SELECT)\b", re.MULTILINE)


def code_lines(lines: list[str]) -> list[bool]:
    """Return for each line whether it is part of a block of unfenced source code (or of literal data)."""
    is_code = [False] * len(lines)
    if not any(map(_HINT.search, lines)):
        return is_code
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
    return is_code


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
    is_code[first : last + 1] = [True] * (last + 1 - first)


def _tight(line: str) -> bool:
    bare = line.strip()
    return bool(bare) and _WEAK.fullmatch(bare) is not None


def _grade(line: str) -> int:
    """Return 0 for prose, 1 for weak, 2 for strong, 3 for certain."""
    bare = line.strip()
    if not bare:
        return 1
    if len(bare) > _LONGEST:
        return 0
    spoken = _COMMENT.sub("", _QUOTED.sub('""', bare)).strip()
    if spoken and _WORDY.fullmatch(spoken):
        return 3
    if spoken and not _SENTENCE.search(spoken):
        if _CERTAIN.fullmatch(spoken) or (_DATA.fullmatch(spoken) and not _WORDS.search(spoken)):
            return 3
        if _STRONG.fullmatch(spoken) and not _WORDS.search(spoken):
            return 2
    return 1 if line.startswith(("  ", "\t")) or _WEAK.fullmatch(bare) else 0
