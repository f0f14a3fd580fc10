import gzip
import json
import re
import time
from pathlib import Path

import pytest

from transforms.translate.code import code_lines, code_tail
from transforms.translate.cutting import cut
from transforms.translate.data_lines import mark_json


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
        "class Box {\npublic:\n    int size;\n};",
        "squares = [x * x for x in numbers if x not in seen]",
        "import (\n    \"fmt\"\n)\n\nfunc main() {\n    fmt.Println(1)\n}",
        "main :: IO ()\nmain = print $ filterEven [1, 2]",
        "for _ in range(2, n):\n    total += 1",
        "if grep -q \"${word}\" \"${file}\"; then\n  echo found\nfi",
        "<!DOCTYPE html>\n<html>\n<body>\n<p>Some words here.</p>\n</body>\n</html>",
        "<html>\n<body>\n<p>Some words here.</p>\n</body>\n</html>",
        "CREATE TABLE people (\n  name VARCHAR(50) NOT NULL,\n  age INT NOT NULL);",
        "x = f(1)\nprint(x)\n\n# Usage: f(x)",
        "unsigned long long fib(int n) {\n    return n;\n}",
        "using namespace std;\nNode head;\nreturn head;",
        "private Node next;\nDROP TABLE users;\nmargin: auto;",
        "x = f('Я люблю тебя очень')\nprint(x)  # 打印结果",
        "import pandas as pd\n\nframe = pd.read_csv('a.csv')",
        "package main\n\nimport \"fmt\"\n\nfunc main() {\n}",
        "public static class Fibonacci\n{\n    int x = 1;\n}",
        "for i in range(3):\n    a[i], a[j + 1] = a[j + 1], a[i]\nreturn a",
        "def f(number):\n    while number > 0:\n        number //= 10\n    return number",
        "words.each do |word|\n  puts word\nend",
        "#!/bin/bash\n\nmkdir -p new_files\nfind . -maxdepth 1 -name '*.txt' -exec mv {} new_files \\;",
        "SELECT p.name\nFROM product AS p\nJOIN orders AS o ON p.id = o.product_id\nGROUP BY p.name",
        "ls -l | sort -k 5 -n | awk '{print $5, $9}'",
        "same = [word for word in one if word in two]\nreturn [word for word in one if word in two]",
        "Rename-ItemInFolder -folderPath 'C:\\A' -newFilename 'b.txt'",
        "require 'csv'\n\nrows = CSV.read('a.csv')\nputs rows",
        'echo "Hello, shell!"',
        "wget https://example.com/data --quiet --no-check-certificate > my.log 2>&1",
        "foreach (int number in numbers)\n{\n    total += number;\n}",
        "var name = {{ name }};\nlet it = 1;",
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
        "find the -ing form of each verb",
        "sort them by size - smallest first\nhead to the -th place of the list",
        "public class of people\npublic class warfare, and its many causes",
        "if anyone in the class: speak up",
        "dog(s)",
        "",
        "Name: John\nAge: 30 years",
        "Roses are red,\nViolets are blue;\nSugar is sweet,\nAnd so are you;",
        "  The stars;\n  My own heart;",
        "[[Rome]] is the capital of [[Italy]]",
        "2 cups flour;\n1/2 cup brown sugar;\n3 eggs;",
        'He answered her, "Come";\nShe said "No";',
        "Lunch: soup;\nDinner: fish;",
        "Я люблю тебя;\nСм. стр. 5/6 для всех подробностей этого дела;",
        "我喜欢猫;\n你喜欢狗;\n答案 = 5 个苹果;",
        "Sie läuft über die Brücke und/oder den Fluß;",
        "Él comió más pan (rápido);\nElla bebió té;\nla Commission européenne;",
        "मुझे बिल्ली पसंद है;",
        "{{ name }} is here {{ today }}\n{% if late %}Hello there{% endif %} {# later #}",
    ],
)
def test_prose_is_not(text: str) -> None:
    assert not any(code_lines(text.split("\n")))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Translate this into C++: def is_even(n): return n % 2 == 0", "def is_even(n): return n % 2 == 0"),
        ("Debug this code: int x = 1; int y = x / 0;", "int x = 1; int y = x / 0;"),
        ("What does it print? console.log(a + b);", "console.log(a + b);"),
        ("Sort the array: [3, 1, 2]", "[3, 1, 2]"),
        ("Remember this: let x be the number of apples = 5", ""),
        ("She said: go home (at once); then she left.", ""),
        ("To click: to scroll;", ""),
        ("Ratio: 3 to 4", ""),
        ("Put this code into Ruby: 'int f(int n) { return n; }'.", "'int f(int n) { return n; }'."),
        ('Is this right? "def f(x): return x * x"', '"def f(x): return x * x"'),
        ("She said: 'go home (at once); then she left.'", ""),
        ('Write this on it: "Thank you all, and good night"', ""),
        ("Write a query: SELECT a FROM b WHERE c > 30;", "SELECT a FROM b WHERE c > 30;"),
        ("Debug this code: int x = 1; x > 2;", "int x = 1; x > 2;"),
    ],
)
def test_code_after_prose_on_one_line(line: str, code: str) -> None:
    at = code_tail(line)
    assert (line[at:] if at >= 0 else "") == code


def test_prose_around_code_is_left() -> None:
    lines = ["Here it is:", "", "x = f(1)", "print(x);", "", "It prints one."]
    assert code_lines(lines) == [False, False, True, True, False, False]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('Here it is:\n{\n"name": "Ana",\n"the city of birth": "Rio"\n}\nDone.', [1, 2, 3, 4]),
        ('{"name": "Ana",\n "likes": ["long walks at night"]\n}', [0, 1, 2]),
        ('[\n{"name": "Ana"},\n{"name": "Rui"}\n].', [0, 1, 2, 3]),
        ('[\n"Ana",\n"Rui"\n]', [0, 1, 2, 3]),
        ('[\n"Ana walks at night.",\n"Rui stays at home."\n]', []),
        ('{\n"name": "Ana"\n} and so on', []),
        ('{\n"name": Ana\n}', []),
        ("[Ana enters the room]\nGood evening!", []),
        ("[\n" * 3000 + "words", []),
    ],
)
def test_json_over_several_lines_is_data(text: str, kept: list[int]) -> None:
    found = [False] * (text.count("\n") + 1)
    mark_json(text.split("\n"), found)
    assert [at for at, each in enumerate(found) if each] == kept
    if kept:
        assert not any('"' in segment.text for segment in cut(text).segments)


def test_rows_of_csv_are_data() -> None:
    lines = [
        "Here it is:",
        "name,age,city",
        "Ann Lee,30,New York",
        '"Bob",25,',
        "",
        "one,two",
        "red,green",
        "One,",
        "two,",
    ]
    assert code_lines(lines) == [False, True, True, False, False, True, True, False, False]
    assert not any(
        code_lines(["So we came,he said it", "and we went, too,", "That is 1,200 more of it", "That is 1,300"])
    )


def test_thousands_make_no_rows() -> None:
    lines = ["- Rent: $1,200 a month", "- Food: $3,400 a month", "name,cost", "Rent,1,200", "Food,3,400"]
    assert code_lines(lines) == [False] * 3 + [True] * 2


def test_no_words_of_gsm8k_are_code(shared: Path) -> None:
    with gzip.open(shared / "gsm8k" / "train.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    for row in rows:
        for field in ("question", "answer"):
            lines = row[field].split("\n")
            kept = [line for line, is_code in zip(lines, code_lines(lines), strict=True) if is_code]
            assert not [line for line in kept if re.search("[a-z]{2}", line)]  # equations may be, words may not


@pytest.mark.parametrize(
    "line",
    ["ab" * 490 + "(;", "\u00e9" * 900 + "!;", "x = " + "[" * 900, "a" + " " * 900 + "{!",
     "ls " + "a " * 490, "a |" * 330, "import " + "a." * 490 + "!", "public " * 140, "a, " * 330, "a[b], " * 160],
)  # fmt: skip
def test_hostile_lines_take_no_time(line: str) -> None:
    start = time.process_time()
    cut("\n".join([line] * 10))
    assert time.process_time() - start < 3  # a cubic pattern takes a minute


@pytest.mark.parametrize("lines", ["Debug this code: int x = 1;\n", "<!DOCTYPE html>\n<br>a</html>\n"])
def test_a_text_full_of_code_takes_no_time(lines: str) -> None:
    start = time.process_time()
    cut(lines * 11_000)
    assert time.process_time() - start < 5  # to look for each in all the others takes half a minute
