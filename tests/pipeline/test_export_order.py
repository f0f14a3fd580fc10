import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.export_order import FORMS, Planned
from pipeline.model import Dataset, ScheduleStage
from sinks.json_lines import JsonLines
from transforms.order.epoch_stages import Epochs
from transforms.order.opustrainer import read_curriculum

A = Epochs("a", 1.0)


def planned(available: tuple[int, ...], drawn: tuple[int, ...], **dataset: Any) -> Planned:
    streams = tuple("abcd"[: len(available)])
    return Planned(Dataset("d", streams, dataset.pop("mix", None), **dataset), 17, available, drawn)


def said(form: str, *arguments: Any, **dataset: Any) -> tuple[Any, list[str]]:
    text, notes = FORMS[form](planned(*arguments, **dataset))
    return (YAML(typ="safe", pure=True).load(text) if form != "seqio" else text), notes


def test_a_mix_ends_with_whole_epochs_of_one_stream() -> None:
    data, notes = said("opustrainer", (100, 300), (75, 25), mix={"a": 3.0, "b": 1.0}, total=100)
    assert data["stage-1"] == ["a 0.75", "b 0.25", "until a 1"]
    assert "stage-1: `until a 1` makes some 133 examples, not 100: it ends at whole epochs" in notes
    data, notes = said("opustrainer", (75, 300), (75, 25), mix={"a": 3.0, "b": 1.0})
    assert not [note for note in notes if "makes some" in note]
    data, notes = said("opustrainer", (75, 225), (75, 225), mix="concatenate")
    assert data["stage-1"] == ["a 0.25", "b 0.75", "until a 1"]


def test_ramps_are_told() -> None:
    order = (ScheduleStage(0.5, {"a": 1.0}), ScheduleStage(1.0, {"b": 1.0}, "linear"))
    data, notes = said("opustrainer", (75, 25), (75, 25), order=order, total=100, exhausted="stop")
    assert data["stage-1"] == ["a 1.0", "until a 1"]
    assert data["stage-2"] == ["a 0.5", "b 0.5", "until b 1"]
    assert "there are no ramps: a stage with one has its mean weights throughout" in notes
    assert "it is not said what happens when a stream runs out (here: stop)" in notes
    assert "stage-1: `until a 1` makes some 75 examples, not 50: it ends at whole epochs" in notes


@pytest.mark.parametrize(
    ("numbers", "dataset", "strategy", "probabilities"),
    [
        (((30, 10), (30, 10)), {"mix": "concatenate"}, "concat", None),
        (((30, 0), (30, 0)), {"mix": {"a": 1.0, "b": 0.0}}, "concat", None),
        (((30, 10), (30, 10)), {"mix": {"a": 3.0, "b": 1.0}}, "interleave_under", "0.75,0.25"),
        (((30, 10), (30, 30)), {"mix": {"a": 1.0, "b": 1.0}}, "interleave_over", "0.5,0.5"),
    ],
)
def test_strategies_of_llama_factory(
    numbers: Any, dataset: dict[str, Any], strategy: str, probabilities: str | None
) -> None:
    data, _ = said("llamafactory", *numbers, **dataset)
    assert (data["arguments"]["mix_strategy"], data["arguments"].get("interleave_probs")) == (strategy, probabilities)


def test_files_of_llama_factory() -> None:
    data, _ = said("llamafactory", (3,), (3,), mix="concatenate", sinks={"jsonl": JsonLines("messages")})
    entry = data["dataset_info.json"]["a"]
    assert (entry["file_name"], entry["formatting"], entry["tags"]["role_tag"]) == ("a.jsonl", "sharegpt", "role")
    data, _ = said("llamafactory", (3,), (3,), mix="concatenate", sinks={"jsonl": JsonLines("text")})
    assert data["dataset_info.json"]["a"]["columns"] == {"prompt": "text"}


def test_llama_factory_is_told_of_systems_and_histories() -> None:
    """Without a column's name its converters take nothing from it, and say nothing (0.9.5, data/converter.py)."""
    alpaca = {"prompt": "instruction", "query": "input", "response": "output"}
    both = {"system": "system", "history": "history"}
    for form, columns, further in (
        ("alpaca", alpaca, both),
        ("sharegpt", {"messages": "conversations"}, {"system": "system"}),
        ("messages", {"messages": "messages"}, {}),
    ):
        plan = planned((3, 3), (3, 3), mix="concatenate", sinks={"jsonl": JsonLines(form)})
        text, _ = FORMS["llamafactory"](replace(plan, used={"a": ["history", "system"], "b": []}))
        info = json.loads(text)["dataset_info.json"]
        assert info["a"]["columns"] == columns | further
        assert info["b"]["columns"] == columns


@pytest.mark.parametrize(("drawn", "samples"), [(3, None), (2, 2), (7, 7)])
def test_llama_factory_takes_as_many_of_a_single_stream_as_are_drawn(drawn: int, samples: int | None) -> None:
    data, notes = said("llamafactory", (3,), (drawn,), mix={"a": 1.0}, total=drawn)
    assert data["arguments"]["mix_strategy"] == "concat"
    assert data["dataset_info.json"]["a"].get("num_samples") == samples
    assert any("at random" in note for note in notes) == (samples is not None)


def test_counts_of_streaming_and_rates_of_seqio() -> None:
    order = (ScheduleStage(A, {"a": 1.0, "b": 1.0}), ScheduleStage(Epochs("b", 1.0), {"b": 1.0}))
    data, notes = said("streaming", (30, 40), (30, 70), order=order)
    assert data == {"streams": {"a": {"local": "a", "choose": 30}, "b": {"local": "b", "choose": 70}}}
    assert "there are no stages and no ramps: the 2 of the schedule are mixed evenly over the run" in notes
    text, _ = said("seqio", (30, 40), (30, 70), order=order)
    assert text == 'seqio.MixtureRegistry.add(\n    "d",\n    [\n        ("a", 30),\n        ("b", 70),\n    ],\n)\n'


@given(st.data())
def test_stages_of_epochs_come_back(data: Any) -> None:
    names = "abcd"[: data.draw(st.integers(1, 4))]
    weight = st.integers(0, 1000).map(lambda part: part / 1000)
    order = []
    for _ in range(data.draw(st.integers(1, 3))):
        watched = data.draw(st.sampled_from(names))
        weights = {name: data.draw(weight) for name in names} | {watched: data.draw(st.integers(1, 1000)) / 1000}
        order.append(ScheduleStage(Epochs(watched, float(data.draw(st.integers(1, 5)))), weights))
    sizes = tuple(data.draw(st.integers(1, 99)) for _ in names)
    found = read_curriculum(said("opustrainer", sizes, sizes, order=tuple(order))[0])
    assert [Epochs(stage.watched, float(stage.epochs or 0)) for stage in found.stages] == [one.until for one in order]
    for stage, one in zip(found.stages, order, strict=True):
        whole = sum(one.weights.values())
        shares = {name: share / whole for name, share in one.weights.items() if share}
        assert stage.weights == pytest.approx(shares)


def test_the_forms_are_those_of_the_command() -> None:
    from pipeline.arguments import make_parser

    for form in FORMS:
        assert make_parser().parse_args(["order", "export", "r.yaml", "--as", form]).form == form
    assert json.loads(FORMS["streaming"](planned((1,), (1,), mix="concatenate"))[0])


def test_a_mix_by_tokens_is_exported_with_the_examples_that_are_drawn() -> None:
    data, notes = said("opustrainer", (60, 40), (60, 20), mix={"a": 1.0, "b": 1.0}, unit="tokens", total=12345)
    assert data["stage-1"] == ["a 0.75", "b 0.25", "until a 1"]
    assert not [note for note in notes if "makes some" in note]
