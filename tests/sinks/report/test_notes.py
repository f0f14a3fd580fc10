"""What a report says is worth a look."""

from typing import Any

import pytest

from sinks.report.notes import notes
from tests.sinks.manifests import manifest, split


def dataset(**changes: Any) -> dict[str, Any]:
    draws = {"q": {"available": 10, "drawn": 10, "epochs": 1.0, "unused": 0}}
    return {"ordered": False, "splits": {"train": split(3)}, "draws": draws} | changes


def step(entered: int, times: int = 1, **rejected: int) -> dict[str, Any]:
    out = entered * times - sum(rejected.values())
    steps = [{"step": "keep", "in": entered, "out": out, "rejected": rejected}]
    return {"streams": {"q": {"from": ["a"], "steps": steps}}}


QUIET = {"datasets": {"d": dataset()}, **step(100, length=50)}
DEFERRED = {"deferred:budget": 90}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"complete": False, "deferred": 1200}, ["1,200 examples wait"]),
        ({"signature": "name:limit:3|limit:200|version:1"}, ["A trial: it was made with --limit 200"]),
        ({"signature": "name:a|limit:none|version:1"}, []),
        ({"datasets": {"d": dataset(ordered=True)}}, ["A trainer that shuffles loses it"]),
        ({"datasets": {"d": dataset(splits={"train": split(3), "test": split(0)})}}, ["no examples in its split test"]),
        (
            {"datasets": {"d": dataset(splits={"train": {**split(3), "unexpressed": {"history": 2}}})}},
            ["2 examples of train are in the Parquet files only (history)"],
        ),
        (
            {"datasets": {"d": dataset(draws={"q": {"available": 10, "drawn": 45, "epochs": 4.5, "unused": 0}})}},
            ["repeats q 4.5 times"],
        ),
        (
            {"datasets": {"d": dataset(draws={"q": {"available": 10, "drawn": 4, "epochs": 0.4, "unused": 6}})}},
            ["leaves 6 of 10 examples of q unused"],
        ),
        (step(100, length=20, digits=31), ["keep rejects 51% of its examples, mostly for digits"]),
        (step(19, length=19), []),
        (step(100, length=52, **{"deferred:budget": 3}), ["keep rejects 52% of its examples, mostly for length"]),
        (step(100, **DEFERRED), []),
        (step(120, times=3, echo=240), ["rejects 67% of its examples"]),
        (step(120, times=3, echo=180), []),
        ({"translation": {"gpt": {"pt": {"unique": 100, "failed": 5}}}}, []),
        (
            {"translation": {"gpt": {"pt": {"unique": 100, "failed": 6}}}},
            ["gpt failed to translate 6%"],
        ),
        ({"datasets": {"d": dataset(splits={"train": split(3, licenses={"": 3})})}}, ["No licence is stated for 3"]),
        (
            {"datasets": {"d": dataset(splits={"train": split(3, licenses={"gpl-3.0": 1, "cc-by-sa-4.0": 2})})}},
            ["Licences don't go together"],
        ),
    ],
)
def test_what_is_worth_a_look(changes: dict[str, Any], said: list[str]) -> None:
    found = list(notes(manifest(**{**QUIET, **changes})))
    assert len(found) == len(said), found
    assert all(part in note for part, note in zip(said, found, strict=True)), found
