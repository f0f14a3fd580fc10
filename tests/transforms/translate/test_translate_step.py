"""The step `translate`, with an engine that shouts: pure first, then through a pipeline with parts and a memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.local import local_runner
from transforms.collective import Context
from transforms.example import SCHEMA, derived_id, make_batch
from transforms.parts import Part, make_parts
from transforms.sides import pairs
from transforms.translate.answers import Answers, Found, group_of, segment_key, write_answers
from transforms.translate.cutting import Cutting
from transforms.translate.engines import Answer, UnsupportedPair
from transforms.translate.entries import Entry
from transforms.translate.judge import Request
from transforms.translate.memory import Memory
from transforms.translate.step import Translate
from transforms.translate.terms import glossary_of

ASKED: list[str] = []
SEEN: dict[str, list[Any]] = {}
"""What came out of a pipeline; functions of this module add to it, since closures are copied on their way into one."""


def see(value: Any, name: str) -> None:
    SEEN.setdefault(name, []).append(value)


@dataclass(frozen=True)
class Shouting:
    """Translates by upper case; forgets placeholders in texts that say so, and fails on others."""

    loud: bool = True
    kind: ClassVar[str] = "mt"
    unit: ClassVar[str] = "line"
    placeholders: ClassVar[tuple[str, ...]] = ("X{}X",)
    deterministic: ClassVar[bool] = True
    batch: ClassVar[int] = 3

    def groups(self, cores: int) -> int:
        return cores

    def signature(self, source: str, target: str) -> str:
        return "shouting" if self.loud else "murmuring"

    def check(self, source: str, target: str) -> None:
        if target == "xx":
            raise UnsupportedPair("shouting knows no xx")

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Answer]:
        ASKED.extend(texts)
        return [self._answer(text, target) for text in texts]

    def _answer(self, text: str, target: str) -> Answer:
        if "refuse" in text and self.loud:
            return Answer("", "refusal")
        if "forget" in text:
            return Answer("nothing is left")
        return Answer(f"{target.upper()}: {text.upper()}", None, len(text), 1)


def rows(*given: dict[str, Any]) -> Any:
    base = {"input_lang": "en", "output_lang": "en", "origin": "human", "source": "s"}
    full = [{**base, "id": f"{at:032x}", "group": f"{at:032x}", **row} for at, row in enumerate(given)]
    columns = {
        name: [row.get(name, [] if name in ("history", "scores") else "") for row in full] for name in SCHEMA.names
    }
    return make_batch(len(full), {**columns, "meta": "{}"})


def answers(step: Translate, batch: Any, work: Path, failing: str = "") -> Answers:
    found: dict[int, dict[bytes, Found]] = {at: {} for at in range(3)}
    for request in step.wanted(batch, Cutting()):
        failure = "refusal" if failing and failing in request.text else ""
        entry = Found(
            "" if failure else f"{request.target.upper()}: {request.text}", "mt:e", "13" not in request.text, failure
        )
        found[group_of(segment_key(request), 3)][segment_key(request)] = entry
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
        ("refusal", "pt: output: Here is a bad line"),
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


def part(work: Path, name: str, batch: Any) -> Part:
    (made,) = make_parts(str(work), "s", "s-0", name, "src>s", [], [([batch], [], [])])
    return made


def decided(step: Translate, parts: list[Part], work: Path, engines: dict[str, Any]) -> list[tuple[Part, Any]]:
    """Decide about parts in a pipeline."""
    SEEN.clear()
    context = Context("s", "translate", str(work), str(work / "memory"), 16, 2, {"src": 0}, engines)
    options = PipelineOptions(["--runner=FnApiRunner"])
    with beam.Pipeline(local_runner(options), options=options) as pipeline:
        _ = step.decide(pipeline | beam.Create(parts), context) | "See" >> beam.Map(see, "decisions")
        _ = context.reports[0] | "Tell" >> beam.Map(see, "reports")
    return SEEN["decisions"]


def run(step: Translate, parts: list[Part], work: Path, engines: dict[str, Any]) -> list[Any]:
    """Decide about parts and apply it; return all rows, translated and rejected, by id."""
    found = []
    for origin, decision in decided(step, parts, work, engines):
        for batch in origin.batches():
            outcome = decision.apply(batch, 0)
            found += outcome.batch.to_pylist()
            found += outcome.rejects.to_pylist() if outcome.rejects else []
    return sorted(found, key=lambda row: row["id"])


@pytest.fixture
def two_parts(tmp_path: Path) -> list[Part]:
    ASKED.clear()
    one = rows({"instruction": "Hello there"}, {"instruction": "Keep {name} please"}, {"instruction": "Hello there"})
    other = rows({"instruction": "Hello there", "output": "I refuse this"}, {"instruction": "You forget {name} now"})
    return [part(tmp_path, "a" * 32, one), part(tmp_path, "b" * 32, other)]


def test_equal_segments_are_asked_once_in_a_run_and_never_again(two_parts: list[Part], tmp_path: Path) -> None:
    step = Translate(("pt",), ("first",))
    made = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert sorted(ASKED) == ["Hello there", "I refuse this", "Keep X0X please", "You forget X0X now"]
    texts = sorted(row["instruction"] for row in made if "reason" not in row)
    assert texts == ["PT: HELLO THERE", "PT: HELLO THERE", "PT: KEEP {name} PLEASE"]
    assert sorted(row["reason"] for row in made if "reason" in row) == ["placeholder_lost", "refusal"]
    usage = [report[1]["first"]["pt"] for report in SEEN["reports"]]
    assert sum(each["asked"] for each in usage) == 4
    assert sum(each["segments"] for each in usage) == 6
    assert sum(each["failed"] for each in usage) == 2
    ASKED.clear()
    again = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert again == made
    assert sorted(ASKED) == ["I refuse this", "You forget X0X now"]  # what failed is never remembered


def test_what_one_engine_can_not_do_goes_to_the_next(two_parts: list[Part], tmp_path: Path) -> None:
    engines = {"first": Shouting(), "second": Shouting(loud=False)}
    made = run(Translate(("pt",), ("first", "second")), two_parts, tmp_path, engines)
    refused = next(row for row in made if row["output"].startswith("PT"))
    assert (refused["output"], refused["origin"]) == ("PT: I REFUSE THIS", "mt:first+mt:second")


def test_a_language_that_no_engine_knows_rejects_without_asking(two_parts: list[Part], tmp_path: Path) -> None:
    made = run(Translate(("xx",), "first"), two_parts, tmp_path, {"first": Shouting()})
    assert {row["reason"] for row in made} == {"unsupported_pair"}
    assert ASKED == []


def test_what_people_translated_goes_first_and_makes_another_part(two_parts: list[Part], tmp_path: Path) -> None:
    step, memory = Translate(("pt",), "first"), Memory(str(tmp_path / "memory"))

    def signatures() -> set[bytes]:
        return {decision.signature() for _, decision in decided(step, two_parts, tmp_path, {"first": Shouting()})}

    before = signatures()
    assert signatures() == before  # so that a run which was killed finds its parts
    with memory.journal() as journal:
        journal.append([Entry("en", "pt", "Hello there", "Oi", "human", "human")])
    assert signatures().isdisjoint(before)
    made = run(step, two_parts, tmp_path, {"first": Shouting()})
    assert sorted(row["instruction"] for row in made if row["origin"] == "human" and "reason" not in row) == [
        "Oi",
        "Oi",
    ]


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
    (tmp_path / "pt.tsv").write_text("contract\tcontrato\n")
    step = Translate(to=("pt",), engine="e", keep_terms="terms.txt", glossary={"pt": "pt.tsv"}).resolved(str(tmp_path))
    assert step.keep_terms == ("Lang Loom", "AI")
    assert step.glossary == {"pt": {"contract": "contrato"}}
    (tmp_path / "pt.tsv").write_text("contract\n")
    with pytest.raises(ValueError, match="expected a term, a tab"):
        Translate(to=("pt",), engine="e", glossary={"pt": "pt.tsv"}).resolved(str(tmp_path))
    (tmp_path / "terms.txt").write_bytes("AI\ncaf\u00e9\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"terms.txt:2: not UTF-8"):
        Translate(to=("pt",), engine="e", keep_terms="terms.txt").resolved(str(tmp_path))


@pytest.mark.parametrize("tag", ["pt-BR", "pt-br", "PT_br", "pt", "PT"])
def test_a_glossarys_tag_is_that_language_in_any_spelling(tag: str) -> None:
    assert glossary_of({tag: {"contract": "contrato"}, "gl": {"a": "b"}}, "pt-BR") == (("contract", "contrato"),)


@pytest.mark.parametrize("pair", [{"": "contrato"}, {"contract": " "}])
def test_a_term_without_its_translation_is_an_error(pair: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give a term and its translation"):
        Translate(to=("pt",), engine="e", glossary={"pt": pair})
