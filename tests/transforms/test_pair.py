from typing import Any

import pyarrow as pa
import pytest

from transforms.example import SCHEMA, TURN, derived_id, make_batch
from transforms.pair import Pair
from transforms.steps import Expand, Expander

TEXTS = ("system", "instruction", "input", "output", "input_lang", "output_lang")
SOURCE = pa.struct(
    [*((name, pa.string()) for name in TEXTS), ("history", pa.list_(TURN)), ("fields", pa.list_(pa.string()))]
)


def translated(**changes: Any) -> dict[str, Any]:
    """An English example that was translated into Portuguese."""
    before = {
        "system": "", "history": [], "instruction": "How many?", "input": "Two apples.", "output": "Two.",
        "input_lang": "en", "output_lang": "en", "fields": ["instruction", "input", "output"],
    }  # fmt: skip
    row = {
        "id": "a1", "group": "g", "source": "s", "task": "instruction", "input_lang": "pt", "output_lang": "pt-BR",
        "system": "", "instruction": "Quantos?", "input": "Duas maçãs.", "output": "Dois.",
        "origin": "mt:firefox", "template": "t", "license": "mit", "meta": '{"a":1}',
    }  # fmt: skip
    changed = changes.pop("before", {})
    return {**row, **changes, "_source": None if changed is None else before | changed}


def batch_of(*rows: dict[str, Any]) -> pa.RecordBatch:
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "_source"}
    scores = pa.array([[{"name": "chrf_roundtrip", "value": 40.0}]] * len(rows), SCHEMA.field("scores").type)
    sources = pa.array([row["_source"] for row in rows], SOURCE)
    return make_batch(len(rows), columns | {"scores": scores, "_source": sources})


def pairs(step: Pair, *rows: dict[str, Any]) -> list[tuple[int, str, str, str, str, str, str]]:
    batch, parents, names = step.expand(batch_of(*rows))
    kept = ("task", "input_lang", "input", "output_lang", "output")
    made = [tuple(row[name] for name in kept) for row in batch.to_pylist()]
    return [(parent, name, *row) for parent, name, row in zip(parents, names, made, strict=True)]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Pair(), [("instruction:to_source", "question", "pt", "Quantos?", "en", "How many?")]),
        (
            Pair(directions=("from_source",)),
            [("instruction:from_source", "translation", "en", "How many?", "pt", "Quantos?")],
        ),
        (Pair(("input",)), [("input:to_source", "translation", "pt", "Duas maçãs.", "en", "Two apples.")]),
        (Pair(("output",)), [("output:to_source", "translation", "pt-BR", "Dois.", "en", "Two.")]),
        (Pair(("input",), task="mine"), [("input:to_source", "mine", "pt", "Duas maçãs.", "en", "Two apples.")]),
        (Pair(("system",)), []),
        (
            Pair(("output", "instruction"), ("from_source", "to_source")),
            [
                ("output:from_source", "translation", "en", "Two.", "pt-BR", "Dois."),
                ("output:to_source", "translation", "pt-BR", "Dois.", "en", "Two."),
                ("instruction:from_source", "translation", "en", "How many?", "pt", "Quantos?"),
                ("instruction:to_source", "question", "pt", "Quantos?", "en", "How many?"),
            ],
        ),
    ],
)
def test_pairs(step: Pair, expected: list[tuple[str, ...]]) -> None:
    assert pairs(step, translated()) == [(0, *row) for row in expected]


@pytest.mark.parametrize(
    "row",
    [
        translated(before=None),
        translated(instruction=""),
        translated(instruction=" \n"),
        translated(before={"instruction": ""}),
        translated(before={"fields": ["output"]}),
        translated(before={"fields": []}),
        translated(before={"fields": None}),
    ],
)
def test_nothing_to_pair(row: dict[str, Any]) -> None:
    assert pairs(Pair(), row) == []
    assert [parent for parent, *_ in pairs(Pair(), row, translated(id="b"), row)] == [1]


def test_pairs_come_in_the_order_of_their_parents() -> None:
    rows = pairs(Pair(("output", "input")), translated(), translated(before=None), translated(input=""))
    assert [(parent, name) for parent, name, *_ in rows] == [
        (0, "output:to_source"), (0, "input:to_source"), (2, "output:to_source"),
    ]  # fmt: skip


def test_a_pair_carries_its_parents_identity_and_nothing_else() -> None:
    assert isinstance(Pair(), Expander)
    outcome = Expand(Pair(("input", "output")), "pair").apply(batch_of(translated(), translated(id="b", before=None)))
    assert outcome.batch.schema.equals(SCHEMA)
    first, second = outcome.batch.to_pylist()
    assert first == {
        "id": derived_id("a1", "pair", "input:to_source"),
        "group": "g", "source": "s", "task": "translation", "input_lang": "pt", "output_lang": "en",
        "system": "", "history": [], "instruction": "", "input": "Duas maçãs.", "output": "Two apples.",
        "origin": "mt:firefox", "template": "", "license": "mit", "scores": [], "meta": '{"a":1}',
    }  # fmt: skip
    assert second["id"] == derived_id("a1", "pair", "output:to_source")
    assert outcome.rejects is not None
    assert [(row["id"], row["reason"]) for row in outcome.rejects.to_pylist()] == [("b", "no_expansion")]


def test_examples_that_never_met_translate_give_no_pairs() -> None:
    outcome = Expand(Pair(), "pair").apply(make_batch(2, {"id": ["a", "b"], "instruction": ["x", "y"]}))
    assert outcome.batch.num_rows == 0
    assert outcome.count.rejected == {"no_expansion": 2}


def test_slices_are_read_as_they_are() -> None:
    whole = batch_of(translated(before=None), translated(id="b", instruction="Sim?"), translated(id="c"))
    batch, parents, _ = Pair().expand(whole.slice(1, 1))
    assert (batch.column("input").to_pylist(), parents) == (["Sim?"], [0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fields": ("question",)}, r"fields \['question'\]: must be some of system, instruction, input, output"),
        ({"fields": ("history",)}, "fields"),
        ({"fields": ()}, "fields"),
        ({"fields": ("input", "input")}, "each once"),
        ({"directions": ("backwards",)}, "directions.*to_source, from_source"),
    ],
)
def test_wrong_parameters(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Pair(**arguments)
