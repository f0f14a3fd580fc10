"""Small sources with what real ones have: exact duplicates, copies, defects, broken rows; and a recipe over them."""

import csv
import io
import json
import random
from pathlib import Path

RECIPE = Path(__file__).with_name("bilingual.yaml")

SUBJECTS = {"Maria": "Maria", "the baker": "der Bäcker", "a farmer": "ein Bauer", "our teacher": "unsere Lehrerin"}
VERBS = {"buys": "kauft", "sells": "verkauft", "finds": "findet", "loses": "verliert", "paints": "bemalt"}
THINGS = {"apples": "Äpfel", "books": "Bücher", "bottles": "Flaschen", "green hats": "grüne Hüte", "stones": "Steine"}


def write_sources(folder: Path, shuffled: bool = False, size: int = 1) -> None:
    """Write the sources of the recipe; `shuffled` permutes the rows of each, and nothing else."""
    folder.mkdir(parents=True)
    for name, rows in (("tasks-1.jsonl", _tasks(1, 500 * size)), ("tasks-2.jsonl", _tasks(2, 400 * size))):
        (folder / name).write_bytes(b"\n".join(_in_order(rows, shuffled)) + b"\n")
    pairs = _in_order(_pairs(900 * size), shuffled)
    for at, lang in enumerate(("de", "en")):
        (folder / f"questions.{lang}").write_text("".join(pair[at] + "\n" for pair in pairs), encoding="utf-8")
    facts = io.StringIO(newline="")
    csv.writer(facts).writerows([("question", "answer"), *_in_order(_facts(400 * size), shuffled)])
    (folder / "facts.csv").write_text(facts.getvalue(), encoding="utf-8")


def _in_order(rows: list, shuffled: bool) -> list:
    return random.Random(5).sample(rows, len(rows)) if shuffled else rows


def _sentence(draw: random.Random) -> tuple[str, str, int]:
    subject, verb, thing = (draw.choice(sorted(words.items())) for words in (SUBJECTS, VERBS, THINGS))
    number, price = draw.randrange(2, 900), draw.randrange(2, 50)
    english = f"{subject[0]} {verb[0]} {number} {thing[0]} for {price} coins each.  How many coins is that in all?"
    german = f"{subject[1]} {verb[1]} {number} {thing[1]} für je {price} Münzen.  Wie viele Münzen sind das zusammen?"
    return german, english, number * price


def _tasks(seed: int, number: int) -> list[bytes]:
    draw = random.Random(seed)
    rows = []
    for at in range(number):
        _, question, answer = _sentence(draw)
        working = " ".join(f"step {n}." for n in range(at % 17))
        row = {"instruction": question, "response": f"It is {answer}. {working}", "topic": ["sums", "coins"][at % 2]}
        if at % 11 == 0:
            row["system"] = "Answer briefly."
        rows.append(json.dumps(row, ensure_ascii=False).encode())
    rows += rows[:60] + rows[:20]  # twice, and three times
    rows += [json.dumps({"instruction": f"Say {at}.", "response": str(at), "topic": ""}).encode() for at in range(9)]
    rows += [json.dumps({"instruction": f"Who is {at}?", "topic": "no answer"}).encode() for at in range(7)]
    broken = [
        b'{"instruction": "cut off',
        b"not JSON",
        b'{"instruction": "caf\xe9", "response": "bad UTF-8"}',
        b"[1, 2]",
    ]
    return rows + broken


def _pairs(number: int) -> list[tuple[str, str]]:
    draw = random.Random(3)
    rows = [_sentence(draw)[:2] for _ in range(number)]
    rows += rows[:45]
    rows += [(english, english) for _, english in rows[100:130]]
    rows += [(german, english + " Think about it for a long time." * 9) for german, english in rows[200:230]]
    rows += [(f"Anders gesagt: {german}", english) for german, english in rows[300:340]]
    return rows


def _facts(number: int) -> list[tuple[str, str]]:
    draw = random.Random(4)
    rows = []
    for at in range(number):
        _, question, answer = _sentence(draw)
        rows.append((question, f'"{answer}",\nas said in line {at}' if at % 10 == 0 else f"{answer} coins"))
    return rows + rows[:25]
