import gzip
import json
import re
from pathlib import Path

import pytest

from transforms.translate.code import code_lines


@pytest.mark.parametrize(
    "text",
    [
        "#include <iostream>\nusing namespace std;\n\nint main() {\n    cout << \"a b c d e\";\n    return 0;}",
        "def f(x):\n    \"\"\"Return what is said here at length.\"\"\"\n    return x",
        "# add these two numbers together\ntotal = a + b\nprint(total)",
        "import collections\n\nfrom a.b import c\n\nfor line in file:\n    print(line)",
        "function countOccurrences(arr) {\n    const countsObj = {};\n\n    return countsObj;\n}\n\nconsole.log(1);",
        "public class A {\n    public static void main(String[] args) {\n    }\n}",
        "SELECT name, age FROM people WHERE age > 30",
        "for file in *.txt; do\n  echo \"this is one of them\"\ndone",
        "['a', 'b c d e f', 'c']",
        '{"name": "John Doe", "age": 30}',
        "print(f'The area of this is {x}')",
        "let a = 1;\n\n// Usage: this is how it is used",
        "unsigned long long fib(int n) {\n    return n;\n}",
    ],
)  # fmt: skip
def test_code_is_recognised_whole(text: str) -> None:
    lines = text.split("\n")
    assert code_lines(lines) == [True] * len(lines)


@pytest.mark.parametrize(
    "text",
    [
        "Total = 5 apples + 3 apples",
        "Oranges = 12 * 150 = <<12*150=1800>>1800",
        "For example:",
        "If you want the following, do this:",
        "We need apples (red); pears (green); and plums;",
        "import duties",
        "The function returns a value; it is then printed.",
        "  indented prose\n  in two lines",
        "# Heading\n\n- item (one)\n- item = two things",
        "[1] See the reference [2]",
        "return the book to the library",
        "dog(s)",
        "",
        "Name: John\nAge: 30 years",
    ],
)
def test_prose_is_not(text: str) -> None:
    assert not any(code_lines(text.split("\n")))


def test_prose_around_code_is_left() -> None:
    lines = ["Here it is:", "", "x = f(1)", "print(x);", "", "It prints one."]
    assert code_lines(lines) == [False, False, True, True, False, False]


def test_no_words_of_gsm8k_are_code(shared: Path) -> None:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        for field in ("question", "answer"):
            lines = row[field].split("\n")
            kept = [line for line, is_code in zip(lines, code_lines(lines), strict=True) if is_code]
            assert not [line for line in kept if re.search("[a-z]{2}", line)]  # equations may be, words may not
