from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.augment.merge import Merge, MergeExamples
from transforms.augment.prefix import Prefix
from transforms.augment.step import Augment
from transforms.augment.tags import Tags
from transforms.augment.typos import KINDS, Typos
from transforms.example import SCHEMA, digest, make_batch

GLOSSARY = {"de": {"cat": "Katze"}}
ALL = Augment(
    title_case=0.3,
    upper_case=0.3,
    typos=Typos(0.5, **dict.fromkeys(KINDS, 0.5)),
    tags=Tags(0.5, GLOSSARY),
    prefix=Prefix(0.3, 1, 3),
)


def pairs(numbers: Sequence[int], **columns: Any) -> pa.RecordBatch:
    rows = {
        "id": [digest(str(at)).hex() for at in numbers],
        "group": [digest("group", str(at)).hex() for at in numbers],
        "input": [f"the cat number {at}" for at in numbers],
        "output": [f"die Katze Nummer {at}" for at in numbers],
        "output_lang": "de",
        "license": "mit",
        "scores": [[{"name": "lid", "value": 0.5}]] * len(numbers),
    }
    return make_batch(len(numbers), {**rows, **columns})


@pytest.mark.parametrize(
    ("step", "texts"),
    [
        (Augment(upper_case=1.0), ("", "THE CAT NUMBER 1", "DIE KATZE NUMMER 1")),
        (Augment(title_case=1.0), ("", "The Cat Number 1", "Die Katze Nummer 1")),
        (Augment(title_case=1.0, upper_case=1.0), ("", "THE CAT NUMBER 1", "DIE KATZE NUMMER 1")),
        (Augment(typos=Typos(1, skipped_space=1)), ("", "the cat number1", "die Katze Nummer 1")),
        (Augment(tags=Tags(1, GLOSSARY, "<{src}|{trg}>")), ("", "the <cat|Katze> number 1", "die Katze Nummer 1")),
        (
            Augment(prefix=Prefix(1, 4, 4, "[{trg}] ")),
            ("", "[die Katze Nummer 1] the cat number 1", "die Katze Nummer 1"),
        ),
        (
            Augment(tags=Tags(1, GLOSSARY, "<{src}|{trg}>"), prefix=Prefix(1, 4, 4, "[{trg}] "), upper_case=0.0),
            ("", "[die Katze Nummer 1] the <cat|Katze> number 1", "die Katze Nummer 1"),
        ),
        (
            Augment(upper_case=1.0, prefix=Prefix(1, 4, 4, "[{trg}] ")),
            ("", "[DIE KATZE NUMMER 1] THE CAT NUMBER 1", "DIE KATZE NUMMER 1"),
        ),
    ],
)
def test_modifiers_on_their_sides_and_in_their_order(step: Augment, texts: tuple[str, str, str]) -> None:
    out = step.rewrite(pairs([1]))
    assert tuple(out.column(name)[0].as_py() for name in ("instruction", "input", "output")) == texts


def test_an_instruction_is_the_prompt_before_its_input() -> None:
    batch = pairs([1], instruction=["do it"], system=["be brief"], history=[[{"user": "a", "assistant": "b"}]])
    out = Augment(upper_case=1.0, prefix=Prefix(1, 4, 4, "[{trg}] ")).rewrite(batch)
    assert out.column("instruction").to_pylist() == ["[DIE KATZE NUMMER 1] DO IT"]
    assert out.column("input").to_pylist() == ["THE CAT NUMBER 1"]
    for name in ("system", "history"):
        assert out.column(name) == batch.column(name)


def test_only_what_changed_has_a_new_id_and_all_else_stays() -> None:
    batch = pairs(range(400))
    out = Augment(upper_case=0.25).rewrite(batch)
    changed = [one != other for one, other in zip(out["input"].to_pylist(), batch["input"].to_pylist(), strict=True)]
    ids = [one != other for one, other in zip(out["id"].to_pylist(), batch["id"].to_pylist(), strict=True)]
    assert ids == changed
    assert 70 < sum(changed) < 130
    for name in set(SCHEMA.names) - {"id", "instruction", "input", "output"}:
        assert out.column(name) == batch.column(name)
    assert out.schema == batch.schema


def test_ids_tell_apart_what_may_meet_again() -> None:
    steps = [
        Augment(upper_case=1.0),
        Augment(title_case=1.0),
        Augment(title_case=1.0, upper_case=1.0),
        Augment(typos=Typos(1, skipped_space=1)),
        Augment(typos=Typos(1, random_space=1)),
        Augment(typos=Typos(1, random_space=1), seed=1),
        Augment(tags=Tags(1, GLOSSARY)),
        Augment(tags=Tags(1, GLOSSARY, "{src}{trg}")),
    ]
    assert len({step.rewrite(pairs([1]))["id"][0].as_py() for step in steps}) == len(steps)


def test_the_id_of_an_example_in_upper_case() -> None:
    """Golden: ids are what other data refers to."""
    assert Augment(upper_case=1.0).rewrite(pairs([1]))["id"][0].as_py() == "ac972ee5525b1cdb92d0ce4ced8f47de"


def test_a_batch_in_which_nothing_happens_is_handed_back() -> None:
    batch = pairs([1, 2])
    assert Augment(upper_case=0.0).rewrite(batch) is batch
    assert Augment(tags=Tags(1, {"fr": {"cat": "chat"}})).rewrite(batch) is batch
    assert (
        Augment(upper_case=1.0)
        .rewrite(pairs([1], input=["1"], output=["2"]))
        .equals(pairs([1], input=["1"], output=["2"]))
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 30), st.integers(0, 3), st.randoms())
def test_neither_batches_nor_order_make_a_difference(numbers: list[int], cut: int, seed: int, turn: Any) -> None:
    step = Augment(None, ALL.title_case, ALL.upper_case, ALL.typos, ALL.tags, ALL.prefix, seed)
    whole = step.rewrite(pairs(numbers)).to_pylist()
    parts = [step.rewrite(pairs(some)) for some in (numbers[:cut], numbers[cut:])]
    assert [row for part in parts for row in part.to_pylist()] == whole
    sliced = [step.rewrite(part) for part in (pairs(numbers).slice(0, cut), pairs(numbers).slice(cut))]
    assert [row for part in sliced for row in part.to_pylist()] == whole
    order = list(range(len(numbers)))
    turn.shuffle(order)
    assert step.rewrite(pairs([numbers[at] for at in order])).to_pylist() == [whole[at] for at in order]


def test_merging_is_a_step_of_its_own() -> None:
    merge = Merge(0.1)
    assert Augment(merge=merge, seed=2).unfolded() == {"merge": MergeExamples(merge, 2)}
    both = Augment(merge=merge, upper_case=0.5)
    assert both.unfolded() == {"merge": MergeExamples(merge, 0), "": Augment(upper_case=0.5)}
    assert list(ALL.unfolded()) == [""]


def test_files_are_read_and_signed(tmp_path: Path) -> None:
    (tmp_path / "de.tsv").write_text("cat\tKatze\n")
    step = Augment(tags=Tags(1, {"de": "de.tsv"})).resolved(str(tmp_path))
    assert step.content() == {"de": {"cat": "Katze"}}
    assert (ALL.content(), Augment(upper_case=0.1).resolved("/").content()) == (GLOSSARY, {})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no modifier is given: merge, title_case"),
        ({"seed": 3}, "no modifier is given"),
        ({"upper_case": 1.01}, "upper_case is 1.01: a probability is from 0 to 1"),
        ({"title_case": -0.1}, "title_case is -0.1"),
    ],
)
def test_what_can_not_be(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Augment(**parameters)
