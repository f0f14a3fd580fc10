"""What is wrong with a text that isn't YAML, in the words of whoever wrote it: tabs, indentation, quotes, colons."""

import re

from ruamel.yaml.error import MarkedYAMLError

OTHER_SPACE = re.compile(r"[ \t]*([^\S \t\r\n])")
CHARACTER = re.compile(r"found character '(.+)' that cannot start any token")
GOT = re.compile(r"found '(.+)'")


def mistake(error: MarkedYAMLError, text: str) -> tuple[str, int]:
    """Return what a parser's error means, and the line to look at (from 1; 0 where the parser names none).

    No line of the text is quoted: it may hold a secret.
    """
    problem, context = str(error.problem or ""), str(error.context or "")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    begun = error.context_mark.line + 1 if error.context_mark else line
    for at in (line, line - 1):
        if found := OTHER_SPACE.match(_line(text, at)):
            return f"the line begins with U+{ord(found[1]):04X}, which isn't YAML's space", at
    if found := CHARACTER.search(problem):
        if found[1] == r"\t":
            return "a tab where YAML takes spaces alone", line
        return f"text that begins with {found[1]} needs quotes", line
    if problem.startswith("mapping values are not allowed"):
        return (
            "a colon can't be here: is the line indented as it should be, has the line before it a space after its "
            "colon, or is this text that needs quotes?"
        ), line
    if "expected ':'" in problem and "simple key" in context:
        return "no colon with a space after it makes a key of this line", begun
    if "quoted scalar" in context and "end of stream" in problem:
        return "the quote that opens here is never closed", begun
    if problem.startswith("expected <block end>") and (found := GOT.search(problem)):
        return _misplaced(found[1], begun), line
    if "flow" in context:
        kind = "braces" if "mapping" in context else "brackets"
        return f"within the {kind} that open on line {begun}, {problem}", line
    return ", ".join(part for part in (context, problem) if part), line


def _misplaced(found: str, begun: int) -> str:
    """Say what is wrong with what stands where the list or mapping that began on a line doesn't go on."""
    if found == "<scalar>":
        return "text goes on behind a quote or bracket that has closed; within single quotes, '' is one"
    if found == "?":
        return f"a key where the list that begins on line {begun} has dashes"
    if found == "-":
        return f"a dash where the mapping that begins on line {begun} has keys"
    if found.startswith("<block"):
        return f"the line is indented neither as what begins on line {begun} nor as anything since"
    return f"{found} can't be here: nothing is open that it could close or divide"


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if 0 < number <= len(lines) else ""
