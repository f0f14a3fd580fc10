"""ParroT's data: published pairs, joined, and 20 rows each of instructions and of both kinds of hints, written here."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from outputs import rows, steps

from tests.end_to_end.running import output_of

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
ROWS = 200
PROMPTS = json.loads((GOLDEN / "alpaca.json").read_text("utf-8"))


def alpaca() -> list[dict[str, str]]:
    return [
        {"instruction": "Double it.", "input": str(n), "output": str(2 * n)}
        if n % 2
        else {"instruction": f"Name {n} birds.", "input": "", "output": ", ".join(["wren"] * (n + 1))}
        for n in range(20)
    ]


def contrastive() -> list[dict[str, str]]:
    return [
        {"source": f"Ich sah {n} Vögel.", "better": f"I saw {n} birds.", "worse": f"I sawed {n} birds."}
        for n in range(20)
    ]


def errors() -> list[dict[str, str]]:
    kinds = ("no", "minor", "major accuracy/mistranslation", "minor fluency/grammar")
    return [
        {"source": f"Es sind {n}.", "translation": f"There <v>is</v> {n}.", "errors": kinds[n % 4]} for n in range(20)
    ]


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parrot")
    (folder / "alpaca.json").write_text(json.dumps(alpaca()), "utf-8")
    values = {"data": shared, "instructions": folder / "alpaca.json"}
    for name, kept in (("contrastive", contrastive()), ("error_guided", errors())):
        values[name] = folder / f"{name}.jsonl"
        values[name].write_text("".join(json.dumps(row) + "\n" for row in kept), "utf-8")
    settings = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    words = [*settings, "--limit", ROWS, "--output", folder / "out"]
    output_of("run", ROOT / "configs" / "parrot.yaml", *words, cwd=ROOT)
    return folder / "out"


def requests(name: str) -> list[list[str]]:
    return [line.split("###") for line in (GOLDEN / f"parrot_{name}.txt").read_text("utf-8").splitlines()]


def of(made: Path, template: str) -> list[dict[str, Any]]:
    return [row for row in rows(made, "parrot_hint", "train") if row["template"].startswith(template)]


def named(request: str, row: dict[str, Any]) -> str:
    names = {"de": "German", "en": "English"}
    return request.replace("[SRC]", names[row["input_lang"]]).replace("[TGT]", names[row["output_lang"]])


def test_translation_tasks_are_one_to_four_lines_of_the_pairs(shared: Path, made: Path) -> None:
    lines = {
        lang: [
            text.strip()
            for text in (shared / "tatoeba" / f"tatoeba.deu-eng.{code}").read_text("utf-8").split("\n")[:ROWS]
        ]
        for lang, code in (("de", "deu"), ("en", "eng"))
    }
    possible = {
        (joint.join(lines[one][start : at + 1]), joint.join(lines[other][start : at + 1])): at + 1 - start
        for one, other in (("de", "en"), ("en", "de"))
        for at in range(ROWS)
        for start in range(max(0, at - 3), at + 1)
        for joint in (" ", "\n")
    }
    tasks = of(made, "parrot.translation")
    assert len(tasks) == 2 * ROWS
    lengths = Counter(possible[row["input"], row["output"]] for row in tasks)
    assert sorted(lengths) == [1, 2, 3, 4]
    assert min(lengths.values()) > 70
    published = requests("contrastive")
    for row in tasks:
        request, _ = published[int(row["template"].rpartition("/")[2])]
        assert row["instruction"] == named(request, row)


def test_hints_stand_behind_the_sentence(made: Path) -> None:
    preferred, guided = of(made, "parrot.contrastive"), of(made, "parrot.error_guided")
    outputs = sorted(f"<p>{row['better']}</p> rather than <p>{row['worse']}</p>" for row in contrastive())
    assert sorted(row["output"] for row in preferred) == outputs
    for row in preferred:
        request, hint = requests("contrastive")[int(row["template"].rpartition("/")[2])]
        sentence, _, rest = row["input"].partition("\n\n### Hint: ")
        assert (row["instruction"], rest) == (named(request, row), hint)
        assert sentence.startswith("Ich sah ")
    kinds = {row["source"]: row["errors"] for row in errors()}
    for row in guided:
        request, hint = requests("error_guided")[int(row["template"].rpartition("/")[2])]
        sentence, _, rest = row["input"].partition("\n\n### Hint: ")
        assert (row["instruction"], rest) == (named(request, row), hint.replace("[SEV] [ERR]", kinds[sentence]))
    assert len(guided) == 20


def test_the_trainers_rows_are_text_and_prefix(made: Path) -> None:
    (file,) = (made / "data" / "parrot").glob("*.jsonl")
    lines = [json.loads(line) for line in file.open(encoding="utf-8")]
    mixed = rows(made, "parrot", "train")
    assert len(lines) == len(mixed) == 20 + 2 * ROWS
    for line, row in zip(lines, mixed, strict=True):
        wrapper = PROMPTS["prompt_input"] if row["input"] else PROMPTS["prompt_no_input"]
        prefix = wrapper.replace("{instruction}", row["instruction"], 1).replace("{input}", row["input"], 1)
        assert list(line.items()) == [("text", row["output"] + "</s>"), ("prefix", prefix)]
    assert steps(made, "translation")["format"]["rejected"] == {}


def test_it_loads_and_is_as_agreed(made: Path, check_recipe: Callable[[Path], None]) -> None:
    check_recipe(made)
