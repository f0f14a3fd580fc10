"""The step `translate` by itself: what it makes of batches and of answers."""

from pathlib import Path
from typing import Any

import pytest
from translatable_rows import rows

from transforms.example import derived_id
from transforms.sides import pairs
from transforms.translate.answers import Answers, Found, range_of, segment_key, write_answers
from transforms.translate.cutting import Cutting
from transforms.translate.judge import Request
from transforms.translate.step import Translate
from transforms.translate.terms import glossary_of, within


def answers(step: Translate, batch: Any, work: Path, failing: str = "") -> Answers:
    found: dict[int, dict[bytes, Found]] = {at: {} for at in range(3)}
    for request in step.wanted(batch, Cutting()):
        failure = "refusal" if failing and failing in request.text else ""
        made = "" if failure else f"{request.target.upper()}: {request.text}"
        said = f"I won't say {failing}." if failure else ""
        entry = Found(made, "mt:e", "13" not in request.text, failure, said)
        found[range_of(segment_key(request), 3)][segment_key(request)] = entry
    return Answers({at: write_answers(str(work), each) for at, each in found.items()}, 3)


def applied(step: Translate, batch: Any, work: Path, failing: str = "") -> Any:
    return step.apply(batch, Cutting(), answers(step, batch, work, failing), "stream", "translate")


def test_all_fields_are_translated_and_what_must_not_change_is_kept(tmp_path: Path) -> None:
    history = [{"user": "Good morning", "assistant": "And to you"}]
    batch = rows(
        {
            "instruction": "Say `x = 1` in words",
            "input": "",
            "output": "It is one.\n#### 1",
            "history": history,
            "system": "Be kind",
        }
    )
    outcome = applied(Translate(("pt",), "e"), batch, tmp_path)
    row = outcome.batch.to_pylist()[0]
    assert row["instruction"] == "PT: Say `x = 1` in words"
    assert row["output"] == "PT: It is one.\n#### 1"
    assert row["history"] == [{"user": "PT: Good morning", "assistant": "PT: And to you"}]
    assert (row["system"], row["input"]) == ("PT: Be kind", "")
    assert (row["input_lang"], row["output_lang"], row["origin"]) == ("pt", "pt", "mt:e")
    assert row["id"] == derived_id(f"{0:032x}", "translate", "pt")
    assert row["group"] == f"{0:032x}"
    assert row["_source"]["instruction"] == "Say `x = 1` in words"
    assert row["_source"]["fields"] == ["system", "history", "instruction", "output"]
    assert (outcome.count.entered, outcome.count.left, outcome.rejects) == (1, 1, None)


def test_one_example_for_each_language_and_the_source_kept(tmp_path: Path) -> None:
    batch = rows({"instruction": "Hello there"}, {"instruction": "Ola amigo", "input_lang": "pt"})
    outcome = applied(Translate(("pt", "es"), "e", fields=("instruction",), keep_source=True), batch, tmp_path)
    told = [(row["id"][-2:], row["input_lang"], row["instruction"]) for row in outcome.batch.to_pylist()]
    parent, second = f"{0:032x}", f"{1:032x}"
    assert told == [
        (parent[-2:], "en", "Hello there"),
        (derived_id(parent, "translate", "pt", "instruction")[-2:], "pt", "PT: Hello there"),
        (derived_id(parent, "translate", "es", "instruction")[-2:], "es", "ES: Hello there"),
        (second[-2:], "pt", "Ola amigo"),
        (
            derived_id(second, "translate", "pt", "instruction")[-2:],
            "pt",
            "Ola amigo",
        ),
        (derived_id(second, "translate", "es", "instruction")[-2:], "es", "ES: Ola amigo"),
    ]
    assert [row["_source"] is None for row in outcome.batch.to_pylist()] == [True, False, False, True, True, False]


@pytest.mark.parametrize(
    ("spoken", "target", "fields", "turns", "now"),
    [
        (("en", "pt"), "pt", ("history",), ("PT: Good morning", "Bom dia"), ("pt", "pt")),
        (("pt", "en"), "pt", ("history",), ("Good morning", "PT: Bom dia"), ("pt", "pt")),
        (("en", "en"), "pt", ("history",), ("PT: Good morning", "PT: Bom dia"), ("pt", "pt")),
        (("en", "pt"), "es", ("instruction", "history"), ("ES: Good morning", "ES: Bom dia"), ("es", "es")),
    ],
)
def test_what_the_assistant_said_is_in_the_language_of_the_answer(
    spoken: tuple[str, str],
    target: str,
    fields: tuple[str, ...],
    turns: tuple[str, str],
    now: tuple[str, str],
    tmp_path: Path,
) -> None:
    history = [{"user": "Good morning", "assistant": "Bom dia"}]
    batch = rows({"history": history, "input_lang": spoken[0], "output_lang": spoken[1]})
    step = Translate((target,), "e", fields=fields)
    side = dict(zip(("Good morning", "Bom dia"), spoken, strict=True))
    assert all(request.source == side[request.text] for request in step.wanted(batch, Cutting()))
    row = applied(step, batch, tmp_path).batch.to_pylist()[0]
    assert row["history"] == [dict(zip(("user", "assistant"), turns, strict=True))]
    assert (row["input_lang"], row["output_lang"]) == now


@pytest.mark.parametrize(
    ("fields", "sides"),
    [(("instruction",), ("pt", "en")), (("output",), ("en", "pt")), (("input", "output"), ("pt", "pt"))],
)
def test_a_side_has_the_language_that_its_fields_were_translated_to(
    fields: tuple[str, ...], sides: tuple[str, str], tmp_path: Path
) -> None:
    batch = rows({"instruction": "Ask it", "input": "With this", "output": "Answer it"})
    row = applied(Translate(("pt",), "e", fields=fields), batch, tmp_path).batch.to_pylist()[0]
    assert (row["input_lang"], row["output_lang"]) == sides


@pytest.mark.parametrize(("own", "target"), [("pt-br", "pt-BR"), ("pt_BR", "pt-BR"), ("PT", "pt")])
def test_a_language_is_the_same_however_its_tag_is_written(own: str, target: str, tmp_path: Path) -> None:
    batch = rows({"instruction": "Bom dia", "input_lang": own, "output_lang": own})
    row = applied(Translate((target,), "e"), batch, tmp_path).batch.to_pylist()[0]
    assert (row["instruction"], row["input_lang"], row["origin"]) == ("Bom dia", own, "human")


def test_an_example_is_rejected_whole(tmp_path: Path) -> None:
    batch = rows(
        {"instruction": "All is well", "output": "Here is a bad line\nand a good one"},
        {"instruction": "All is well", "output": "Good"},
        {"instruction": "Whose language?", "input_lang": ""},
    )
    outcome = applied(Translate(("pt",), "e"), batch, tmp_path, failing="bad")
    assert [row["output"] for row in outcome.batch.to_pylist()] == ["PT: Good"]
    rejects = outcome.rejects.to_pylist()
    assert [(row["reason"], row["detail"]) for row in rejects] == [
        ("refusal", "pt: output: Here is a bad line -> I won't say bad."),
        ("language_unknown", "pt: the example doesn't say what language it is in"),
    ]
    assert rejects[0]["instruction"] == "All is well"
    assert (outcome.count.entered, outcome.count.left, outcome.count.rejected) == (
        3,
        1,
        {"refusal": 1, "language_unknown": 1},
    )


def test_missing_numbers_are_a_score(tmp_path: Path) -> None:
    batch = rows({"instruction": "Take 13 eggs"}, {"instruction": "Take some eggs"})
    scores = applied(Translate(("pt",), "e"), batch, tmp_path).batch.column("scores").to_pylist()
    assert scores == [[{"name": "digits", "value": 0.0}], []]


def test_a_field_of_code_alone_is_no_pair_to_compare(tmp_path: Path) -> None:
    batch = rows({"instruction": "Explain this", "input": "```\nprint(1)\n```", "output": "It prints."})
    made = applied(Translate(("pt",), "e"), batch, tmp_path).batch
    assert made.to_pylist()[0]["input"] == "```\nprint(1)\n```"
    assert pairs(made).fields == ["instruction", "output"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"to": ()}, "name one language or more"),
        ({"to": ("pt", "pt")}, "each once"),
        ({"to": ("pt-BR", "pt-br")}, "each once"),
        ({"to": ("pt",), "fields": ("answer",)}, "must be some of system, history"),
        ({"to": ("pt",), "engine": ()}, "engine is empty"),
        ({"to": ("pt",), "engine": ""}, "engine is empty"),
    ],
)
def test_wrong_parameters(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Translate(**{"engine": "e", **arguments})


def test_an_answer_that_nobody_asked_for_is_a_bug(tmp_path: Path) -> None:
    batch = rows({"instruction": "Hello there"})
    known = answers(Translate(("pt",), "e"), batch, tmp_path)
    with pytest.raises((KeyError, IndexError)):
        known.find([Request("Something else", "en", "pt")])


def test_tasks_about_english_are_passed_on_once_and_counted(tmp_path: Path) -> None:
    step = Translate(to=("pt", "es"), engine="e", untranslatable="pass")
    batch = rows(
        {"instruction": "Correct the grammar.", "input": "He go home.", "output": "He goes home."},
        {"instruction": "Name a planet.", "output": "Venus"},
    )
    outcome = applied(step, batch, tmp_path)
    assert outcome.batch.column("instruction").to_pylist() == [
        "Correct the grammar.",
        "PT: Name a planet.",
        "ES: Name a planet.",
    ]
    assert outcome.batch.column("id")[0] == batch.column("id")[0]
    assert outcome.count.passed == {"grammar": 1}
    assert outcome.count.to_json() == {"step": "translate", "in": 2, "out": 3, "rejected": {}, "passed": {"grammar": 1}}


def test_kept_terms_stay(tmp_path: Path) -> None:
    step = Translate(to=("pt",), engine="e", keep_terms=("Lang Loom",))
    outcome = applied(step, rows({"instruction": "Use Lang Loom now."}), tmp_path)
    assert outcome.batch.column("instruction").to_pylist() == ["PT: Use Lang Loom now."]


def test_what_an_instruction_quotes_of_its_code_stays(tmp_path: Path) -> None:
    asking = "Select from the 'staff' table, 'now'."
    batch = rows(
        {"instruction": asking, "output": "SELECT name FROM staff;"},
        {"instruction": asking, "output": "No way."},
        {"instruction": "And 'staff'?", "history": [{"user": "Hi", "assistant": "staff = [1, 2]"}]},
    )
    out = applied(Translate(("pt",), "shouting"), batch, tmp_path).batch.to_pylist()
    assert [row["instruction"] for row in out] == [
        "PT: Select from the 'staff' table, 'now'.",
        "PT: Select from the 'staff' table, 'now'.",
        "PT: And 'staff'?",
    ]


def test_files_are_read_from_the_recipes_folder(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("# ours\nLang Loom\n\nAI\n")
    (tmp_path / "pt.tsv").write_text("# ours\n\ncontract\tcontrato\n")
    step = Translate(to=("pt",), engine="e", keep_terms="terms.txt", glossary={"pt": "pt.tsv"}).resolved(str(tmp_path))
    assert step.keep_terms == ("Lang Loom", "AI")
    assert step.glossary == {"pt": {"contract": "contrato"}}
    (tmp_path / "pt.tsv").write_text("law\tlei\ncontract\n")
    with pytest.raises(ValueError, match=r"pt.tsv:2: expected a term, a tab"):
        Translate(to=("pt",), engine="e", glossary={"pt": "pt.tsv"}).resolved(str(tmp_path))
    (tmp_path / "terms.txt").write_bytes("AI\ncaf\u00e9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"terms.txt:2: not UTF-8"):
        Translate(to=("pt",), engine="e", keep_terms="terms.txt").resolved(str(tmp_path))


@pytest.mark.parametrize("tag", ["pt-BR", "pt-br", "PT_br", "pt", "PT"])
def test_a_glossarys_tag_is_that_language_in_any_spelling(tag: str) -> None:
    assert glossary_of({tag: {"contract": "contrato"}, "gl": {"a": "b"}}, "pt-BR") == (("contract", "contrato"),)


def test_the_order_of_a_glossary_makes_no_difference() -> None:
    pairs = {"law": "lei", "contract": "contrato"}
    turned = dict(reversed(pairs.items()))
    assert glossary_of({"pt": pairs}, "pt") == glossary_of({"pt": turned}, "pt")


def test_the_pairs_of_a_text_are_those_whose_term_it_holds() -> None:
    assert within((("contract", "contrato"), ("law", "lei")), "A contract, in lei.") == (("contract", "contrato"),)


@pytest.mark.parametrize("pair", [{"": "contrato"}, {"contract": " "}])
def test_a_term_without_its_translation_is_an_error(pair: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give a term and its translation"):
        Translate(to=("pt",), engine="e", glossary={"pt": pair})
