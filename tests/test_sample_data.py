"""The sample data is well-formed, varied, and its arithmetic is right."""

import ast
import json
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[1] / "configs" / "sample"
OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
MARK = re.compile(r"<<([^<>=]+)=([^<>=]+)>>(\d[\d,]*(?:\.\d+)?)")


def rows(name: str) -> list[dict[str, str]]:
    lines = (SAMPLE / name).read_bytes().decode("utf-8").split("\n")
    assert lines.pop() == "", "the file ends with a newline"
    return [json.loads(line) for line in lines]


INSTRUCTIONS = rows("instructions.jsonl")
QUESTIONS = rows("questions.jsonl")


def number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


def evaluate(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Fraction(str(value))  # the decimal as written, not its binary neighbour
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -evaluate(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](evaluate(left), evaluate(right))
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")


@pytest.mark.parametrize(
    ("items", "keys", "required"),
    [
        (INSTRUCTIONS, ["instruction", "input", "output"], ["instruction", "output"]),
        (QUESTIONS, ["question", "answer"], ["question", "answer"]),
    ],
    ids=["instructions", "questions"],
)
def test_rows_have_their_keys_and_text(items: list[dict[str, str]], keys: list[str], required: list[str]) -> None:
    for item in items:
        assert list(item) == keys
        assert all(isinstance(value, str) and value == value.strip() for value in item.values())
        assert all(item[key] for key in required), item


def test_files_are_not_ascii_escaped() -> None:
    for path in SAMPLE.glob("*.jsonl"):
        assert not re.search(r"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}", path.read_text(encoding="utf-8")), path.name


def test_there_are_enough_items_and_none_twice() -> None:
    prompts = [item["instruction"] + "\n" + item["input"] for item in INSTRUCTIONS]
    prompts += [item["question"] for item in QUESTIONS]
    assert len(prompts) >= 120
    assert len({prompt.casefold() for prompt in prompts}) == len(prompts)


def test_readme_states_the_counts() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{len(INSTRUCTIONS)} English instructions" in readme
    assert f"{sum(not item['input'] for item in INSTRUCTIONS)} have no input" in readme
    assert f"{len(QUESTIONS)} word problems" in readme


@pytest.mark.parametrize("item", QUESTIONS, ids=lambda item: item["question"][:40])
def test_arithmetic(item: dict[str, str]) -> None:
    steps, separator, final = item["answer"].rpartition("\n#### ")
    assert separator, "the last line is the final answer"
    marks = MARK.findall(steps)
    assert len(marks) == steps.count("<<") == steps.count(">>") >= 2
    for left, right, shown in marks:
        assert evaluate(ast.parse(left, mode="eval").body) == number(right), f"{left}={right}"
        assert number(shown) == number(right), f"{left}={right} is followed by {shown}"
    assert number(marks[-1][1]) == number(final)


@pytest.mark.parametrize(
    ("kind", "pattern", "least"),
    [
        ("code blocks", r"```\w+\n", 10),
        ("inline code", r"(?<!`)`[^`\n]+`(?!`)", 5),
        ("LaTeX", r"\$[^$`]*[\\^][^$`]*\$|\\\(.+?\\\)", 8),
        ("placeholders", r"(?<![\w$])\{{1,2}[a-z_]{4,}\}|%[sd]", 8),
        ("URLs and addresses", r"https?://\w|\w@example\.", 6),
        ("HTML", r"</?(?:p|img|b|em|strong|ul|li)\b[^>]*>", 3),
    ],
)
def test_it_holds_what_translation_must_protect(kind: str, pattern: str, least: int) -> None:
    found = [item for item in INSTRUCTIONS if re.search(pattern, "\n".join(item.values()))]
    assert len(found) >= least, f"{kind}: {len(found)}"


def test_hosts_are_reserved_or_well_known() -> None:
    text = "\n".join(value for item in INSTRUCTIONS for value in item.values())
    hosts = set(re.findall(r"(?:https?://|\w@)([\w.-]+\w)", text))
    known = re.compile(r"(?:.*[.-])?example\.(?:com|org)|docs\.python\.org|developer\.mozilla\.org")
    assert not {host for host in hosts if not known.fullmatch(host)}
